package store_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

func TestImportFollows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		before, rows     string
		want             string
		added, unchanged int64
	}{
		{name: "nothing"},
		{name: "order of rows is order of ids", rows: "c>a a>c b>a", want: "c>a a>c b>a", added: 3},
		{name: "repeated rows", rows: "a>b a>b b>a a>b", want: "a>b b>a", added: 2, unchanged: 2},
		{name: "some there already", before: "b>c", rows: "a>b b>c c>d", want: "b>c a>b c>d", added: 2, unchanged: 1},
		{name: "all there already", before: "a>b b>c", rows: "b>c a>b", want: "a>b b>c", unchanged: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)
			importFollows(t, db, follows(test.before), store.ImportOptions{})

			rows := follows(test.rows)
			// Chunks of two rows, so that these few rows make several chunks.
			result := importFollows(t, db, rows, store.ImportOptions{ChunkRows: 2})
			require.Equal(t, store.ImportResult{Rows: int64(len(rows)), Added: test.added, Unchanged: test.unchanged}, result)
			require.Equal(t, test.want, pairs(t, conn))
			require.Empty(t, drifts(t, db))
			require.Empty(t, query[string](t, conn, `SELECT cognito_id FROM users`))
		})
	}
}

func TestImportFollowsTimes(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	moment := time.Date(2010, 11, 8, 18, 45, 11, 728360000, time.UTC)
	rows := follows("a>b b>c c>d d>e")
	rows[1].CreatedAt = moment
	importFollows(t, db, rows, store.ImportOptions{ChunkRows: 1})

	times := query[time.Time](t, conn, `SELECT created_at FROM user_follows ORDER BY id`)
	require.Len(t, times, 4)
	require.True(t, moment.Equal(times[1]), times[1])
	require.Equal(t, times[0], times[2], "rows without a time share the import's, so that their order decides")
	require.Equal(t, times[0], times[3])
	require.Equal(t, []bool{true}, query[bool](t, conn, `SELECT $1::timestamptz BETWEEN now() - interval '1 hour' AND now()`, times[0]))
}

func TestImportFollowsBrokenSource(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	broken := errors.New("the disk is on fire")
	var rows iter.Seq2[model.FollowRecord, error] = func(yield func(model.FollowRecord, error) bool) {
		for _, row := range ring(100, 10) {
			if !yield(row, nil) {
				return
			}
		}
		yield(model.FollowRecord{}, broken)
	}
	_, err := db.ImportFollows(t.Context(), rows, store.ImportOptions{CreateUsers: true, ChunkRows: 10})
	require.Equal(t, broken, err)
	require.Empty(t, pairs(t, conn))
	require.Empty(t, query[string](t, conn, `SELECT cognito_id FROM users`))
}

func TestImportFollowsProgress(t *testing.T) {
	t.Parallel()
	db := openStore(t, testdb.New(t))
	var seen []store.ImportProgress
	importFollows(t, db, ring(5, 1), store.ImportOptions{
		ChunkRows: 2, CreateUsers: true,
		Progress: func(p store.ImportProgress) { seen = append(seen, p) },
	})
	require.Equal(t, []store.ImportProgress{
		{Phase: store.PhaseCreateUsers},
		{Phase: store.PhaseCreateUsers, Total: 5},
		{Phase: store.PhaseCreateUsers, Done: 2, Total: 5},
		{Phase: store.PhaseCreateUsers, Done: 4, Total: 5},
		{Phase: store.PhaseCreateUsers, Done: 5, Total: 5},
		{Phase: store.PhaseMerge, Total: 5},
		{Phase: store.PhaseMerge, Done: 2, Total: 5},
		{Phase: store.PhaseMerge, Done: 4, Total: 5},
		{Phase: store.PhaseMerge, Done: 5, Total: 5},
		{Phase: store.PhaseVacuum},
	}, seen)
}

// An import that stops at any point leaves whole chunks and exact counts, and the same import completes it.
func TestImportFollowsCanceled(t *testing.T) {
	t.Parallel()
	const chunk = 100
	rows := ring(100, 20)
	for _, stopAfter := range []int64{0, 100, 1_300, 1_900} {
		t.Run(strconv.FormatInt(stopAfter, 10), func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)
			ctx, cancel := context.WithCancel(t.Context())
			result, err := db.ImportFollows(ctx, store.Rows(rows), store.ImportOptions{
				CreateUsers: true, ChunkRows: chunk,
				Progress: func(p store.ImportProgress) {
					if p.Phase == store.PhaseMerge && p.Done == stopAfter {
						cancel()
					}
				},
			})
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, apperr.Canceled, apperr.CodeOf(err))
			require.ErrorContains(t, err, fmt.Sprintf("row %d of 2000", stopAfter))
			require.Equal(t, stopAfter, result.Added)
			completes(t, db, conn, rows, stopAfter)
		})
	}
}

// The same if the server terminates the session within a chunk.
func TestImportFollowsTerminated(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, other := openStore(t, url), connect(t, url), connect(t, url)
	rows := ring(100, 20)
	importFollows(t, db, rows[:1], store.ImportOptions{})

	// A lock on a row of counts stops the import between its follows and its counts.
	run(t, other, `BEGIN`)
	run(t, other, `SELECT FROM user_follow_stats WHERE user_id = 'n0' FOR UPDATE`)
	result := make(chan error, 1)
	go func() {
		_, err := db.ImportFollows(t.Context(), store.Rows(rows[1:]), store.ImportOptions{ChunkRows: 100, CreateUsers: true})
		result <- err
	}()
	const blocked = `pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database()
		AND wait_event_type = 'Lock' AND query LIKE '%import_follows%')`
	await(t, conn, "the import to be in the middle of a chunk", `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE `+blocked+`)`)
	run(t, conn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE `+blocked)
	err := <-result
	require.Error(t, err)
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err))
	run(t, other, `ROLLBACK`)
	completes(t, db, conn, rows, 1)
}

// A deadlock makes a chunk of an import or of a rebuild run again, and has no other effect.
func TestChunksAreRetried(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40P01", "40001"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)
			importFollows(t, db, follows("a>b"), store.ImportOptions{})

			// A sequence counts the attempts, because no rollback undoes it.
			run(t, conn, `CREATE SEQUENCE tries`)
			run(t, conn, `CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN
					IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'made up' USING ERRCODE = '`+code+`'; END IF;
					RETURN NULL;
				END $$`)
			run(t, conn, `CREATE TRIGGER fail AFTER UPDATE ON user_follow_stats FOR EACH STATEMENT EXECUTE FUNCTION fail_twice()`)

			result := importFollows(t, db, follows("b>a b>c c>a"), store.ImportOptions{ChunkRows: 2})
			require.EqualValues(t, 3, result.Added)
			require.Equal(t, []int64{4}, query[int64](t, conn, `SELECT last_value FROM tries`))
			require.Empty(t, drifts(t, db))

			run(t, conn, `ALTER TABLE user_follow_stats DISABLE TRIGGER fail`)
			run(t, conn, `UPDATE user_follow_stats SET followers_count = 9`)
			run(t, conn, `ALTER TABLE user_follow_stats ENABLE TRIGGER fail`)
			run(t, conn, `ALTER SEQUENCE tries RESTART`)
			repaired, err := db.RebuildStats(t.Context(), nil)
			require.NoError(t, err)
			require.EqualValues(t, 3, repaired)
			require.Equal(t, []int64{4}, query[int64](t, conn, `SELECT last_value FROM tries`), "two failures, a lock, a recount")
			require.Empty(t, drifts(t, db))
		})
	}
}

func TestImportFollowsBesideWriters(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	rows := ring(60, 20)
	inFile := make(map[string]bool)
	for _, row := range rows {
		inFile[row.FollowerID+">"+row.FollowingID] = true
	}

	// Writers also write the follows of the file, and undo only other follows.
	stop := make(chan struct{})
	wait := liveWriters(t, url, 3, stop, func(w, n int) (string, string, string) {
		follower, following := "n"+strconv.Itoa((n*7+w)%60), "n"+strconv.Itoa((n*11+w*5+1)%60)
		switch {
		case follower == following:
			return liveFollow, follower, "x" + strconv.Itoa(w)
		case n%3 == 0 && !inFile[follower+">"+following]:
			return liveUnfollow, follower, following
		}
		return liveFollow, follower, following
	})
	_, err := db.ImportFollows(t.Context(), store.Rows(rows), store.ImportOptions{ChunkRows: 25, CreateUsers: true})
	close(stop)
	require.NoError(t, wait())
	require.NoError(t, err)

	require.Empty(t, drifts(t, db))
	there := query[string](t, conn, `SELECT follower_id || '>' || following_id FROM user_follows`)
	for pair := range inFile {
		require.True(t, slices.Contains(there, pair), pair)
	}
}

// completes checks that an interrupted import has left its first rows and exact counts, and that running it again adds
// the other rows.
func completes(t *testing.T, db *store.Store, conn *pgx.Conn, rows []model.FollowRecord, committed int64) {
	t.Helper()
	require.Equal(t, text(rows[:committed]), pairs(t, conn))
	require.Empty(t, drifts(t, db))

	again := importFollows(t, db, rows, store.ImportOptions{CreateUsers: true, ChunkRows: 500})
	require.Equal(t, int64(len(rows))-committed, again.Added)
	require.Equal(t, committed, again.Unchanged)
	require.Equal(t, text(rows), pairs(t, conn))
	require.Empty(t, drifts(t, db))
	require.Len(t, query[string](t, conn, `SELECT cognito_id FROM users`), 100)
}

func text(rows []model.FollowRecord) string {
	all := make([]string, len(rows))
	for i, row := range rows {
		all[i] = row.FollowerID + ">" + row.FollowingID
	}
	return strings.Join(all, " ")
}
