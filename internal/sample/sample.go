// Package sample generates a realistic follow graph. The same seed gives the same graph on every machine.
package sample

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"followgraph/internal/model"
)

// Bounds and default of the number of users.
const (
	MinUsers     = 20
	MaxUsers     = 200_000
	DefaultUsers = 5_000
)

// The graph does not depend on the current time. Users join and follow between Start and End.
var (
	Start = time.Date(2018, time.March, 1, 8, 0, 0, 0, time.UTC)
	End   = time.Date(2026, time.June, 30, 20, 0, 0, 0, time.UTC)
)

// Graph is a sample. Users are in the order in which they joined, and follows in order of time. No follow is older than
// its accounts.
type Graph struct {
	Users   []model.UserRecord
	Follows []model.FollowRecord
}

// Generate returns a graph of a number of users, with about twelve follows per user. It only uses integer arithmetic on
// the documented PCG generator, because processors may round floats differently, and never depends on the order of a
// map. MaxUsers take several seconds and 600 MB.
func Generate(seed uint64, users int) (*Graph, error) {
	if users < MinUsers || users > MaxUsers {
		return nil, fmt.Errorf("the number of users must be between %d and %d, not %d", MinUsers, MaxUsers, users)
	}
	random := rand.New(rand.NewPCG(seed, 0x666f6c6c6f77)) //nolint:gosec // it must be predictable
	g := &Graph{Users: makeUsers(random, users)}
	joined := make([]int64, users)
	for i, user := range g.Users {
		joined[i] = user.CreatedAt.UnixMicro()
	}

	follows := newNetwork(random, joined).grow()
	slices.SortFunc(follows, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.follower, b.follower), cmp.Compare(a.following, b.following))
	})
	g.Follows = make([]model.FollowRecord, len(follows))
	for i, e := range follows {
		g.Follows[i] = model.FollowRecord{
			FollowerID:  g.Users[e.follower].CognitoID,
			FollowingID: g.Users[e.following].CognitoID,
			CreatedAt:   time.UnixMicro(e.at).UTC(),
		}
	}
	return g, nil
}

func makeUsers(random *rand.Rand, count int) []model.UserRecord {
	joined := make([]int64, count)
	for i := range joined {
		joined[i] = joinTime(random)
	}
	slices.Sort(joined)

	users := make([]model.UserRecord, count)
	taken := make(map[string]bool, count)
	for i := range users {
		user := &users[i]
		if i < len(known) {
			k := known[i]
			user.Username, user.Firstname, user.Lastname = k.username, k.firstname, k.lastname
			user.Country, user.City, user.Zipcode, user.Role = k.country, k.city, k.zipcode, k.role
			taken[k.username] = true
		} else {
			person(random, user, taken)
		}
		user.Line = int64(i + 1)
		user.CognitoID = uuid(random)
		user.CreatedAt = time.UnixMicro(joined[i]).UTC()
		if random.IntN(10) > 0 {
			user.Avatar = "https://avatars.example/" + user.Username + ".png"
		}
		if random.IntN(5) > 0 {
			user.Email = strings.ToLower(user.Username) + "@example.org"
		}
	}
	return users
}

// joinTime returns the larger of two random times, because more users join later in a growing service.
func joinTime(random *rand.Rand) int64 {
	span := End.UnixMicro() - Start.UnixMicro()
	return Start.UnixMicro() + max(random.Int64N(span), random.Int64N(span))
}

// person sets name, username, place and role.
func person(random *rand.Rand, user *model.UserRecord, taken map[string]bool) {
	c := cultures[weighted(random, len(cultures), func(i int) int { return cultures[i].weight })]
	given, family := c.given[random.IntN(len(c.given))], c.family[random.IntN(len(c.family))]
	user.Username = freeUsername(random, c, given, family, taken)
	user.Role = roles[weighted(random, len(roles), func(i int) int { return roles[i].weight })].name

	if detail := random.IntN(20); detail > 0 {
		user.Firstname = given.written
		if detail > 1 {
			user.Lastname = family.written
		}
	}
	if random.IntN(6) > 0 {
		where := c.places[random.IntN(len(c.places))]
		user.Country, user.City, user.Zipcode = c.country, where.city, where.zipcode
	}
}

var roles = []struct {
	name   string
	weight int
}{{"END_USER", 800}, {"AGENT", 90}, {"BROKER", 55}, {"OWNER", 35}, {"OPT_USER", 15}, {"TC_ADMIN", 5}}

func freeUsername(random *rand.Rand, c culture, given, family name, taken map[string]bool) string {
	first, last := given.latin, family.latin
	if c.familyFirst {
		first, last = last, first
	}
	username := [...]string{
		first + "_" + last, first + "." + last, first + last, first[:1] + last, last + "_" + first, given.latin,
	}[random.IntN(6)]
	for taken[username] {
		username = fmt.Sprintf("%s%d", strings.TrimRight(username, "0123456789"), 10+random.IntN(10+4*len(taken)))
	}
	taken[username] = true
	return username
}

// weighted returns a random index according to the weights.
func weighted(random *rand.Rand, count int, weight func(int) int) int {
	sum := 0
	for i := range count {
		sum += weight(i)
	}
	draw := random.IntN(sum)
	for i := range count {
		if draw -= weight(i); draw < 0 {
			return i
		}
	}
	panic("unreachable: the weights add up to their sum")
}

// uuid returns a random UUID (RFC 9562, version 4), the form of Cognito's ids.
func uuid(random *rand.Rand) string {
	high, low := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x",
		high>>32, high>>16&0xffff, high&0xfff, 0x8000|low>>48&0x3fff, low&0xffffffffffff)
}
