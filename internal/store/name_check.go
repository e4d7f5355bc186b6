package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

var (
	namesSQL       = statement("names", nil)
	namesEmailsSQL = statement("names_emails", nil)
)

// Names are what an account is known by, texts as they stand in the database; empty for null.
type Names struct {
	CognitoID, Username, Email, Firstname, Lastname string

	UsernameAlike bool // whether a username of another account differs from it in case alone
	EmailAlike    bool // whether an email address does
}

// EachNames calls read for the names of every account, usernames that differ in case alone one after the other, and then once
// more for each account whose email address has EmailAlike, those likewise; only then EmailAlike is set. All is as of one
// moment, nothing is locked, and the rows are read as they are sent. An error of read ends it and is returned. Letters beyond
// ASCII are compared as far as the database's locale knows them.
func (s *Store) EachNames(ctx context.Context, read func(Names) error) error {
	var readErr error
	each := func(rows pgx.Rows, targets func(*Names) []any, alike bool) error {
		defer rows.Close()
		for rows.Next() {
			n := Names{EmailAlike: alike}
			if err := rows.Scan(targets(&n)...); err != nil {
				return err
			}
			if readErr = read(n); readErr != nil {
				return readErr
			}
		}
		return rows.Err()
	}
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, namesSQL)
		if err := each(rows, func(n *Names) []any {
			return []any{&n.CognitoID, &n.Username, &n.Email, &n.Firstname, &n.Lastname, &n.UsernameAlike}
		}, false); err != nil {
			return err
		}
		rows, _ = tx.Query(ctx, namesEmailsSQL)
		return each(rows, func(n *Names) []any { return []any{&n.CognitoID, &n.Username, &n.Email} }, true)
	})
	if readErr != nil {
		return readErr
	}
	return classify(ctx, err)
}
