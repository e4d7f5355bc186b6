package changes

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// copySignature begins every COPY in binary (PostgreSQL, COPY, Binary Format).
var copySignature = []byte("PGCOPY\n\377\r\n\000")

// copyTable calls visit for each row of a table. The values are valid until visit returns.
func copyTable(ctx context.Context, conn *pgconn.PgConn, table string, visit func(values) error) error {
	reader, writer := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		err := readCopy(bufio.NewReaderSize(reader, 1<<16), len(columns[table]), visit)
		_ = reader.CloseWithError(err) // ends the COPY
		failed <- err
	}()
	sql := fmt.Sprintf("COPY %s (%s) TO STDOUT (FORMAT binary)", table, strings.Join(columns[table], ", "))
	_, err := conn.CopyTo(ctx, writer, sql)
	_ = writer.CloseWithError(errors.Join(err, io.EOF))
	return errors.Join(err, <-failed)
}

func readCopy(from *bufio.Reader, width int, visit func(values) error) error {
	var header [19]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		return err
	}
	if !bytes.HasPrefix(header[:], copySignature) {
		return errors.New("COPY does not begin with its signature")
	}
	row := make(values, width)
	var buffer []byte
	var short [2]byte
	var long [4]byte
	for {
		if _, err := io.ReadFull(from, short[:]); err != nil {
			return err
		}
		n := int16(binary.BigEndian.Uint16(short[:]))
		if n == -1 {
			return nil
		}
		if int(n) != width {
			return fmt.Errorf("COPY: a row has %d columns, not %d", n, width)
		}
		buffer = buffer[:0]
		var ends [16]int
		for i := range row {
			if _, err := io.ReadFull(from, long[:]); err != nil {
				return err
			}
			size := int32(binary.BigEndian.Uint32(long[:]))
			if size < 0 {
				ends[i] = -1
				continue
			}
			start := len(buffer)
			buffer = append(buffer, make([]byte, size)...)
			if _, err := io.ReadFull(from, buffer[start:]); err != nil {
				return err
			}
			ends[i] = len(buffer)
		}
		start := 0
		for i := range row {
			if ends[i] < 0 {
				row[i] = nil
				continue
			}
			row[i] = buffer[start:ends[i]:ends[i]]
			start = ends[i]
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}
