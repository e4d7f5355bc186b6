package zoo

import (
	"encoding/json"
	"math"
	"time"
)

// Values has a field of every kind of leaf.
type Values struct {
	seed
	Text    string
	Note    *string
	Broken  *string // nil breaks the schema
	ID      string
	Number  *int
	Small   *int32
	Big     int64
	Float   float64
	Ratio   *float64
	Ratios  []float64
	Yes     bool
	Maybe   *bool
	Token   Token
	Tokens  []Token
	Moment  time.Time
	Moments []time.Time
	Dates   []time.Time
	Once    *time.Time
	Score   Score
	Scores  []*Score
	Badge   Badge
	Badges  []*Badge
	Code    Code
	Codes   []*Code
	Any     *any
	Map     map[string]any
	Mood    Mood
	Moods   []Mood
	Diet    Diet
	Diets   []*Diet
	Words   []string
	Gaps    []*string
	Names   []*string // of which a nil breaks nothing
	Matrix  [][]int
	Holes   [][]*string
	Letters *[]string
	Numbers []*int // of which a nil breaks the schema
	Deep    **Spot
	Being   Being
}

// Secret is a method that returns a scalar of the schema's own, and fails at times.
func (v *Values) Secret() (*Token, error) {
	return optional(v.at("secret"), seed.token), v.at("secret").fail()
}

// Best is a method that returns a scalar with a context.
func (v *Values) Best() *Score { return optional(v.at("best"), seed.score) }

// Anything is never to be null.
func (v *Values) Anything() any {
	if v.isNil("anything") {
		return nil
	}
	return map[string]any{"list": []any{1, "two", nil}}
}

// Meal is a method that returns an enum of Go values.
func (v *Values) Meal() (*Diet, error) { return optional(v.at("meal"), seed.diet), v.at("meal").fail() }

func (o seed) values() *Values {
	if o.isNil("values") {
		return nil
	}
	word := func(o seed) string { return o.words("word") }
	maybeWord := func(o seed) *string { return optional(o, word) }
	deep := optional(o.at("deep"), seed.spot)
	v := &Values{
		seed: o, Text: word(o), Note: maybeWord(o.at("note")), Broken: maybeWord(o.at("broken")), ID: word(o.at("id")),
		Number: optional(o.at("number"), seed.int), Small: optional(o.at("small"), func(o seed) int32 { return int32(o.number) }),
		Big: int64(o.number), Float: o.at("float").float(), Ratio: optional(o.at("ratio"), seed.float),
		Ratios: listOf(o.at("ratios"), 2, seed.float), Yes: o.intn(2) == 0,
		Maybe: optional(o.at("maybe"), func(o seed) bool { return o.intn(2) == 0 }),
		Token: o.token(), Tokens: listOf(o.at("tokens"), 2, seed.token),
		Moment: o.at("moment").moment(), Moments: listOf(o.at("moments"), 3, seed.moment),
		Dates: listOf(o.at("dates"), 2, seed.moment), Once: optional(o.at("once"), seed.moment),
		Score: o.at("score").score(), Scores: listOf(o.at("scores"), 3, func(o seed) *Score { return optional(o, seed.score) }),
		Badge: Badge{word(o)}, Badges: listOf(o.at("badges"), 2, func(o seed) *Badge { return optional(o, func(o seed) Badge { return Badge{word(o)} }) }),
		Code: Code(word(o)), Codes: listOf(o.at("codes"), 2, func(o seed) *Code { return optional(o, func(o seed) Code { return Code(word(o)) }) }),
		Mood: o.at("mood").mood(), Moods: listOf(o.at("moods"), 2, seed.mood),
		Diet: o.at("diet").diet(), Diets: listOf(o.at("diets"), 2, func(o seed) *Diet { return optional(o, seed.diet) }),
		Words: listOf(o.at("words"), 3, word), Gaps: listOf(o.at("gaps"), 3, maybeWord), Names: listOf(o.at("names"), 3, maybeWord),
		Matrix:  listOf(o.at("matrix"), 2, func(o seed) []int { return listOf(o, o.intn(3), seed.int) }),
		Holes:   listOf(o.at("holes"), 2, func(o seed) []*string { return listOf(o, o.intn(3), maybeWord) }),
		Letters: optional(o.at("letters"), func(o seed) []string { return listOf(o, 2, word) }),
		Numbers: listOf(o.at("numbers"), 2, func(o seed) *int { return optional(o, seed.int) }),
		Deep:    optional(o.at("deep"), func(seed) *Spot { return deep }),
		Being:   o.at("being").being(),
	}
	if !o.isNil("any") {
		v.Any = optional(o.at("any"), func(o seed) any { return []any{o.intn(9), word(o)} })
		v.Map = map[string]any{"b": 1.5, "a": word(o)}
	}
	return v
}

// words has what JSON writes in another form, and what it cannot write.
var words = []string{
	"", "plain", "two words", `"quoted"`, `back\slash`, "tab\tand\nline\r", "\x00\x1f", "caf\u00e9 \U0001f981", "<a href='&'>",
	"\u2028 and \u2029", "cut \xc3", "\xff\xfe", "\x7f",
}

func (o seed) words(part string) string { return words[o.at(part).intn(len(words))] }

func (o seed) int() int { return o.intn(2000) - 1000 }

func (o seed) float() float64 {
	if o.chance("infinite", o.rates().Errors) {
		return math.Inf(1)
	}
	return []float64{0, -1.5, 1e21, 1e-9, 3, 1.0 / 3}[o.intn(6)]
}

func (o seed) token() Token { return Token([]string{"", "a", "bc"}[o.intn(3)]) }

func (o seed) moment() time.Time {
	if o.isNil("moment") {
		return time.Time{}
	}
	return time.Unix(int64(o.intn(2e9)), 0)
}

func (o seed) score() Score {
	if o.chance("13", o.rates().Errors) {
		return Score{Points: 13}
	}
	return Score{Points: o.intn(12)}
}

func (o seed) mood() Mood { return AllMood[o.intn(len(AllMood))] }

func (o seed) diet() Diet { return Diet(o.intn(3) + 1) }

// text is a value in one line, the same for the same value.
func text(value any) string {
	written, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(written)
}
