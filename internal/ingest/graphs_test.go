package ingest_test

import (
	"compress/gzip"
	"encoding/csv"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// graphFile opens one of the real graphs next to the project. A test fails without them.
func graphFile(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	_, err := os.Stat(path)
	require.NoError(t, err, "the real graphs are expected in ../shared/data, seen from the project's root")
	return path
}

// follow is a row of user_follows without its id.
type follow struct {
	Follower, Following string
	CreatedAt           time.Time
}

type counts struct{ Followers, Followings int64 }

// readGraph reads a graph file independently of the importer.
func readGraph(t testing.TB, path string) []follow {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	records, err := csv.NewReader(unpacked).ReadAll()
	require.NoError(t, err)
	epoch := slices.Index(records[0], "epoch_seconds")

	follows := make([]follow, 0, len(records))
	for _, record := range records[1:] {
		row := follow{Follower: record[0], Following: record[1]}
		if epoch >= 0 {
			seconds, ok := new(big.Rat).SetString(record[epoch])
			require.True(t, ok, record[epoch])
			micros := new(big.Rat).Mul(seconds, big.NewRat(1_000_000, 1))
			require.True(t, micros.IsInt(), record[epoch])
			row.CreatedAt = time.UnixMicro(micros.Num().Int64()).UTC()
		}
		follows = append(follows, row)
	}
	return follows
}

func countsOf(follows []follow) map[string]counts {
	all := make(map[string]counts)
	for _, row := range follows {
		follower, following := all[row.Follower], all[row.Following]
		follower.Followings++
		following.Followers++
		all[row.Follower], all[row.Following] = follower, following
	}
	return all
}

// database is the state after an import.
type database struct {
	Follows []follow // by id
	Counts  map[string]counts
	Users   []string // Cognito ids, by id
}

func readDatabase(t testing.TB, url string) database {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()

	var found database
	rows, _ := conn.Query(ctx, `SELECT follower_id, following_id, created_at FROM user_follows ORDER BY id`)
	found.Follows, err = pgx.CollectRows(rows, pgx.RowToStructByPos[follow])
	require.NoError(t, err)
	for i := range found.Follows {
		found.Follows[i].CreatedAt = found.Follows[i].CreatedAt.UTC()
	}
	rows, _ = conn.Query(ctx, `SELECT cognito_id FROM users ORDER BY id`)
	found.Users, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	found.Counts = make(map[string]counts)
	rows, _ = conn.Query(ctx, `SELECT user_id, followers_count, followings_count FROM user_follow_stats`)
	var id string
	var c counts
	_, err = pgx.ForEachRow(rows, []any{&id, &c.Followers, &c.Followings}, func() error {
		found.Counts[id] = c
		return nil
	})
	require.NoError(t, err)
	return found
}

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

func TestRealGraphs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file           string
		follows, users int
		timed          bool
	}{
		{"bitcoinotc_edges.csv.gz", 35_592, 5_881, true},
		{"epinions_edges.csv.gz", 508_837, 75_879, false},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			path, url := graphFile(t, test.file), testdb.New(t)
			db := openStore(t, url)
			want := readGraph(t, path)
			wantCounts := countsOf(want)
			require.Len(t, want, test.follows)
			require.Len(t, wantCounts, test.users)

			importFile := func() ingest.Report {
				file, err := os.Open(path)
				require.NoError(t, err)
				defer func() { _ = file.Close() }()
				report, err := ingest.Edges(t.Context(), db, file, ingest.Options{CreateUsers: true})
				require.NoError(t, err)
				return report
			}

			report := importFile()
			require.EqualValues(t, test.follows, report.Rows)
			require.EqualValues(t, test.follows, report.Added)
			require.EqualValues(t, test.users, report.UsersCreated)
			got := readDatabase(t, url)
			require.True(t, maps.Equal(wantCounts, got.Counts), "counts differ from the file's")
			require.True(t, slices.Equal(slices.Sorted(maps.Keys(wantCounts)), slices.Sorted(slices.Values(got.Users))),
				"the users are not those of the file")
			if !test.timed {
				for i := range got.Follows {
					got.Follows[i].CreatedAt = time.Time{}
				}
			}
			// The rows are compared one by one, because a diff of half a million rows takes a minute even if they are equal.
			require.Len(t, got.Follows, len(want))
			for i := range want {
				if got.Follows[i] != want[i] {
					require.Equal(t, want[i], got.Follows[i], "follow %d in the order of ids", i)
				}
			}

			again := importFile()
			require.EqualValues(t, test.follows, again.Unchanged)
			require.Zero(t, again.Added)
			require.Zero(t, again.UsersCreated)
			require.True(t, maps.Equal(wantCounts, readDatabase(t, url).Counts), "a second import moved counts")
		})
	}
}
