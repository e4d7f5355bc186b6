package dataset

import (
	"bufio"
	"io"
	"strconv"
	"time"
)

var (
	firstnames = []string{
		"Aino", "Amara", "Björn", "Chiara", "Dilnoza", "Ebele", "Fatima", "Goran", "Hana", "Ines", "Jamal", "Kaito",
		"Leila", "Malik", "Nadia", "Oskar", "Paloma", "Quentin", "Rosa", "Sanjay", "Tereza", "Uma", "Viktor", "Wanjiru",
		"Ximena", "Yusuf", "Zofia", "Émile", "İpek", "Łukasz", "Søren", "Žana",
	}
	lastnames = []string{
		"Abe", "Becker", "Castillo", "Dubois", "Eriksen", "Fofana", "García", "Horvat", "Ito", "Jansen", "Kovács",
		"Lindqvist", "Mbeki", "Novak", "O'Brien", "Petrov", "Quispe", "Rossi", "Silva", "Tanaka", "Uzun", "Virtanen",
		"Wagner", "Xu", "Yılmaz", "Zhang",
	}
)

// WriteUsers writes the accounts as CSV for `followgraph import users`.
func (g *Graph) WriteUsers(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	line := []byte("cognito_id,username,firstname,lastname,avatar,email,epoch_seconds\n")
	for user := range g.Users {
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = g.appendUser(line[:0], user)
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	return out.Flush()
}

func (g *Graph) appendUser(line []byte, user int) []byte {
	draw := mix(g.Seed ^ mix(uint64(user)<<2|2))
	username := append([]byte("user_"), strconv.FormatInt(int64(user), 36)...)
	line = append(g.appendID(line, user), ',')
	line = append(append(line, username...), ',')
	// One in sixteen has no name, one in eight no picture, one in four no address.
	if draw&15 != 0 {
		line = append(line, firstnames[draw>>8%uint64(len(firstnames))]...)
		line = append(line, ',')
		line = append(line, lastnames[draw>>24%uint64(len(lastnames))]...)
	} else {
		line = append(line, ',')
	}
	line = append(line, ',')
	if draw>>40&7 != 0 {
		line = append(append(append(line, "https://avatars.example/"...), username...), ".png"...)
	}
	line = append(line, ',')
	if draw>>44&3 != 0 {
		line = append(append(line, username...), "@example.org"...)
	}
	line = append(line, ',')
	createdAt := Start.Add(-time.Duration(draw >> 1 % uint64(365*24*time.Hour)))
	return append(strconv.AppendInt(line, createdAt.Unix(), 10), '\n')
}

// WriteFollows writes the follows as CSV for `followgraph import edges`, in chronological order.
func (g *Graph) WriteFollows(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	line := []byte("follower_id,following_id,epoch_seconds\n")
	for i, f := range g.follows {
		if _, err := out.Write(line); err != nil {
			return err
		}
		at := g.start(i)
		line = append(g.appendID(line[:0], f.follower()), ',')
		line = append(g.appendID(line, f.following()), ',')
		line = append(strconv.AppendInt(line, at/1e6, 10), '.')
		line = append(line, strconv.Itoa(int(1e6 + at%1e6))[1:]...)
		line = append(line, '\n')
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	return out.Flush()
}

// EachFollow yields the follows as rows of follower_id, following_id and created_at, in chronological order.
func (g *Graph) EachFollow(yield func(follower, following string, at time.Time) bool) {
	for i, f := range g.follows {
		follower, following := g.appendID(nil, f.follower()), g.appendID(nil, f.following())
		if !yield(string(follower), string(following), time.UnixMicro(g.start(i)).UTC()) {
			return
		}
	}
}

// start returns when a follow began, in microseconds since 1970: a time within its own share of the range, so that times
// ascend and differ.
func (g *Graph) start(i int) int64 {
	step := End.Sub(Start).Microseconds() / int64(len(g.follows))
	return Start.UnixMicro() + int64(i)*step + int64(mix(g.Seed+uint64(i))%uint64(step))
}

// appendID appends a user's Cognito id, in the form of a random UUID (RFC 9562, version 4).
func (g *Graph) appendID(to []byte, user int) []byte {
	const digits = "0123456789abcdef"
	high, low := mix(g.Seed^mix(uint64(user)<<2)), mix(g.Seed^mix(uint64(user)<<2|1))
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			to = append(to, '-')
		}
		half := high
		if i >= 16 {
			half = low
		}
		to = append(to, digits[half>>(60-i%16*4)&15])
	}
	return to
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators): a
// permutation of 64 bits.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
