package baseline

import (
	"errors"
	"net/http"
	"strconv"
)

// oneSQL runs the operation's statement and writes the answer directly from the driver's read buffer, which is valid
// until the rows are closed.
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
		return errors.Join(errors.New("the statement returned no row"), rows.Err())
	}
	answer := rows.RawValues()[0]
	h.head(w, strconv.Itoa(len(answer)), 1)
	_, _ = w.Write(answer) // an error means that the client has left
	return nil
}
