package baseline

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Statements runs the statements of one request and counts them.
type Statements struct {
	pool  *pgxpool.Pool
	tx    pgx.Tx // nil: no transaction
	count int
}

// Query runs one statement.
func (s *Statements) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	s.count++
	if s.tx != nil {
		return s.tx.Query(ctx, sql, args...)
	}
	return s.pool.Query(ctx, sql, args...)
}

// Transaction runs the statements of work in one transaction. It rolls back if work returns an error. BEGIN and COMMIT
// are counted as statements.
func (s *Statements) Transaction(ctx context.Context, work func(*Statements) error) error {
	s.count += 2
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		inner := &Statements{tx: tx}
		err := work(inner)
		s.count += inner.count
		return err
	})
}

// answers are buffers for encoded answers.
var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (h *handler) levels(w http.ResponseWriter, r *http.Request, o Operation, v Variables) error {
	statements := &Statements{pool: h.pool}
	data, err := o.Levels(r.Context(), statements, v)
	if err != nil {
		return err
	}
	buffer := answers.Get().(*bytes.Buffer)
	defer answers.Put(buffer)
	buffer.Reset()
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(struct {
		Data any `json:"data"`
	}{data}); err != nil {
		return err
	}
	h.head(w, strconv.Itoa(buffer.Len()), statements.count)
	_, _ = w.Write(buffer.Bytes()) // an error means that the client has left
	return nil
}
