package adopt_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serviceWriters write and read as the service does, in separate sessions, while a database is moved.
type serviceWriters struct {
	t      *testing.T
	url    string
	stop   chan struct{}
	done   sync.WaitGroup
	pairs  []map[[2]string]bool // of each writer: whether the follow is there
	cities []map[string]string  // of each writer: city by username
}

// startWriters starts writers and a reader. All of their statements must succeed.
func startWriters(t *testing.T, url string, writers int) *serviceWriters {
	t.Helper()
	b := &serviceWriters{t: t, url: url, stop: make(chan struct{}), pairs: make([]map[[2]string]bool, writers), cities: make([]map[string]string, writers)}
	for i := range writers {
		b.pairs[i], b.cities[i] = map[[2]string]bool{}, map[string]string{}
		b.each(func(ctx context.Context, conn *pgx.Conn, n int) error { return b.write(ctx, conn, i, n) })
	}
	b.each(func(ctx context.Context, conn *pgx.Conn, n int) error {
		_, err := conn.Exec(ctx, `SELECT u.id, s.followers_count FROM user_follows AS f LEFT JOIN user_follow_stats AS s ON s.user_id = f.follower_id
			LEFT JOIN users AS u ON u.username = f.follower_id WHERE f.following_id = $1`, fmt.Sprint("sub", n%50))
		return err
	})
	return b
}

// each runs do on a new connection every few milliseconds.
func (b *serviceWriters) each(do func(ctx context.Context, conn *pgx.Conn, n int) error) {
	config, err := pgx.ParseConfig(b.url)
	require.NoError(b.t, err)
	// Python drivers use this protocol: nothing is prepared, so a change of types is no error.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, config)
	require.NoError(b.t, err)
	b.done.Go(func() {
		defer func() { _ = conn.Close(ctx) }()
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-b.stop:
				return
			case <-ticker.C:
			}
			if err := do(ctx, conn, n); !assert.NoError(b.t, err) {
				return
			}
		}
	})
}

// write runs one transaction of a writer.
func (b *serviceWriters) write(ctx context.Context, conn *pgx.Conn, writer, n int) error {
	switch username := fmt.Sprintf("writer%d_%d", writer, n); n % 20 {
	case 0:
		b.cities[writer][username] = ""
		_, err := conn.Exec(ctx, `INSERT INTO users (username, phone_number, password_hash, role) VALUES ($1, $1, 'x', 'AGENT')`, username)
		return err
	case 7:
		for username := range b.cities[writer] {
			b.cities[writer][username] = fmt.Sprint("city", n)
			_, err := conn.Exec(ctx, `UPDATE users SET city = $2 WHERE username = $1`, username, b.cities[writer][username])
			return err
		}
	case 13:
		for username := range b.cities[writer] {
			delete(b.cities[writer], username)
			_, err := conn.Exec(ctx, `DELETE FROM users WHERE username = $1`, username)
			return err
		}
	}
	pair := [2]string{fmt.Sprintf("writer%d-%d", writer, rand.N(30)), fmt.Sprint("sub", rand.N(50))}
	statement := `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2)`
	if b.pairs[writer][pair] {
		statement = `DELETE FROM user_follows WHERE follower_id = $1 AND following_id = $2`
	}
	b.pairs[writer][pair] = !b.pairs[writer][pair]
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, statement, pair[0], pair[1]); err != nil {
			return err
		}
		// The service also writes counts, which may be wrong.
		_, err := tx.Exec(ctx, `INSERT INTO user_follow_stats AS s (user_id, followers_count, followings_count) VALUES ($1, 1, 0)
			ON CONFLICT (user_id) DO UPDATE SET followers_count = s.followers_count + 1`, pair[1])
		return err
	})
}

// end stops the writers and checks that the database contains exactly what they wrote.
func (b *serviceWriters) end(conn *pgx.Conn, schema string) {
	b.t.Helper()
	close(b.stop)
	b.done.Wait()
	wanted := map[[2]string]bool{}
	for _, pairs := range b.pairs {
		for pair, there := range pairs {
			if there {
				wanted[pair] = true
			}
		}
	}
	pairs := map[[2]string]bool{}
	rows, err := conn.Query(b.t.Context(), `SELECT follower_id, following_id FROM `+schema+`.user_follows WHERE follower_id LIKE 'writer%'`)
	require.NoError(b.t, err)
	var pair [2]string
	_, err = pgx.ForEachRow(rows, []any{&pair[0], &pair[1]}, func() error { pairs[pair] = true; return nil })
	require.NoError(b.t, err)
	require.Equal(b.t, wanted, pairs)

	accounts, stored := map[string]string{}, map[string]string{}
	for _, cities := range b.cities {
		for username, city := range cities {
			accounts[username] = city
		}
	}
	rows, err = conn.Query(b.t.Context(), `SELECT username, coalesce(city, '') FROM `+schema+`.users WHERE username LIKE 'writer%'`)
	require.NoError(b.t, err)
	var username, city string
	_, err = pgx.ForEachRow(rows, []any{&username, &city}, func() error { stored[username] = city; return nil })
	require.NoError(b.t, err)
	require.Equal(b.t, accounts, stored)
}
