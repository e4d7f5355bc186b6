package app_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

var followerID = regexp.MustCompile(`"followerId":"([^"]+)"`)

// TestALargeCommitBehindAnEventEndsTheSubscription commits more changes than an event may have right after three smaller
// commits, while these are being sent. Each subscription gets the smaller ones once and in order, as one event or
// several, and then its end.
func TestALargeCommitBehindAnEventEndsTheSubscription(t *testing.T) {
	t.Parallel()
	const query = `subscription ($id: ID!) { followersChanged(userId: $id) { changes { followerId } } }`
	database := testdb.New(t)
	s := start(t, database, append(signInFlags(t), "--graph", "memory", "--server-timing")...)
	s.awaitMemory(t)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	follow := func(username, followers string, count int) {
		_, err := conn.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id)
			SELECT $2 || n, cognito_id FROM users, generate_series(1, $3) n WHERE username = $1`, username, followers, count)
		require.NoError(t, err)
	}
	number := 0
	for name, subscribe := range transports {
		for subscribedAfter := range 3 {
			number++
			username := fmt.Sprint("flooded", number)
			_, id := s.register(t, username, fmt.Sprintf("+414466818%02d", number))
			position := s.post(t, `{ users(first: 0) { totalCount } }`, nil).header.Get(positionHeader)
			require.NotEmpty(t, position)
			var stream live
			var want, got []string
			for made := range 3 {
				if made == subscribedAfter {
					stream = subscribe(s, t, "", query, map[string]any{"id": id}, position)
				}
				follower := fmt.Sprintf("%s-%d-", username, made)
				follow(username, follower, 1)
				want = append(want, base64.RawURLEncoding.EncodeToString([]byte("User:"+follower+"1")))
			}
			follow(username, username+"-many-", 1001)
			for {
				payload := stream.next(t)
				if strings.Contains(payload, `"code":"POSITION_EXPIRED"`) {
					break
				}
				changes := followerID.FindAllStringSubmatch(payload, -1)
				require.NotEmpty(t, changes, payload)
				for _, change := range changes {
					got = append(got, change[1])
				}
			}
			require.Equal(t, want, got, "%s, subscribed after %d changes", name, subscribedAfter)
		}
	}
}
