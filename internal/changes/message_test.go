package changes

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestMessages writes messages between and within transactions: only those of the product without a transaction are given
// to OnMessage, and none disturbs the stream.
func TestMessages(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	received := make(chan []byte, 10)
	s := start(t, Options{URL: url, OnMessage: func(content []byte) { received <- bytes.Clone(content) }})
	quiet := start(t, Options{URL: url})
	exec(t, conn, `SELECT pg_logical_emit_message(false, 'followgraph.attempts', '\x00ff'::bytea), pg_logical_emit_message(false, 'other', 'a'),
		pg_logical_emit_message(true, 'followgraph.attempts', 'b'), pg_logical_emit_message(false, 'followgraph.attempts', '')`)
	exec(t, conn, `BEGIN; INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b');
		SELECT pg_logical_emit_message(true, 'followgraph.attempts', repeat('c', 100000)); INSERT INTO user_follows (follower_id, following_id) VALUES ('c', 'd'); COMMIT`)
	for _, each := range []*Stream{s, quiet} {
		require.Equal(t, []string{"insert user_follows a->b", "insert user_follows c->d"}, lines(next(t, each)))
	}
	require.Equal(t, []byte{0, 255}, <-received)
	require.Empty(t, <-received)
	require.Empty(t, received)
}
