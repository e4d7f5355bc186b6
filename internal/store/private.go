package store

import (
	"context"

	"followgraph/internal/model"
)

var privatesSQL = statement("privates", nil)

// Privates returns the private fields of accounts in one statement. The element of a user without an account is nil.
func (s *Store) Privates(ctx context.Context, cognitoIDs []string) ([]*model.Private, error) {
	privates := make([]*model.Private, len(cognitoIDs))
	rows, err := s.pool.Query(ctx, privatesSQL, cognitoIDs)
	if err != nil {
		return nil, classify(ctx, err)
	}
	err = eachRow(ctx, rows, func(r *row) {
		privates[r.integer()-1] = &model.Private{
			Email: r.text(), PhoneNumber: r.text(), Country: r.text(), City: r.text(), Zipcode: r.text(),
		}
	})
	if err != nil {
		return nil, classify(ctx, err)
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
