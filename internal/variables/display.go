package variables

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxDisplayBytes is the maximum length of a value or name in an error.
const maxDisplayBytes = 100

// display returns a value for an error message. Lists and objects are abbreviated. Passwords and tokens are not shown.
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

// clip truncates a text at a character boundary and escapes control characters.
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

// secretNames are parts of names of arguments and input fields whose values are never shown in errors.
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

// isSecret reports whether a location of the variable's value must not be shown in errors.
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

// secretVariables returns the variables that an operation passes to secret arguments or input fields.
func secretVariables(op *ast.OperationDefinition) map[string]bool {
	secret := map[string]bool{}
	eachUse(op, func(name string, value *ast.Value) {
		if isSecretName(name) {
			secret[value.Raw] = true
		}
	})
	return secret
}
