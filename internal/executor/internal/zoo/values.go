package zoo

import (
	"encoding/json"
	"math"
	"time"
)

// Values has a field of every kind of leaf.
type Values struct {
	origin
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
	return maybe(v.at("secret"), origin.token), v.at("secret").fail()
}

// Best is a method that returns a scalar with a context.
func (v *Values) Best() *Score { return maybe(v.at("best"), origin.score) }

// Anything is never to be null.
func (v *Values) Anything() any {
	if v.none("anything") {
		return nil
	}
	return map[string]any{"list": []any{1, "two", nil}}
}

// Meal is a method that returns an enum of Go values.
func (v *Values) Meal() (*Diet, error) { return maybe(v.at("meal"), origin.diet), v.at("meal").fail() }

func (o origin) values() *Values {
	if o.none("values") {
		return nil
	}
	word := func(o origin) string { return o.words("word") }
	maybeWord := func(o origin) *string { return maybe(o, word) }
	deep := maybe(o.at("deep"), origin.spot)
	v := &Values{
		origin: o, Text: word(o), Note: maybeWord(o.at("note")), Broken: maybeWord(o.at("broken")), ID: word(o.at("id")),
		Number: maybe(o.at("number"), origin.int), Small: maybe(o.at("small"), func(o origin) int32 { return int32(o.number) }),
		Big: int64(o.number), Float: o.at("float").float(), Ratio: maybe(o.at("ratio"), origin.float),
		Ratios: listed(o.at("ratios"), 2, origin.float), Yes: o.below(2) == 0,
		Maybe: maybe(o.at("maybe"), func(o origin) bool { return o.below(2) == 0 }),
		Token: o.token(), Tokens: listed(o.at("tokens"), 2, origin.token),
		Moment: o.at("moment").moment(), Moments: listed(o.at("moments"), 3, origin.moment),
		Dates: listed(o.at("dates"), 2, origin.moment), Once: maybe(o.at("once"), origin.moment),
		Score: o.at("score").score(), Scores: listed(o.at("scores"), 3, func(o origin) *Score { return maybe(o, origin.score) }),
		Badge: Badge{word(o)}, Badges: listed(o.at("badges"), 2, func(o origin) *Badge { return maybe(o, func(o origin) Badge { return Badge{word(o)} }) }),
		Code: Code(word(o)), Codes: listed(o.at("codes"), 2, func(o origin) *Code { return maybe(o, func(o origin) Code { return Code(word(o)) }) }),
		Mood: o.at("mood").mood(), Moods: listed(o.at("moods"), 2, origin.mood),
		Diet: o.at("diet").diet(), Diets: listed(o.at("diets"), 2, func(o origin) *Diet { return maybe(o, origin.diet) }),
		Words: listed(o.at("words"), 3, word), Gaps: listed(o.at("gaps"), 3, maybeWord), Names: listed(o.at("names"), 3, maybeWord),
		Matrix:  listed(o.at("matrix"), 2, func(o origin) []int { return listed(o, o.below(3), origin.int) }),
		Holes:   listed(o.at("holes"), 2, func(o origin) []*string { return listed(o, o.below(3), maybeWord) }),
		Letters: maybe(o.at("letters"), func(o origin) []string { return listed(o, 2, word) }),
		Numbers: listed(o.at("numbers"), 2, func(o origin) *int { return maybe(o, origin.int) }),
		Deep:    maybe(o.at("deep"), func(origin) *Spot { return deep }),
		Being:   o.at("being").being(),
	}
	if !o.none("any") {
		v.Any = maybe(o.at("any"), func(o origin) any { return []any{o.below(9), word(o)} })
		v.Map = map[string]any{"b": 1.5, "a": word(o)}
	}
	return v
}

// words has what JSON writes in another form, and what it cannot write.
var words = []string{
	"", "plain", "two words", `"quoted"`, `back\slash`, "tab\tand\nline\r", "\x00\x1f", "caf\u00e9 \U0001f981", "<a href='&'>",
	"\u2028 and \u2029", "cut \xc3", "\xff\xfe", "\x7f",
}

func (o origin) words(part string) string { return words[o.at(part).below(len(words))] }

func (o origin) int() int { return o.below(2000) - 1000 }

func (o origin) float() float64 {
	if o.in("infinite", o.rates().Errors) {
		return math.Inf(1)
	}
	return []float64{0, -1.5, 1e21, 1e-9, 3, 1.0 / 3}[o.below(6)]
}

func (o origin) token() Token { return Token([]string{"", "a", "bc"}[o.below(3)]) }

func (o origin) moment() time.Time {
	if o.none("moment") {
		return time.Time{}
	}
	return time.Unix(int64(o.below(2e9)), 0)
}

func (o origin) score() Score {
	if o.in("13", o.rates().Errors) {
		return Score{Points: 13}
	}
	return Score{Points: o.below(12)}
}

func (o origin) mood() Mood { return AllMood[o.below(len(AllMood))] }

func (o origin) diet() Diet { return Diet(o.below(3) + 1) }

// text is a value in one line, the same for the same value.
func text(value any) string {
	written, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(written)
}
