package textfile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// signature identifies a file format that Open does not read.
type signature struct {
	offset int
	magic  string
	name   string
	help   string
	text   bool // the format may be text; otherwise a text file with the same first letters may be a table
}

const (
	exportCSV = "export the table as CSV"
	writeCSV  = "write it as CSV first"
)

var signatures = []signature{
	{0, "PAR1", "a Parquet file", "write it as CSV first, for example with DuckDB: COPY (FROM 'FILE') TO 'FILE.csv'", false},
	{0, "ARROW1", "an Arrow file", writeCSV, false},
	{0, "FEA1", "a Feather file", writeCSV, false},
	{0, "ORC", "an ORC file", writeCSV, false},
	{0, "Obj\x01", "an Avro file", writeCSV, false},
	{0, "SQLite format 3\x00", "an SQLite database", "write the table as CSV: sqlite3 -header -csv FILE 'SELECT …'", false},
	{0, "PGDMP", "a pg_dump file in custom format", "export the table with psql: \\copy (SELECT …) TO FILE.csv CSV HEADER", false},
	{0, "PGCOPY\n\xff", "PostgreSQL's binary COPY format", "export the table with psql: \\copy (SELECT …) TO FILE.csv CSV HEADER", false},
	{0, "%PDF-", "a PDF document", exportCSV, true},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook in the old format (.xls)", "save the sheet as CSV UTF-8", false},
	{0, "\x89HDF\r\n", "an HDF5 file", writeCSV, false},
	{0, "\x93NUMPY", "a NumPy array", "write it with numpy.savetxt, or as CSV", false},
	{0, "RDX", "a data file of R", "write it with write.csv(…, row.names = FALSE)", false},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and use the file in it", false},
	{0, "Rar!\x1a\x07", "a RAR archive", "unpack it and use the file in it", false},
	{0, "\x04\x22\x4d\x18", "lz4 data", "unpack it first: lz4 -dc FILE", false},
	{0, "\xff\x06\x00\x00sNaPpY", "Snappy data", "unpack it first", false},
	{0, "\x1f\x9d", "data compressed with compress (.Z)", "unpack it first: gzip -dc FILE", false},
	{0, "]\x00\x00", "LZMA data (.lzma)", "unpack it first: xz -dc FILE", false},
	{0, "LZIP", "lzip data", "unpack it first", false},
	{0, "version https://git-lfs.github.com/spec", "a Git LFS pointer, not the file itself", "get the file with git lfs pull", true},
	{0, "\x89PNG", "a picture", exportCSV, false},
	{0, "\xff\xd8\xff", "a picture", exportCSV, false},
	{0, "GIF8", "a picture", exportCSV, false},
	{0, "\x7fELF", "a program", exportCSV, false},
	{257, "ustar", "a tar archive", tarHelp, false},
	{0, "PK\x03\x04", "a ZIP archive", "", false},
	{0, "PK\x05\x06", "an empty ZIP archive", exportCSV, false},
}

const tarHelp = "unpack the file in it: tar -xOf FILE NAME"

// refuse returns an error that names the format of a file that is not text.
func refuse(sample []byte) error {
	for _, known := range signatures {
		if len(sample) < known.offset || !bytes.HasPrefix(sample[known.offset:], []byte(known.magic)) ||
			!known.text && isText(sample) {
			continue
		}
		if known.magic == "PK\x03\x04" {
			return zipError(sample)
		}
		return fmt.Errorf("the file is %s: %s", known.name, known.help)
	}
	if isOldTar(sample) {
		return fmt.Errorf("the file is a tar archive: %s", tarHelp)
	}
	return refuseBinary(sample)
}

// zipError returns the error for a ZIP archive. The name of its first file shows whether it is an office document.
func zipError(sample []byte) error {
	const header = 30
	name := ""
	if len(sample) > header {
		size := int(sample[26]) | int(sample[27])<<8
		name = string(sample[header:min(header+size, len(sample))])
	}
	switch {
	case name == "[Content_Types].xml", bytes.HasPrefix([]byte(name), []byte("xl/")), name == "_rels/.rels", name == "docProps/app.xml":
		return errors.New("the file is an Excel workbook or another Office document: save the sheet as CSV UTF-8")
	case name == "mimetype":
		return errors.New("the file is an OpenDocument spreadsheet or another document: save the sheet as CSV in UTF-8")
	case utf8.ValidString(name) && name != "":
		return fmt.Errorf("the file is a ZIP archive, whose first file is %.60q: "+
			"unpack it: unzip -p FILE", name)
	}
	return errors.New("the file is a ZIP archive: unpack it: unzip -p FILE")
}

// isOldTar reports whether a sample starts with the header of a tar archive from before POSIX. Such a header has no
// magic number, but a checksum of its bytes, in which the 8 bytes of the checksum itself count as blanks.
func isOldTar(sample []byte) bool {
	const header, start, end = 512, 148, 156
	if len(sample) < header || sample[0] == 0 {
		return false
	}
	sum := int64(8 * ' ')
	for i, b := range sample[:header] {
		if i < start || i >= end {
			sum += int64(b)
		}
	}
	written, err := strconv.ParseInt(strings.Trim(string(sample[start:end]), " \x00"), 8, 64)
	return err == nil && written == sum
}

// isText reports whether a sample is UTF-8 without control characters. Its last character may be incomplete.
func isText(sample []byte) bool {
	for len(sample) > 0 {
		r, size := utf8.DecodeRune(sample)
		if r == utf8.RuneError && size == 1 && utf8.FullRune(sample) || r < ' ' && r != '\t' && r != '\r' && r != '\n' {
			return false
		}
		sample = sample[size:]
	}
	return true
}

// refuseBinary returns an error for data with NUL in its first line, which text does not have.
func refuseBinary(sample []byte) error {
	marked := bytes.HasPrefix(sample, []byte("\xff\xfe")) || bytes.HasPrefix(sample, []byte("\xfe\xff")) ||
		bytes.HasPrefix(sample, []byte("\x00\x00\xfe\xff"))
	line := sample
	if at := bytes.IndexByte(sample, '\n'); at >= 0 {
		line = sample[:at]
	}
	if marked || bytes.IndexByte(line, 0) < 0 {
		return nil // a NUL in a later line is a bad row
	}
	var even, odd int
	for i, b := range sample {
		switch {
		case b != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	half := len(sample) / 2
	switch {
	case half < 4: // not enough data to detect the encoding
	case odd > half*3/4 && even <= half/8:
		return errors.New("the file is UTF-16 without a byte order mark: convert it: iconv -f UTF-16LE -t UTF-8 FILE")
	case even > half*3/4 && odd <= half/8:
		return errors.New("the file is UTF-16 without a byte order mark: convert it: iconv -f UTF-16BE -t UTF-8 FILE")
	}
	return errors.New("the file contains binary data, not text: " + exportCSV)
}
