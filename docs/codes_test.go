package docs

import (
	"go/constant"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryCodeIsDocumented compares the table of docs/protocol.md with the codes of internal/apperr, in both
// directions.
func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("protocol.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "| code | meaning |\n|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	var documented, defined []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ").FindAllStringSubmatch(table, -1) {
		documented = append(documented, row[1])
	}
	for _, c := range packageConstants(t, "internal/apperr") {
		if strings.HasSuffix(c.Type().String(), "apperr.Code") {
			defined = append(defined, constant.StringVal(c.Val()))
		}
	}
	slices.Sort(documented)
	slices.Sort(defined)
	require.Equal(t, defined, documented)
}
