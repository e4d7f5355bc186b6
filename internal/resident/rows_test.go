package resident_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/resident"
	"followgraph/internal/store/searchkey"
	"followgraph/internal/timestamp"
)

// tableRows are the rows of the three tables at one time.
type tableRows struct {
	users   map[int64]changes.User
	follows map[int64]changes.Follow
	stats   map[string]changes.Stats
}

func stamp(at pgtype.Timestamptz) timestamp.Timestamp {
	switch at.InfinityModifier {
	case pgtype.Infinity:
		return timestamp.Infinity
	case pgtype.NegativeInfinity:
		return timestamp.NegativeInfinity
	default:
		return timestamp.FromUnixMicro(at.Time.UnixMicro())
	}
}

func readLetters(t testing.TB, conn *pgx.Conn) (letters []changes.Letter) {
	t.Helper()
	require.NoError(t, changes.Letters(t.Context(), conn, func(l changes.Letter) error {
		letters = append(letters, l)
		return nil
	}))
	return letters
}

func readRows(t testing.TB, conn *pgx.Conn) tableRows {
	t.Helper()
	all := tableRows{map[int64]changes.User{}, map[int64]changes.Follow{}, map[string]changes.Stats{}}
	query := func(sql string, read func(pgx.Rows)) {
		rows, err := conn.Query(t.Context(), sql)
		require.NoError(t, err)
		for rows.Next() {
			read(rows)
		}
		require.NoError(t, rows.Err())
	}
	keys := searchkey.SQL(searchkey.Username) + `, ` + searchkey.Name("") + `, ` + searchkey.UserWords("")
	query(`SELECT id, cognito_id, username, firstname, lastname, avatar, role::text, created_at, updated_at, token_version, `+keys+` FROM users`,
		func(rows pgx.Rows) {
			var u changes.User
			var created, updated pgtype.Timestamptz
			require.NoError(t, rows.Scan(&u.ID, &u.CognitoID, &u.Username, &u.Firstname, &u.Lastname, &u.Avatar, &u.Role, &created, &updated, &u.TokenVersion,
				&u.Keys.Username, &u.Keys.Name, &u.Keys.Words))
			u.CreatedAt, u.UpdatedAt = stamp(created), stamp(updated)
			all.users[u.ID] = u
		})
	query(`SELECT id, follower_id, following_id, created_at FROM user_follows`, func(rows pgx.Rows) {
		var f changes.Follow
		var created pgtype.Timestamptz
		require.NoError(t, rows.Scan(&f.ID, &f.FollowerID, &f.FollowingID, &created))
		f.CreatedAt = stamp(created)
		all.follows[f.ID] = f
	})
	query(`SELECT user_id, updated_at FROM user_follow_stats`, func(rows pgx.Rows) {
		var s changes.Stats
		var updated pgtype.Timestamptz
		require.NoError(t, rows.Scan(&s.UserID, &updated))
		s.UpdatedAt = stamp(updated)
		all.stats[s.UserID] = s
	})
	return all
}

// Fold sets the keys of users that the rows have, as a changes.Stream does.
func (r tableRows) Fold(_ context.Context, users []*changes.User) error {
	for _, u := range users {
		u.Keys = r.users[u.ID].Keys
	}
	return nil
}

// graph builds a graph of the rows, which arrive in no order.
func (r tableRows) graph(letters []changes.Letter) *resident.Graph {
	b := resident.NewBuilder()
	for _, l := range letters {
		b.Letter(l)
	}
	for _, s := range r.stats {
		b.Stats(&s)
	}
	for _, f := range r.follows {
		b.Follow(&changes.FollowRow{ID: f.ID, FollowerID: []byte(f.FollowerID), FollowingID: []byte(f.FollowingID), CreatedAt: f.CreatedAt})
	}
	for _, u := range r.users {
		b.User(&u)
	}
	return b.Graph(commit.Position{})
}

// difference returns the changes from r to next, in random order.
func (r tableRows) difference(next tableRows, random *rand.Rand) *changes.Transaction {
	var all []changes.Change
	for id, u := range r.users {
		if _, ok := next.users[id]; !ok {
			all = append(all, changes.Change{Kind: changes.Delete, Table: changes.TableUsers, User: &changes.User{ID: u.ID}})
		}
	}
	for id, u := range next.users {
		old, ok := r.users[id]
		switch {
		case !ok:
			u.Keys = changes.Keys{}
			all = append(all, changes.Change{Kind: changes.Insert, Table: changes.TableUsers, User: &u})
		case !reflect.DeepEqual(old, u):
			u.Keys = changes.Keys{}
			if old.Username == u.Username && random.IntN(2) == 0 { // as a value that is stored outside of its row
				u.Username, u.Unchanged = "", changes.Username
			}
			all = append(all, changes.Change{Kind: changes.Update, Table: changes.TableUsers, User: &u, OldUserID: id})
		}
	}
	for id, f := range r.follows {
		if _, ok := next.follows[id]; !ok {
			all = append(all, changes.Change{Kind: changes.Delete, Table: changes.TableFollows, Follow: &f})
		}
	}
	for id, f := range next.follows {
		old, ok := r.follows[id]
		switch {
		case !ok:
			all = append(all, changes.Change{Kind: changes.Insert, Table: changes.TableFollows, Follow: &f})
		case old != f:
			all = append(all, changes.Change{Kind: changes.Update, Table: changes.TableFollows, Follow: &f, OldFollow: &old})
		}
	}
	for id, s := range r.stats {
		if _, ok := next.stats[id]; !ok {
			all = append(all, changes.Change{Kind: changes.Delete, Table: changes.TableStats, Stats: &changes.Stats{UserID: s.UserID}})
		}
	}
	for id, s := range next.stats {
		old, ok := r.stats[id]
		switch {
		case !ok:
			all = append(all, changes.Change{Kind: changes.Insert, Table: changes.TableStats, Stats: &s})
		case old != s:
			all = append(all, changes.Change{Kind: changes.Update, Table: changes.TableStats, Stats: &s, OldStatsID: id})
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return &changes.Transaction{Changes: all}
}
