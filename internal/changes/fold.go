package changes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/connection"
	"followgraph/internal/store/searchkey"
)

// Keys are the search keys of a user, as searches in SQL compute them: a search compares them byte by byte.
type Keys struct {
	Username string
	Name     string // the words of the first and the last name
	Words    string // the words of the username and the names; see searchkey.UserWords
}

// Fold sets the search keys of users. The names must be complete: see User.Complete. Names of ASCII alone are folded
// here. For all others Fold asks PostgreSQL, whose Unicode tables decide, in one statement for up to 1,000 users. The
// keys of a user whose names did not change can be kept without calling Fold.
func (s *Stream) Fold(ctx context.Context, users []*User) error {
	var rest []*User
	for _, u := range users {
		if u.Unchanged&names != 0 {
			return errors.New("search keys need complete names")
		}
		if keys, ok := foldASCII(u); ok {
			u.Keys = keys
		} else {
			rest = append(rest, u)
		}
	}
	for len(rest) > 0 {
		n := min(len(rest), foldBatch)
		if err := s.folder.fold(ctx, rest[:n]); err != nil {
			return fmt.Errorf("compute search keys: %w", err)
		}
		rest = rest[n:]
	}
	return nil
}

// foldBatch is the number of users of one statement.
const foldBatch = 1000

// foldASCII returns the keys of names that have no other letters than those of ASCII, to which nothing but lower case
// applies.
func foldASCII(u *User) (Keys, bool) {
	first, last := "", ""
	if u.Firstname != nil {
		first = *u.Firstname
	}
	if u.Lastname != nil {
		last = *u.Lastname
	}
	for _, text := range []string{u.Username, first, last} {
		for i := range len(text) {
			if text[i] >= 0x80 {
				return Keys{}, false
			}
		}
	}
	name := strings.ToLower(first + " " + last)
	return Keys{
		Username: asciiKey(u.Username), Name: searchkey.SplitFolded(name),
		Words: searchkey.SplitFolded(strings.ToLower(u.Username) + " " + name),
	}, true
}

func asciiKey(text string) string {
	return strings.ToLower(text[:min(len(text), searchkey.Length)])
}

// folder computes keys by SQL on a connection of its own, which it opens when it is needed.
type folder struct {
	url string

	mu     sync.Mutex
	conn   *pgx.Conn
	closed bool
}

// keySQL are the expressions of Keys over the columns of users.
var keySQL = []string{searchkey.SQL(searchkey.Username), searchkey.Name(""), searchkey.UserWords("")}

var foldSQL = `SELECT ` + strings.Join(keySQL, ", ") + `
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS users (username, firstname, lastname, number)
ORDER BY number`

func (f *folder) fold(ctx context.Context, users []*User) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	hadConn := f.conn != nil
	err := f.ask(ctx, users)
	if err != nil && hadConn && ctx.Err() == nil && !f.closed {
		err = f.ask(ctx, users) // the idle connection may have been ended long ago
	}
	return err
}

func (f *folder) ask(ctx context.Context, users []*User) (err error) {
	if f.closed {
		return ErrClosed
	}
	if f.conn == nil {
		if f.conn, err = connection.Connect(ctx, f.url); err != nil {
			f.conn = nil
			return err
		}
	}
	defer func() {
		if err != nil {
			closeSoon(ctx, f.conn.PgConn())
			f.conn = nil
		}
	}()
	var usernames []string
	var firstnames, lastnames []*string
	for _, u := range users {
		usernames, firstnames, lastnames = append(usernames, u.Username), append(firstnames, u.Firstname), append(lastnames, u.Lastname)
	}
	rows, err := f.conn.Query(ctx, foldSQL, usernames, firstnames, lastnames)
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		var keys Keys
		if err := rows.Scan(&keys.Username, &keys.Name, &keys.Words); err != nil {
			return err
		}
		users[i].Keys = keys
	}
	return rows.Err()
}

func (f *folder) close(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.conn != nil {
		closeSoon(ctx, f.conn.PgConn())
		f.conn = nil
	}
}
