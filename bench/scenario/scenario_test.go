package scenario

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/bench/dataset"
	// Imported so that go test does not cache a result after the program has changed.
	_ "followgraph/internal/app"
)

// TestMain removes the program that program builds.
func TestMain(m *testing.M) {
	code := m.Run()
	if dir := built.dir; dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

var binaryFlag = flag.String("binary", "", "the program to test (built if empty)")

var built struct {
	sync.Once
	dir string
	err error
}

// program returns the program, as it is released: static, and without the race detector.
func program(t *testing.T) string {
	t.Helper()
	if *binaryFlag != "" {
		return *binaryFlag
	}
	built.Do(func() {
		built.dir, built.err = os.MkdirTemp("", "followgraph-scenario-") //nolint:usetesting // for all tests
		if built.err == nil {
			command := exec.CommandContext(t.Context(), "go", "build", "-o", built.dir, "followgraph/cmd/followgraph")
			command.Env = append(command.Environ(), "CGO_ENABLED=0")
			command.Stderr = os.Stderr
			built.err = command.Run()
		}
	})
	require.NoError(t, built.err)
	return filepath.Join(built.dir, "followgraph")
}

// open returns a World with a small graph.
func open(t *testing.T) *World {
	t.Helper()
	w, err := Open(t.Context(), Options{
		Program: program(t), Dir: t.TempDir(), Dataset: dataset.Parameters{Users: 400, Follows: 4000, Seed: 1}, Log: t.Output(),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, w.Close(context.WithoutCancel(t.Context())))
		if t.Failed() {
			log, err := os.ReadFile(filepath.Join(w.Dir, "followgraph.log"))
			require.NoError(t, err)
			for line := range strings.Lines(string(log)) {
				if !strings.Contains(line, "code=UNAVAILABLE") { // of each request while the database is away
					t.Log(line)
				}
			}
		}
	})
	return w
}

func TestReadYourWritesOnOtherInstances(t *testing.T) {
	t.Parallel()
	report, err := OwnWrites(t.Context(), open(t), OwnWritesOptions{
		Pairs: 300, Clients: 8, Lags: []time.Duration{20 * time.Millisecond, 120 * time.Millisecond},
	})
	require.NoError(t, err)
	t.Log(report)
	require.Equal(t, 300, report.Pairs)
	require.Equal(t, 600, report.Reads)
	require.Equal(t, 300, report.Local)
	require.Positive(t, report.FromMemory)
	require.Less(t, report.FromMemory, report.Reads, "the lag of 120 ms is longer than a read waits")
	require.Zero(t, report.Stale, report.First)
	require.Zero(t, report.Backwards, report.First)
	require.Zero(t, report.Unseen, report.First)
}

func TestKills(t *testing.T) {
	t.Parallel()
	report, err := Kills(t.Context(), open(t), KillOptions{
		Kills: 4, Failover: true, Writers: 4, Readers: 2, Longest: 200 * time.Millisecond,
	})
	require.NoError(t, err)
	t.Log(report)
	require.Len(t, report.Kills, 5, "a kill of each kind")
	require.Positive(t, report.Acknowledged)
	require.Empty(t, report.Lost)
	require.Empty(t, report.Unexpected)
	require.Positive(t, report.Reads.Memory)
	require.Zero(t, report.Reads.Mixed, report.Reads.First)
}

func TestDatabaseIsAway(t *testing.T) {
	t.Parallel()
	report, err := Outage(t.Context(), open(t), OutageOptions{MaxStaleness: 8 * time.Second, Outages: 2, Writers: 4})
	require.NoError(t, err)
	t.Log(report)
	require.Empty(t, report.Wrong)
	require.Positive(t, report.Reads)
	require.Equal(t, 2, report.Recovered)
}

func TestWritesOfOtherPrograms(t *testing.T) {
	t.Parallel()
	report, err := Foreign(t.Context(), open(t), ForeignOptions{Readers: 2, Rows: 2000, Import: "../../../shared/data/bitcoinotc_edges.csv.gz"})
	require.NoError(t, err)
	t.Log(report)
	for _, s := range report.Steps {
		require.Zero(t, s.Differences, "%s: %s", s.Name, s.First)
		require.False(t, s.FromSQL, s.Name)
	}
	require.Positive(t, report.Reads.Memory)
	require.Zero(t, report.Reads.Mixed, report.Reads.First)
}

func TestAnswersAgreeBesideWrites(t *testing.T) {
	t.Parallel()
	report, err := Consistency(t.Context(), open(t), ConsistencyOptions{Queries: 500, Readers: 4, Rate: 1000, Writers: 4})
	require.NoError(t, err)
	t.Log(report)
	require.Positive(t, report.Written)
	require.Equal(t, 500, report.Reads.Memory+report.Reads.SQL)
	require.Positive(t, report.Reads.Memory)
	require.Zero(t, report.Reads.Mixed, report.Reads.First)
}

func TestGraphOutgrowsItsMemory(t *testing.T) {
	t.Parallel()
	report, err := Outgrow(t.Context(), open(t), OutgrowOptions{Readers: 2})
	require.NoError(t, err)
	t.Log(report)
	require.Positive(t, report.Reads.Memory)
	require.Positive(t, report.Reads.SQL)
	require.Zero(t, report.Reads.Mixed, report.Reads.First)
}

// TestDisagreement checks that the check of an answer finds each kind of contradiction.
func TestDisagreement(t *testing.T) {
	t.Parallel()
	type stats = struct{ FollowersCount, FollowingsCount int }
	user := func(id string, s stats) *nestedUser { return &nestedUser{CognitoID: id, Stats: s} }
	list := func(total int, more bool, nodes ...*nestedUser) *nestedList {
		l := &nestedList{TotalCount: total}
		for _, n := range nodes {
			l.Edges = append(l.Edges, nestedEdge{n})
		}
		l.PageInfo.HasNextPage = more
		return l
	}
	answer := func() (root, follower *nestedUser) {
		root, follower = user("a", stats{1, 0}), user("b", stats{0, 1})
		root.Followers, root.Following = list(1, false, follower), list(0, false)
		follower.Following = list(1, false, user("a", stats{1, 0}))
		return root, follower
	}
	require.Empty(t, disagreement(nil))
	root, _ := answer()
	require.Empty(t, disagreement(root))

	root, _ = answer()
	root.Followers.TotalCount = 2
	require.Contains(t, disagreement(root), "totalCount")
	root, _ = answer()
	root.Following.TotalCount = 1
	require.Contains(t, disagreement(root), "totalCount")
	root, _ = answer()
	root.Followers.Edges = nil
	require.Contains(t, disagreement(root), "0 users in a list of 1")
	root.Followers.PageInfo.HasNextPage = true
	require.Empty(t, disagreement(root), "the list goes on")
	root, follower := answer()
	follower.Following.Edges[0].Node = user("c", stats{})
	require.Contains(t, disagreement(root), "does not list it")
	root, follower = answer()
	follower.Following.Edges[0].Node.Stats.FollowersCount = 5
	require.Contains(t, disagreement(root), "has the counts")
}

func TestSubscribersResumeOnOtherInstances(t *testing.T) {
	t.Parallel()
	report, err := Live(t.Context(), open(t), LiveOptions{Kills: 3, Changes: 3000, Writers: 4, Longest: 200 * time.Millisecond})
	require.NoError(t, err)
	t.Log(report)
	require.Equal(t, 3, report.Kills)
	require.GreaterOrEqual(t, report.Received, 3000)
	require.Positive(t, report.Resumed)
	require.Zero(t, report.Lost)
	require.Zero(t, report.Twice)
	require.Zero(t, report.Disordered)
	require.Zero(t, report.Expired)
}

func TestWatchersGetEvents(t *testing.T) {
	t.Parallel()
	report, err := Watch(t.Context(), open(t), WatchOptions{Idle: 50, Watchers: 20, Rate: 200, Writers: 4, Readers: 1, Duration: time.Second})
	require.NoError(t, err)
	t.Log(report)
	require.Positive(t, report.Events)
	require.NotEmpty(t, report.Delay)
	require.Positive(t, report.Alone)
	require.Positive(t, report.Beside)
	_, err = Watch(t.Context(), open(t), WatchOptions{Idle: 1_000_000, Watchers: 20})
	require.ErrorContains(t, err, "the graph needs 1000020 users")
}
