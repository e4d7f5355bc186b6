package zoo

import (
	"encoding/json"
	"math"
	"time"
)

// Values has a field for every kind of leaf.
type Values struct {
	seed
	Text    string
	Note    *string
	Broken  *string // nil violates the schema
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
	Names   []*string // a nil element is allowed
	Matrix  [][]int
	Holes   [][]*string
	Letters *[]string
	Numbers []*int // a nil element violates the schema
	Deep    **Spot
	Being   Being
}

// Secret is a method that returns a custom scalar, or an error for some seeds.
func (v *Values) Secret() (*Token, error) {
	return optional(v.at("secret"), seed.token), v.at("secret").fail()
}

// Best is a method that returns a scalar with a context.
func (v *Values) Best() *Score { return optional(v.at("best"), seed.score) }

// Anything must not be null.
func (v *Values) Anything() any {
	if v.isNil("anything") {
		return nil
	}
	return map[string]any{"list": []any{1, "two", nil}}
}

// Meal is a method that returns an enum bound to Go constants.
func (v *Values) Meal() (*Diet, error) { return optional(v.at("meal"), seed.diet), v.at("meal").fail() }

func (s seed) values() *Values {
	if s.isNil("values") {
		return nil
	}
	word := func(s seed) string { return s.words("word") }
	maybeWord := func(s seed) *string { return optional(s, word) }
	deep := optional(s.at("deep"), seed.spot)
	v := &Values{
		seed: s, Text: word(s), Note: maybeWord(s.at("note")), Broken: maybeWord(s.at("broken")), ID: word(s.at("id")),
		Number: optional(s.at("number"), seed.int), Small: optional(s.at("small"), func(s seed) int32 { return int32(s.number) }),
		Big: int64(s.number), Float: s.at("float").float(), Ratio: optional(s.at("ratio"), seed.float),
		Ratios: listOf(s.at("ratios"), 2, seed.float), Yes: s.intn(2) == 0,
		Maybe: optional(s.at("maybe"), func(s seed) bool { return s.intn(2) == 0 }),
		Token: s.token(), Tokens: listOf(s.at("tokens"), 2, seed.token),
		Moment: s.at("moment").moment(), Moments: listOf(s.at("moments"), 3, seed.moment),
		Dates: listOf(s.at("dates"), 2, seed.moment), Once: optional(s.at("once"), seed.moment),
		Score: s.at("score").score(), Scores: listOf(s.at("scores"), 3, func(s seed) *Score { return optional(s, seed.score) }),
		Badge: Badge{word(s)}, Badges: listOf(s.at("badges"), 2, func(s seed) *Badge { return optional(s, func(s seed) Badge { return Badge{word(s)} }) }),
		Code: Code(word(s)), Codes: listOf(s.at("codes"), 2, func(s seed) *Code { return optional(s, func(s seed) Code { return Code(word(s)) }) }),
		Mood: s.at("mood").mood(), Moods: listOf(s.at("moods"), 2, seed.mood),
		Diet: s.at("diet").diet(), Diets: listOf(s.at("diets"), 2, func(s seed) *Diet { return optional(s, seed.diet) }),
		Words: listOf(s.at("words"), 3, word), Gaps: listOf(s.at("gaps"), 3, maybeWord), Names: listOf(s.at("names"), 3, maybeWord),
		Matrix:  listOf(s.at("matrix"), 2, func(s seed) []int { return listOf(s, s.intn(3), seed.int) }),
		Holes:   listOf(s.at("holes"), 2, func(s seed) []*string { return listOf(s, s.intn(3), maybeWord) }),
		Letters: optional(s.at("letters"), func(s seed) []string { return listOf(s, 2, word) }),
		Numbers: listOf(s.at("numbers"), 2, func(s seed) *int { return optional(s, seed.int) }),
		Deep:    optional(s.at("deep"), func(seed) *Spot { return deep }),
		Being:   s.at("being").being(),
	}
	if !s.isNil("any") {
		v.Any = optional(s.at("any"), func(s seed) any { return []any{s.intn(9), word(s)} })
		v.Map = map[string]any{"b": 1.5, "a": word(s)}
	}
	return v
}

// words contains strings that JSON escapes, and strings that are not valid UTF-8.
var words = []string{
	"", "plain", "two words", `"quoted"`, `back\slash`, "tab\tand\nline\r", "\x00\x1f", "caf\u00e9 \U0001f981", "<a href='&'>",
	"\u2028 and \u2029", "cut \xc3", "\xff\xfe", "\x7f",
}

func (s seed) words(part string) string { return words[s.at(part).intn(len(words))] }

func (s seed) int() int { return s.intn(2000) - 1000 }

func (s seed) float() float64 {
	if s.chance("infinite", s.rates().Errors) {
		return math.Inf(1)
	}
	return []float64{0, -1.5, 1e21, 1e-9, 3, 1.0 / 3}[s.intn(6)]
}

func (s seed) token() Token { return Token([]string{"", "a", "bc"}[s.intn(3)]) }

func (s seed) moment() time.Time {
	if s.isNil("moment") {
		return time.Time{}
	}
	return time.Unix(int64(s.intn(2e9)), 0)
}

func (s seed) score() Score {
	if s.chance("13", s.rates().Errors) {
		return Score{Points: 13}
	}
	return Score{Points: s.intn(12)}
}

func (s seed) mood() Mood { return AllMood[s.intn(len(AllMood))] }

func (s seed) diet() Diet { return Diet(s.intn(3) + 1) }

// text returns a value as JSON on one line.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
