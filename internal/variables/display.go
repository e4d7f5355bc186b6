package variables

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxShown bounds what an error repeats of a value or name, in bytes.
const maxDisplayBytes = 100

// shown is a value as an error repeats it: scalars as they came, lists and objects as no more than that. What belongs to a
// password or a token is not repeated at all.
func (c *coercion) display(place *location, value any) string {
	if c.isSecret(place) {
		return "…"
	}
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return `"` + clip(value) + `"`
	case bool:
		return strconv.FormatBool(value)
	case json.Number:
		return clip(value.String())
	case int:
		return strconv.Itoa(value)
	case int64:
		return strconv.FormatInt(value, 10)
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	case []any:
		return "[…]"
	default:
		return "{…}"
	}
}

// clip cuts a text between two characters, and writes what would break its line as an escape.
func clip(text string) string {
	if len(text) > maxDisplayBytes {
		end := maxDisplayBytes
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// secretNames are parts of the names of arguments and input fields whose values no error repeats.
var secretNames = []string{"password", "token", "secret"}

func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range secretNames {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// isSecret reports whether a place of the variable's value is, or is inside, what no error repeats.
func (c *coercion) isSecret(place *location) bool {
	for ; place != nil; place = place.outer {
		if isSecretName(place.name) {
			return true
		}
	}
	if c.secrets == nil {
		c.secrets = secretVariables(c.op)
	}
	return c.secrets[c.variable.Variable] || isSecretName(c.variable.Variable)
}

// secretVariables are the variables that an operation uses as a secret, whatever they are called.
func secretVariables(op *ast.OperationDefinition) map[string]bool {
	secret := map[string]bool{}
	eachUse(op, func(name string, value *ast.Value) {
		if isSecretName(name) {
			secret[value.Raw] = true
		}
	})
	return secret
}
