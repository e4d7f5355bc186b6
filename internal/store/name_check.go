package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

var (
	namesSQL       = statement("names", nil)
	namesEmailsSQL = statement("names_emails", nil)
	namesPhonesSQL = statement("names_phone_numbers", nil)
)

// Names contains the names of an account as they are stored; empty for null.
type Names struct {
	CognitoID, Username, Email, Firstname, Lastname string

	UsernameAlike bool // another account's username differs in case alone
	EmailAlike    bool // another account's email address differs in case alone
}

// EachNames calls read for the names of every account, so that usernames that differ in case alone are adjacent. After
// that it calls read again for each account whose email address has EmailAlike, in the same way; only these calls set
// EmailAlike. EachNames reads one snapshot, takes no locks and streams the rows. If read returns an error, EachNames
// stops and returns it.
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

// EachPhoneNumber calls read for the phone number of every account, as it is stored, in the order of users.id. It takes
// no locks and streams the rows. If read returns an error, EachPhoneNumber stops and returns it.
func (s *Store) EachPhoneNumber(ctx context.Context, read func(cognitoID, username, number string) error) error {
	var cognitoID, username, number string
	var readErr error
	rows, _ := s.pool.Query(ctx, namesPhonesSQL)
	_, err := pgx.ForEachRow(rows, []any{&cognitoID, &username, &number}, func() error {
		readErr = read(cognitoID, username, number)
		return readErr
	})
	if readErr != nil {
		return readErr
	}
	return classify(ctx, err)
}
