package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

var privatesSQL = statement("privates", nil)

// Privates returns the private fields of accounts in one statement. The element of a user without an account is nil.
func (s *Store) Privates(ctx context.Context, cognitoIDs []string) ([]*model.Private, error) {
	privates := make([]*model.Private, len(cognitoIDs))
	_, err := s.run(ctx, []query{{privatesSQL, []any{cognitoIDs}, func(ctx context.Context, rows pgx.Rows) error {
		clear(privates) // of a first attempt
		return eachRow(ctx, rows, func(r *row) {
			privates[r.integer()-1] = &model.Private{
				Email: r.text(), PhoneNumber: r.text(), Country: r.text(), City: r.text(), Zipcode: r.text(),
			}
		})
	}}})
	if err != nil {
		return nil, err
	}
	return privates, nil
}

// text returns a copy of a text, nil if it is null.
func (r *row) text() *string {
	value := r.bytes()
	if value == nil {
		return nil
	}
	text := string(value)
	return &text
}
