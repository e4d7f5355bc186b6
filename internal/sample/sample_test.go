package sample_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/profile"
	"followgraph/internal/sample"
)

func generate(t *testing.T, seed uint64, users int) *sample.Graph {
	t.Helper()
	g, err := sample.Generate(seed, users)
	require.NoError(t, err)
	require.Len(t, g.Users, users)
	return g
}

func digest(g *sample.Graph) string {
	sum := sha256.New()
	for _, u := range g.Users {
		fmt.Fprintf(sum, "%q %v\n", []string{
			u.CognitoID, u.Username, u.Firstname, u.Lastname, u.Avatar, u.Email, u.PhoneNumber, u.Role, u.Country, u.City, u.Zipcode,
		}, u.CreatedAt)
	}
	for _, f := range g.Follows {
		fmt.Fprintf(sum, "%s %s %v\n", f.FollowerID, f.FollowingID, f.CreatedAt)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// TestSameOnEveryMachine compares the default sample with a digest. The README shows responses from this sample, so
// they change with the digest.
func TestSameOnEveryMachine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "3db52c37a9a313ed21bd8155a8e233bbdb04fbd85e3d479328f5ef7284252fa7", digest(generate(t, 1, sample.DefaultUsers)))
	require.NotEqual(t, digest(generate(t, 1, 100)), digest(generate(t, 2, 100)))
}

func TestValid(t *testing.T) {
	t.Parallel()
	for _, users := range []int{sample.MinUsers, 100, 5_000} {
		t.Run(fmt.Sprint(users), func(t *testing.T) {
			t.Parallel()
			g := generate(t, 7, users)
			byID := make(map[string]model.UserRecord)
			names := make(map[string]bool)
			for i, u := range g.Users {
				require.True(t, globalid.ValidCognitoID(u.CognitoID))
				require.NoError(t, profile.CheckUsername(u.Username))
				require.NoError(t, profile.CheckRole(u.Role))
				for _, text := range []string{u.Firstname, u.Lastname, u.Country, u.City, u.Zipcode} {
					kept, err := profile.ParseText(text)
					require.NoError(t, err)
					require.Equal(t, kept, text)
				}
				if u.Email != "" {
					kept, err := profile.ParseEmail(u.Email)
					require.NoError(t, err)
					require.Equal(t, kept, u.Email)
				}
				if u.Avatar != "" {
					require.NoError(t, profile.CheckAvatar(u.Avatar))
				}
				require.False(t, u.CreatedAt.Before(sample.Start) || u.CreatedAt.After(sample.End), u.CreatedAt)
				require.True(t, i == 0 || !u.CreatedAt.Before(g.Users[i-1].CreatedAt), "users come as they joined")
				require.Empty(t, byID[u.CognitoID].CognitoID, "an id twice")
				require.False(t, names[profile.Fold(u.Username)], u.Username)
				byID[u.CognitoID], names[profile.Fold(u.Username)] = u, true
			}
			type pair struct{ a, b string }
			seen := make(map[pair]bool)
			for i, f := range g.Follows {
				follower, following := byID[f.FollowerID], byID[f.FollowingID]
				require.NotEmpty(t, follower.CognitoID)
				require.NotEmpty(t, following.CognitoID)
				require.NotEqual(t, f.FollowerID, f.FollowingID)
				require.True(t, f.CreatedAt.After(follower.CreatedAt) && f.CreatedAt.After(following.CreatedAt), "a follow before an account")
				require.False(t, f.CreatedAt.After(sample.End.AddDate(0, 0, 1)), f.CreatedAt)
				require.True(t, i == 0 || !f.CreatedAt.Before(g.Follows[i-1].CreatedAt), "follows come as they happened")
				require.False(t, seen[pair{f.FollowerID, f.FollowingID}])
				seen[pair{f.FollowerID, f.FollowingID}] = true
			}
		})
	}
}

// TestShape checks the properties of a graph of people.
func TestShape(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		g := generate(t, seed, sample.DefaultUsers)
		require.InDelta(t, 60_000, len(g.Follows), 5_000)

		followers := make(map[string]int)
		pairs := make(map[[2]string]bool)
		for _, f := range g.Follows {
			followers[f.FollowingID]++
			pairs[[2]string{f.FollowerID, f.FollowingID}] = true
		}
		mutual := 0
		for pair := range pairs {
			if pairs[[2]string{pair[1], pair[0]}] {
				mutual++
			}
		}
		require.InDelta(t, 0.37, float64(mutual)/float64(len(pairs)), 0.08, "mutual follows")

		byCount := slices.SortedFunc(maps.Keys(followers), func(a, b string) int { return followers[b] - followers[a] })
		require.Equal(t, "ada", g.Users[0].Username)
		require.Equal(t, g.Users[0].CognitoID, byCount[0], "ada is the most followed")
		top := 0
		for _, id := range byCount[:len(byCount)/100] {
			top += followers[id]
		}
		require.Greater(t, top*6, len(g.Follows), "one in a hundred has a sixth of the followers and more")
		require.Less(t, followers[byCount[len(byCount)/2]], 12, "half have fewer than the mean")
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, users := range []int{-1, 0, sample.MinUsers - 1, sample.MaxUsers + 1} {
		_, err := sample.Generate(1, users)
		require.ErrorContains(t, err, "between 20 and 200000")
	}
}
