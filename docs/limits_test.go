package docs

import (
	"go/constant"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
)

// limitTables are the headings above the tables of limits, by file.
var limitTables = map[string]string{"design/limits.md": "# Limits", "protocol.md": "### Limits of persisted operations"}

// limitRow is a row of a table of limits: | limit | value | where |.
type limitRow struct{ limit, value, where string }

// limitRows returns the rows of all tables of limits.
func limitRows(t *testing.T) (rows []limitRow) {
	t.Helper()
	for file, heading := range limitTables {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, section, ok := strings.Cut(string(text), heading+"\n")
		require.True(t, ok, "%s has no heading %q", file, heading)
		_, table, ok := strings.Cut(section, "| limit | value | where |\n|---|---|---|\n")
		require.True(t, ok, "%s has no table of limits", file)
		table, _, _ = strings.Cut(table, "\n\n")
		for line := range strings.Lines(table) {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			require.Len(t, cells, 3, "%s: %s", file, line)
			rows = append(rows, limitRow{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
		}
	}
	return rows
}

var (
	source   = regexp.MustCompile("`([^`]+)`")
	quantity = regexp.MustCompile(`(\d[\d,]*(?:\.\d+)?)(?:[ \x{a0}](bytes|KiB|MiB|GiB|ms|s|minutes?|hours?)\b)?`)
	ignored  = regexp.MustCompile(`\]\([^)]*\)|\b[01] to `) // targets of links, and the lower bounds of sizes
)

var units = map[string]float64{
	"": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
	"ms": float64(time.Millisecond), "s": float64(time.Second), "minute": float64(time.Minute), "minutes": float64(time.Minute),
	"hour": float64(time.Hour), "hours": float64(time.Hour),
}

// amount is a number, or a duration in nanoseconds.
type amount struct {
	value    float64
	duration bool
}

// quantities returns the numbers and durations of a text, without those that are ignored.
func quantities(t *testing.T, text string) (amounts []amount) {
	t.Helper()
	for _, match := range quantity.FindAllStringSubmatch(ignored.ReplaceAllString(text, ""), -1) {
		number, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(match[1], ",", ""), "."), 64)
		require.NoError(t, err)
		unit := units[match[2]]
		amounts = append(amounts, amount{number * unit, unit >= float64(time.Millisecond) && !strings.HasSuffix(match[2], "B")})
	}
	return amounts
}

// TestLimitsAgreeWithCode compares each number in a table of limits with the constant or flag that sets it. The last
// cell names them in the order of the numbers: `directory/file.go` `constant`, or `--flag` for the flag's default.
func TestLimitsAgreeWithCode(t *testing.T) {
	t.Parallel()
	flags := serveFlags()
	packages := map[string]map[string]*types.Const{}
	for _, row := range limitRows(t) {
		directory, sources, amounts := "", []string(nil), []amount(nil)
		for _, match := range source.FindAllStringSubmatch(row.where, -1) {
			name := match[1]
			switch {
			case strings.HasPrefix(name, "--"):
				flag := flags.Lookup(strings.TrimPrefix(name, "--"))
				require.NotNil(t, flag, "%s: no flag %s", row.limit, name)
				if sources = append(sources, name); flag.DefValue != "0" { // 0: the server derives the limit from its memory
					amounts = append(amounts, quantityOfFlag(t, flag))
				}
			case strings.Contains(name, "/"):
				directory = name
				if path.Ext(name) != "" {
					directory = path.Dir(name)
				}
			default:
				if packages[directory] == nil {
					packages[directory] = packageConstants(t, directory)
				}
				c := packages[directory][name]
				require.NotNil(t, c, "%s: no constant %s in %s", row.limit, name, directory)
				sources, amounts = append(sources, name), append(amounts, quantityOfConstant(c))
			}
		}
		assert.Equal(t, amounts, quantities(t, row.value), "%s: %q, and the values of %v", row.limit, row.value, sources)
	}
}

// serveFlags returns the flags of the command serve.
func serveFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	new(config.Common).Flags(flags)
	new(config.Serve).Flags(flags)
	return flags
}

func quantityOfFlag(t *testing.T, flag *pflag.Flag) amount {
	t.Helper()
	if duration, err := time.ParseDuration(flag.DefValue); err == nil && flag.Value.Type() == "duration" {
		return amount{float64(duration), true}
	}
	number, err := strconv.ParseFloat(flag.DefValue, 64)
	require.NoError(t, err, "the default of --%s is not a number", flag.Name)
	return amount{number, false}
}

func quantityOfConstant(c *types.Const) amount {
	value, _ := constant.Float64Val(constant.ToFloat(c.Val()))
	return amount{value, c.Type().String() == "time.Duration"}
}

// otherMaximums are constants that no table of limits lists, with the reason.
var otherMaximums = map[string]string{
	"maxRateLimit": "the range of a flag", "maxRequestMemory": "the range of a flag", "maxResponseBytes": "the range of a flag",
	"maxAutomaticBytes": "the range of a flag", "MaxPoints": "the range of a flag",
	"MaxUsers": "the range of a flag of sample", "maxSubscriptions": "the range of a flag", "maxSubscriptionsPerConnection": "the range of a flag",

	"maxJWKS": "an operator's own server", "maxKeyFile": "an operator's own file", "maxPasswordLine": "an operator's own input",
	"maxHeader": "an operator's own file", "maxDepth": "an operator's own file", "maxAnswer": "an operator's own server",

	"maxLogSize": "of the private PostgreSQL", "maxSocketPath": "of the operating system", "maxLinks": "of the operating system",
	"maxVersion": "a version of PostgreSQL", "maxProgram": "what the project may publish",

	"maxCursorText": "a cursor is the server's own text", "MaxSubject": "the length of a column", "maxAttribute": "the length of a column",
	"MaxCognitoID": "the length of a column", "maxPhoneNumber": "any valid number is shorter", "maxOrigin": "what an error repeats",
	"maxNames": "what an error repeats", "maxMessage": "what an error repeats", "maxIDs": "what a report shows", "maxDifferences": "what a report shows",
	"maxFirst": "what a preview shows", "maxPhoneNumbers": "of a check before an adoption",

	"maxPooled": "of buffers for reuse", "maxBuffer": "of buffers for reuse", "maxExpectedEdges": "the size of a first allocation",
	"maxUsersAtOnce": "rows of one statement", "maxWaiting": "of operations that wait for memory: docs/design/load.md",
	"maxCodes": "labels of metrics, which the program itself sets", "maxRetry": "a pause", "maxReturn": "a pause",
	"maxCloseReason": "of the WebSocket protocol", "MaxMessage": "the length of the most entries",
}

// TestEveryMaximumIsDocumented looks for constants that set a limit, by their names, which no table of limits lists.
func TestEveryMaximumIsDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, row := range limitRows(t) {
		for _, match := range source.FindAllStringSubmatch(row.where, -1) {
			documented[match[1]] = true
		}
	}
	maximum := regexp.MustCompile(`(?m)^(?:const |\t)([mM]ax[A-Z]\w*)(?: +[\w.]+)? += `)
	known := map[string]bool{}
	for _, top := range []string{"graph", "internal", "cmd"} {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", top), func(file string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				return err
			}
			text, err := os.ReadFile(file)
			for _, match := range maximum.FindAllSubmatch(text, -1) {
				name := string(match[1])
				known[name] = true
				if !documented[name] && otherMaximums[name] == "" {
					t.Errorf("%s: no table of limits lists %s", file, name)
				}
			}
			return err
		}))
	}
	for name := range otherMaximums {
		if !known[name] {
			t.Errorf("%s is no constant any more", name)
		}
	}
}
