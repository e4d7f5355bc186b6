package resident

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store/searchkey"
)

// checkEvery is how many elements a long walk visits before it checks whether the operation has ended.
const checkEvery = 1024

// afterLast is behind a prefix the end of the texts that begin with it.
const afterLast = "\U0010FFFF"

// searchLimits are how many elements a search reads, at most. internal/store/search.go has those of SQL.
type searchLimits struct {
	few    int // words are read and their users sorted
	walked int // if there are more, users are read in the order of followers, until the page is full
	many   int // if the page is not full then, words are read and their users sorted
}

// maxExact is the number of users up to which those whose name equals the text of a search come first.
const maxExact = 200

// match is a user that a search finds. A higher rank comes first, then more followers, then the higher Cognito id.
type match struct {
	rank      uint8
	followers int
	row       *userRow
}

// The ranks of matches.
const (
	rankWords    = 1
	rankName     = 2 // the full name equals the text
	rankUsername = 3
)

func (m match) compare(other match) int {
	return cmp.Or(cmp.Compare(m.rank, other.rank), counted{m.followers, m.row}.compare(counted{other.followers, other.row}))
}

// term is a word of a search, alone and after a space.
type term struct{ word, spaced string }

// isIn reports whether a text of words has one that begins with the term, and where the first of them is.
func (t term) isIn(words string) (at int, ok bool) {
	if strings.HasPrefix(words, t.word) {
		return 0, true
	}
	at = strings.Index(words, t.spaced)
	return at + 1, at >= 0
}

// searcher finds the users of one search: they have, for each of its terms, a word that begins with it.
type searcher struct {
	*Version
	ctx     context.Context //nolint:containedctx // of one page or total
	visited int
	terms   []term
	exact   []match // the users whose names equal the text, unless there are too many
	// rarest is the term that begins the fewest words of accounts, and length their number.
	rarest term
	length int
}

func (v *Version) newSearcher(ctx context.Context, text string) *searcher {
	s := &searcher{Version: v, ctx: ctx}
	words := v.wordsOf(text)
	s.addExact(rankUsername, v.users.usernames, []string{v.searchKey(text), v.searchKey(strings.TrimLeft(text, "@"))},
		func(r *userRow) *string { return &r.keys.username })
	s.addExact(rankName, v.users.names, searchkey.Orders(words), func(r *userRow) *string { return &r.keys.name })
	for _, word := range searchkey.Query(words) {
		t := term{word, " " + word}
		s.terms = append(s.terms, t)
		if n := s.count(t); len(s.terms) == 1 || n < s.length {
			s.rarest, s.length = t, n
		}
	}
	return s
}

// addExact adds the users that have one of the texts in an order of all users.
func (s *searcher) addExact(rank uint8, tree *userTree, texts []string, textOf func(*userRow) *string) {
	var rows []*userRow
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		pivot := &userRow{id: math.MinInt64}
		*textOf(pivot) = text
		tree.Ascend(pivot, func(r *userRow) bool {
			if *textOf(r) == text {
				rows = append(rows, r)
			}
			return *textOf(r) == text && len(rows) <= maxExact
		})
	}
	if len(rows) > maxExact {
		return
	}
	for _, row := range rows {
		if !s.isExact(row) {
			s.exact = append(s.exact, s.match(rank, row))
		}
	}
}

func (s *searcher) isExact(row *userRow) bool {
	return slices.ContainsFunc(s.exact, func(m match) bool { return m.row == row })
}

func (s *searcher) match(rank uint8, row *userRow) match {
	return match{rank, s.node(row.number).followers.len(), row}
}

// wordPivot returns the place before all words with a text.
func wordPivot(text string) word {
	return word{&userRow{id: math.MinInt64, keys: userKeys{words: text}}, 0, uint16(len(text))} // at most 101 characters
}

// count returns the number of words of accounts that begin with a term.
func (s *searcher) count(t term) int {
	tree := s.users.words
	return rank(tree, wordPivot(t.word+afterLast)) - rank(tree, wordPivot(t.word))
}

// has reports whether a user has all terms.
func (s *searcher) has(row *userRow) bool {
	for _, t := range s.terms {
		if _, ok := t.isIn(row.keys.words); !ok {
			return false
		}
	}
	return true
}

// interrupted reports the end of the operation now and then.
func (s *searcher) interrupted() (err error) {
	if s.visited++; s.visited%checkEvery == 0 {
		err = interrupted(s.ctx)
	}
	return err
}

// read calls visit for the users who have all terms, in no particular order, except for the exact ones. It reads a
// number of words, at most.
func (s *searcher) read(most int, visit func(*userRow)) (err error) {
	if len(s.terms) == 0 {
		return nil
	}
	s.users.words.Ascend(wordPivot(s.rarest.word), func(w word) bool {
		if most--; most < 0 || !strings.HasPrefix(w.text(), s.rarest.word) {
			return false
		}
		// Of several words of a user that begin with the term, the first one stands for the user.
		if at, _ := s.rarest.isIn(w.row.keys.words); at == int(w.at) && s.has(w.row) && !s.isExact(w.row) {
			visit(w.row)
		}
		err = s.interrupted()
		return err == nil
	})
	return err
}

// total returns the number of users that the search finds; ok is false if that takes too long to count.
func (s *searcher) total() (n int, ok bool, err error) {
	if s.length > maxCounted {
		return 0, false, nil
	}
	n = len(s.exact)
	err = s.read(s.length, func(*userRow) { n++ })
	return n, true, err
}

// searchPage collects the page of a search.
type searchPage struct {
	*searcher
	key     *model.ConnectionKey
	descend bool
	found   []match // those of the page and perhaps others
}

// search reads a page of a search. The order and the bounds are those of internal/store/search.go.
func (r *pageReader) search(key *model.ConnectionKey) error {
	s := &searchPage{searcher: r.newSearcher(r.ctx, key.Query), key: key, descend: descends(key)}
	if err := s.collect(); err != nil {
		return err
	}
	for _, m := range s.found {
		r.add(m.row.number, page.Cursor{Kind: page.Search, List: m.rank, At: int64(m.followers), Text: m.row.cognitoID()})
	}
	return nil
}

func (s *searchPage) collect() error {
	limits := s.limits
	if s.length > limits.few && s.canWalk() {
		walked, err := s.walk(limits.walked)
		if err != nil || len(walked) == s.key.Page.Fetch() {
			s.found = walked
			return err
		}
		if err := s.readAll(limits.many); err != nil || len(walked) == 0 {
			return err
		}
		// If not all words were read, the walk has users that the read has not.
		last := walked[len(walked)-1]
		if i := slices.IndexFunc(s.found, func(m match) bool { return s.compare(m, last) > 0 }); i >= 0 {
			walked = append(walked, s.found[i:]...)
		}
		s.found = walked[:min(len(walked), s.key.Page.Fetch())]
		return nil
	}
	return s.readAll(max(limits.few, limits.many))
}

// compare compares matches in the direction of the page.
func (s *searchPage) compare(a, b match) int {
	if s.descend {
		return b.compare(a)
	}
	return a.compare(b)
}

// isBeyond reports whether a match is behind the position where the page begins.
func (s *searchPage) isBeyond(m match) bool {
	if !s.key.Page.HasCursor {
		return true
	}
	pivot, step := s.position()
	if order := s.compare(m, pivot); order != 0 {
		return order > 0
	}
	return s.descend == (step > 0) && step != 0
}

// position returns the match of the cursor, and on which side of it the position is: 0 for just after it.
func (s *searchPage) position() (pivot match, step int64) {
	cursor := s.key.Page.Cursor
	return match{cursor.List, int(cursor.At), pivotRow(cursor.Text)}, cursor.ID
}

func pivotRow(cognitoID string) *userRow {
	return &userRow{text: cognitoID, ends: [4]uint32{uint32(len(cognitoID))}} // page limits the length of a cursor
}

// keep adds a match to the page.
func (s *searchPage) keep(m match) {
	if !s.isBeyond(m) {
		return
	}
	s.found = append(s.found, m)
	if len(s.found) >= 4*s.key.Page.Fetch() {
		s.cut()
	}
}

// cut sorts the matches and removes those that the page has no space for.
func (s *searchPage) cut() {
	slices.SortFunc(s.found, s.compare)
	s.found = s.found[:min(len(s.found), s.key.Page.Fetch())]
}

// readAll reads the matches and sorts them.
func (s *searchPage) readAll(most int) error {
	s.found = nil
	for _, m := range s.exact {
		s.keep(m)
	}
	err := s.read(most, func(row *userRow) { s.keep(s.match(rankWords, row)) })
	s.cut()
	return err
}

// canWalk reports whether the page can be read in the order of all users by followers. A page that is read backward from
// an exact match cannot.
func (s *searchPage) canWalk() bool {
	return !s.key.Page.Backward || !s.key.Page.HasCursor || s.key.Page.Cursor.List == rankWords
}

// walk reads users in the order of their followers, until the page is full.
func (s *searchPage) walk(most int) (found []match, err error) {
	fetch := s.key.Page.Fetch()
	if s.descend {
		s.found = nil
		for _, m := range s.exact {
			s.keep(m)
		}
		s.cut()
		found = s.found
	}
	visit := func(c counted) bool {
		if len(found) == fetch {
			return false
		}
		m := match{rankWords, c.followers, c.row}
		if s.isBeyond(m) && s.has(c.row) && !s.isExact(c.row) {
			found = append(found, m)
		}
		most--
		err = s.interrupted()
		return err == nil && most > 0
	}
	s.walkFrom(visit)
	return found, err
}

// walkFrom calls visit for the users from the position on, with that of the position itself.
func (s *searchPage) walkFrom(visit func(counted) bool) {
	if s.key.Page.HasCursor && s.key.Page.Cursor.List == rankWords {
		pivot, _ := s.position()
		if s.descend {
			s.byFollowers.Descend(counted{pivot.followers, pivot.row}, visit)
		} else {
			s.byFollowers.Ascend(counted{pivot.followers, pivot.row}, visit)
		}
		return
	}
	if s.descend {
		s.byFollowers.Reverse(visit)
	} else {
		s.byFollowers.Scan(visit)
	}
}

// rank returns the number of elements of a tree before a pivot.
func rank[T any](tree *btree.BTreeG[T], pivot T) int {
	low, high := 0, tree.Len()
	for low < high {
		middle := int(uint(low+high) >> 1)
		if item, _ := tree.GetAt(middle); tree.Less(item, pivot) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
