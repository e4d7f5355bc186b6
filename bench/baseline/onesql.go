package baseline

import (
	"errors"
	"net/http"
	"strconv"
)

// oneSQL runs the operation's statement and writes the bytes of its answer straight from the driver's read buffer,
// which holds them until the rows are closed.
func (h *handler) oneSQL(w http.ResponseWriter, r *http.Request, o Operation, v Variables) error {
	args, err := o.Args(v)
	if err != nil {
		return err
	}
	rows, err := h.pool.Query(r.Context(), o.SQL, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		rows.Close()
		return errors.Join(errors.New("the statement gave no row"), rows.Err())
	}
	answer := rows.RawValues()[0]
	h.head(w, strconv.Itoa(len(answer)), 1)
	_, _ = w.Write(answer) // a client that left cannot be told
	return nil
}
