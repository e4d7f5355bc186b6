package resident

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/sample"
	"followgraph/internal/timestamp"
)

// addSample adds the graph that followgraph serves with --sample.
func addSample(t *testing.T, b *Builder) {
	t.Helper()
	graph, err := sample.Generate(1, 20_000)
	require.NoError(t, err)
	for i, u := range graph.Users {
		b.User(&changes.User{
			ID: int64(i + 1), CognitoID: u.CognitoID, Username: copied(u.Username), Firstname: optional(u.Firstname), Lastname: optional(u.Lastname),
			Avatar: optional(u.Avatar), Role: "END_USER", CreatedAt: timestamp.FromUnixMicro(u.CreatedAt.UnixMicro()), UpdatedAt: now,
			Keys: testKeys(u.Username, u.Firstname, u.Lastname),
		})
		b.Stats(&changes.Stats{UserID: u.CognitoID, UpdatedAt: now})
	}
	for i, f := range graph.Follows {
		b.Follow(&changes.FollowRow{
			ID: int64(i + 1), FollowerID: []byte(f.FollowerID), FollowingID: []byte(f.FollowingID), CreatedAt: timestamp.FromUnixMicro(f.CreatedAt.UnixMicro()),
		})
	}
}

// testKeys returns the keys of a user whose names have no other letters than those of ASCII, or nearly so.
func testKeys(username, first, last string) changes.Keys {
	return changes.Keys{
		Username: new(letters).searchKey(copied(username)), Name: new(letters).wordsOf(first + " " + last),
		Words: new(letters).wordsOf(username + " " + first + " " + last),
	}
}

func copied(text string) string { return string([]byte(text)) }

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return new(copied(text))
}

// addEpinions adds a graph of half a million follows without accounts, with the times of an import without times.
func addEpinions(t *testing.T, b *Builder) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "epinions_edges.csv.gz"))
	require.NoError(t, err, "the real graphs are expected in ../shared/data, seen from the project's root")
	defer func() { require.NoError(t, file.Close()) }()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	rows := csv.NewReader(plain)
	for id := int64(0); ; id++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		if _, err := strconv.Atoi(row[0]); err != nil {
			continue // the header
		}
		b.Follow(&changes.FollowRow{ID: id, FollowerID: []byte("e-" + row[0]), FollowingID: []byte("e-" + row[1]), CreatedAt: now + timestamp.Timestamp(id)})
	}
}

// addRandom adds users with 20 follows each on average, some with a time before 2000.
func addRandom(b *Builder) {
	const users = 30_000
	fillBench(b, users, 20, benchIDs(users))
	random := rand.New(rand.NewPCG(21, 22))
	for i := range 30_000 {
		b.Follow(&changes.FollowRow{
			ID: int64(1e9 + i), FollowerID: fmt.Append(nil, "f-", i), FollowingID: []byte(benchUser(random.IntN(100)).CognitoID), CreatedAt: timestamp.Timestamp(-i),
		})
	}
}

func applyFolded(t *testing.T, g *Graph, transaction *changes.Transaction) {
	t.Helper()
	require.NoError(t, g.Apply(t.Context(), transaction, goFolder{}))
}

// requireHonest compares the size that a graph reports with the memory that the heap has more than before.
func requireHonest(t *testing.T, g *Graph, before float64) {
	t.Helper()
	taken, size := heap()-before, g.Size()
	t.Logf("%.0f bytes, %d follows: %+v", taken, g.Version().Follows(), size)
	require.InEpsilon(t, taken, float64(size.Total()), 0.1)
	runtime.KeepAlive(g)
}

// TestSizeEqualsHeap compares the sizes of graphs with the heap: loaded, while a large transaction is open, after it,
// and after many small ones. It does not run beside other tests.
func TestSizeEqualsHeap(t *testing.T) { //nolint:paralleltest // it measures the heap
	for name, add := range map[string]func(*Builder){
		"random":   addRandom,
		"sample":   func(b *Builder) { addSample(t, b) },
		"epinions": func(b *Builder) { addEpinions(t, b) },
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // as above
			before := heap()
			b := NewBuilder()
			add(b)
			g := b.Graph(commit.Position{LSN: 1})
			b = nil
			requireHonest(t, g, before)
			require.Zero(t, g.Size().Open)

			random, from := rand.New(rand.NewPCG(31, 32)), g.Version()
			ids := func() string { return from.names.id(uint32(random.IntN(int(from.names.end)))) }
			parts := func(n int, change func(i int) changes.Change) {
				const part = 4096
				for at := 0; at < n; at += part {
					transaction := &changes.Transaction{More: true}
					for i := range min(part, n-at) {
						transaction.Changes = append(transaction.Changes, change(at+i))
					}
					applyFolded(t, g, transaction)
				}
			}
			parts(100_000, func(i int) changes.Change {
				f := changes.Follow{ID: int64(1e10 + i), FollowerID: fmt.Sprint("n-", i/40), FollowingID: ids(), CreatedAt: now + 1e12 + timestamp.Timestamp(i)}
				return changes.Change{Kind: changes.Insert, Table: changes.TableFollows, Follow: &f}
			})
			require.NotZero(t, g.Size().Open)
			require.Same(t, from, g.Version())
			requireHonest(t, g, before)
			applyFolded(t, g, &changes.Transaction{})
			require.Zero(t, g.Size().Open)
			from = g.Version()
			requireHonest(t, g, before)

			parts(10_000, func(i int) changes.Change {
				return changes.Change{Kind: changes.Insert, Table: changes.TableUsers, User: benchUser(1_000_000 + i)}
			})
			applyFolded(t, g, &changes.Transaction{})
			from = nil
			requireHonest(t, g, before)

			applyFolded(t, g, &changes.Transaction{Changes: []changes.Change{
				{Kind: changes.Truncate, Table: changes.TableUsers}, {Kind: changes.Truncate, Table: changes.TableFollows}, {Kind: changes.Truncate, Table: changes.TableStats},
			}})
			require.Less(t, g.Size().Total(), int64(1<<10))
			require.Less(t, heap()-before, float64(1<<20))
			runtime.KeepAlive(g)
		})
	}
}
