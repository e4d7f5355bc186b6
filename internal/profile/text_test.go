package profile_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"followgraph/internal/profile"
)

func TestParseText(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"Alice\u202egnp":                   "Alicegnp",
		"\u200b\u200b":                     "",
		" \u200b Ada \ufeff ":              "Ada",
		"\u2067Ada\u2069":                  "Ada",
		"A\u00adda":                        "Ada",
		"A\u200dda":                        "Ada",
		"A\u200cda":                        "Ada",
		"\u3164":                           "",
		"\u2800":                           "",
		"\u115f\u1160":                     "",
		"Ada\U000e0041\U000e007f":          "Ada", // tags
		"❤\ufe0f":                          "❤",
		"👩\u200d💻":                         "👩💻",
		"e\u034f\u0301":                    "é", // the character that separated two others is dropped
		"Mu\u0308ller":                     "Müller",
		"\u1112\u1161\u11ab":               "한",
		"Zoë":                              "Zoë",
		"阿凡提·买买提":                          "阿凡提·买买提",
		"O'Connor-Smith, Jr.":              "O'Connor-Smith, Jr.",
		"علی\u200cرضا":                     "علی\u200cرضا", // the letters would be joined without it
		"دا\u200cد":                        "داد",          // alef never joins
		"ක්\u200dරි":                       "ක්\u200dරි",
		"क्\u200c":                         "क्\u200c",
		"\u200cعلی\u200c":                  "علی",
		"אבא":                              "אבא",
		strings.Repeat("e\u0301", 255):     strings.Repeat("é", 255),
		strings.Repeat("a\u200b", 255):     strings.Repeat("a", 255),
		"a" + strings.Repeat("\u0330", 30): "a" + strings.Repeat("\u0330", 30),
	} {
		got, err := profile.ParseText(input)
		require.NoError(t, err, "%+q", input)
		require.Equal(t, want, got, "%+q", input)
	}
}

// TestHiddenCharacters checks that no stored text contains an invisible or direction-changing character.
func TestHiddenCharacters(t *testing.T) {
	t.Parallel()
	for _, table := range []*unicode.RangeTable{unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Bidi_Control, unicode.Join_Control} {
		for _, r := range table.R16 {
			requireHidden(t, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range table.R32 {
			requireHidden(t, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
}

func requireHidden(t *testing.T, from, to, stride rune) {
	t.Helper()
	for r := from; r <= to; r += stride {
		text, err := profile.ParseText(fmt.Sprintf("A%cda", r))
		require.NoError(t, err, "%U", r)
		require.Equal(t, "Ada", text, "%U", r)
		_, err = profile.ParseEmail(fmt.Sprintf("a%cda@example.org", r))
		require.Error(t, err, "%U", r)
		require.Error(t, profile.CheckUsername(fmt.Sprintf("a%cda", r)), "%U", r)
		require.Error(t, profile.CheckAvatar(fmt.Sprintf("https://example.org/%c", r)), "%U", r)
	}
}

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		" Ada@Example.org\n":       "Ada@Example.org",
		"jose\u0301@mu\u0308ller":  "josé@müller",
		"a@نامه\u200cای.example":   "a@نامه\u200cای.example",
		"ada@xn--mller-kva.exampl": "ada@xn--mller-kva.exampl",
	} {
		got, err := profile.ParseEmail(input)
		require.NoError(t, err, "%+q", input)
		require.Equal(t, want, got)
	}
}

func FuzzParseText(f *testing.F) {
	for _, seed := range []string{"Alice\u202egnp", "e\u034f\u0301", "علی\u200cرضا", "क्\u094d\u0951\u200d", "\u1112\u1161\u200b\u11ab", " \u200b "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		text, err := profile.ParseText(input)
		if err != nil {
			return
		}
		require.True(t, norm.NFC.IsNormalString(text), "%+q", text)
		require.True(t, profile.Visible(text), "%+q", text)
		require.Equal(t, strings.TrimSpace(text), text)
		again, err := profile.ParseText(text)
		require.NoError(t, err)
		require.Equal(t, text, again)
	})
}

func BenchmarkParseText(b *testing.B) {
	for name, text := range map[string]string{"ASCII": "Ada Lovelace", "accents": "Jürgen Weiß", "the longest": strings.Repeat("ب\u200c", 1600)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = profile.ParseText(text)
			}
		})
	}
}
