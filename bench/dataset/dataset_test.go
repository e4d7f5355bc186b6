package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/profile"
)

func generate(t *testing.T, p Parameters) *Graph {
	t.Helper()
	g, err := Generate(p)
	require.NoError(t, err)
	return g
}

func TestGraphIsSimple(t *testing.T) {
	t.Parallel()
	for _, p := range []Parameters{{MinUsers, 2 * MinUsers, 1}, {1_000, 20_000, 1}, {10_000, 200_000, 7}} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			g := generate(t, p)
			require.Len(t, g.follows, p.Follows)
			seen := make(map[follow]bool, p.Follows)
			for _, f := range g.follows {
				require.NotEqual(t, f.follower(), f.following(), "a self-follow")
				require.Less(t, max(f.follower(), f.following()), p.Users)
				require.False(t, seen[f], "a duplicate follow")
				seen[f] = true
			}
		})
	}
}

// TestDegrees checks what the shapes rely on: one account with many followers, a power-law tail, and about 1,120 users
// in a three-level page.
func TestDegrees(t *testing.T) {
	t.Parallel()
	for users, most := range map[int]int{1_000: 500, 10_000: 5_000, 100_000: 50_000, 1_000_000: 50_000} {
		p := Parameters{Users: users, Follows: 20 * users}
		counts := degrees(p)
		require.Len(t, counts, users)
		sum := 0
		filled := map[int]float64{} // average number of followers on a page of that size
		for _, count := range counts {
			sum += count
			for _, size := range []int{20, 10, 5} {
				filled[size] += float64(min(count, size)) / float64(users)
			}
		}
		require.Equal(t, p.Follows, sum)
		require.Equal(t, most, counts[0])
		require.True(t, slices.IsSortedFunc(counts[1:], func(a, b int) int { return b - a }), "in descending order")
		require.Less(t, counts[1], most/2, "no other account comes close")
		require.InDelta(t, 1_120, 1+filled[20]*(1+filled[10]*(1+filled[5])), 20)

		// At ten times the rank, users have 10^(-3/5) times the followers above the floor: about a quarter.
		if users >= 100_000 {
			floor := counts[users-1]
			require.InDelta(t, 0.25, float64(counts[1_000]-floor)/float64(counts[100]-floor), 0.03)
		}
	}
}

func TestGraphKeepsDegrees(t *testing.T) {
	t.Parallel()
	p := Parameters{Users: 2_000, Follows: 40_000, Seed: 3}
	got := make([]int, p.Users)
	for _, f := range generate(t, p).follows {
		got[f.following()]++
	}
	slices.SortFunc(got, func(a, b int) int { return b - a })
	want := degrees(p)
	slices.SortFunc(want, func(a, b int) int { return b - a })
	require.Equal(t, want, got)
}

func written(t *testing.T, p Parameters) [sha256.Size]byte {
	t.Helper()
	g := generate(t, p)
	var out bytes.Buffer
	require.NoError(t, g.WriteUsers(&out))
	require.NoError(t, g.WriteFollows(&out))
	return sha256.Sum256(out.Bytes())
}

func TestSameForSameParameters(t *testing.T) {
	t.Parallel()
	p := Parameters{Users: 500, Follows: 5_000, Seed: 1}
	require.Equal(t, written(t, p), written(t, p))
	require.NotEqual(t, written(t, p), written(t, Parameters{Users: 500, Follows: 5_000, Seed: 2}))
}

func TestUsersAreValid(t *testing.T) {
	t.Parallel()
	g := generate(t, Parameters{Users: 3_000, Follows: 6_000, Seed: 1})
	var out bytes.Buffer
	require.NoError(t, g.WriteUsers(&out))
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, g.Users+1)
	seen, pictures := make(map[string]bool), 0
	for _, row := range rows[1:] {
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, row[0])
		require.True(t, globalid.ValidCognitoID(row[0]))
		require.NoError(t, profile.CheckUsername(row[1]))
		require.False(t, seen[row[0]] || seen[row[1]], "a duplicate id or username")
		seen[row[0]], seen[row[1]] = true, true
		if row[4] != "" {
			require.NoError(t, profile.CheckAvatar(row[4]))
			pictures++
		}
		if row[5] != "" {
			parsed, err := profile.ParseEmail(row[5])
			require.NoError(t, err)
			require.Equal(t, parsed, row[5])
		}
		seconds, err := strconv.ParseInt(row[6], 10, 64)
		require.NoError(t, err)
		require.True(t, seconds <= Start.Unix() && seconds >= Start.AddDate(-1, 0, 0).Unix())
	}
	require.Greater(t, pictures, g.Users*3/4)
}

func TestFollowsSpreadOverTime(t *testing.T) {
	t.Parallel()
	g := generate(t, Parameters{Users: 1_000, Follows: 20_000, Seed: 1})
	var out bytes.Buffer
	require.NoError(t, g.WriteFollows(&out))
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, g.Follows+1)
	before := Start.Add(-time.Microsecond)
	for i, row := range rows[1:] {
		seconds, err := strconv.ParseFloat(row[2], 64)
		require.NoError(t, err)
		at := time.UnixMicro(int64(seconds*1e6 + 0.5))
		require.True(t, at.After(before) && at.Before(End), "line %d is at %s", i+1, at)
		before = at
	}
	require.Less(t, End.Sub(before), time.Hour)
	n := 0
	g.EachFollow(func(follower, following string, at time.Time) bool {
		n++
		require.Equal(t, rows[n], []string{follower, following, fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000)})
		return true
	})
	require.Equal(t, g.Follows, n)
	// The follows of one account are not contiguous.
	first, last := -1, -1
	for i, f := range g.follows {
		if f.following() == 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	require.Greater(t, last-first, len(g.follows)/2)
}

func TestParametersAreChecked(t *testing.T) {
	t.Parallel()
	for _, p := range []Parameters{
		{0, 0, 1}, {MinUsers - 1, 1_000, 1}, {MaxUsers + 1, 4 * MaxUsers, 1}, {1_000, 1_999, 1}, {1_000, 50_001, 1},
	} {
		_, err := Generate(p)
		require.ErrorContains(t, err, "users")
	}
}
