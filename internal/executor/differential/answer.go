package differential

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Answer is the answer of an executor in a form that can be compared.
type Answer struct {
	Refused bool     // whether the operation was refused before it ran
	Data    []string // with keys in the order of the answer; deferred parts follow, sorted
	Errors  []string // in the order of the answer
}

// Ask runs an operation and waits for its deferred parts.
func Ask(ctx context.Context, exec graphql.GraphExecutor, operation Operation) (Answer, error) {
	ctx = graphql.StartOperationTrace(ctx)
	variables, _ := jsonValue(operation.Variables).(map[string]any) // a copy, because reading variables changes them
	operationContext, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{
		Query: operation.Text, OperationName: operation.Name, Variables: variables,
	})
	if errs != nil {
		response := exec.DispatchError(graphql.WithOperationContext(ctx, operationContext), errs)
		answer := Answer{Refused: true}
		return answer, answer.add(response)
	}
	responses, ctx := exec.DispatchOperation(ctx, operationContext)
	answer := Answer{}
	for {
		response := responses(ctx)
		if response == nil {
			break
		}
		if err := answer.add(response); err != nil {
			return answer, err
		}
		if response.HasNext == nil || !*response.HasNext {
			break
		}
	}
	if len(answer.Data) > 1 {
		slices.Sort(answer.Data[1:])
	}
	return answer, nil
}

func (a *Answer) add(response *graphql.Response) error {
	for _, err := range response.Errors {
		a.Errors = append(a.Errors, Canonical(err))
	}
	var data bytes.Buffer
	if len(response.Data) > 0 {
		if err := json.Compact(&data, response.Data); err != nil {
			return fmt.Errorf("the data is no JSON: %w: %s", err, response.Data)
		}
	}
	if response.Label != "" || len(response.Path) > 0 {
		fmt.Fprintf(&data, " for %s at %s", response.Label, Canonical(append(ast.Path{}, response.Path...)))
	}
	if len(response.Extensions) > 0 {
		data.WriteString(Canonical(response.Extensions))
	}
	a.Data = append(a.Data, data.String())
	return nil
}

// Differ describes how two answers differ. It returns "" if they are equal. It ignores the order of errors, because in
// gqlgen that depends on goroutine scheduling.
func Differ(want, got Answer) string {
	var report strings.Builder
	for i := range max(len(want.Data), len(got.Data)) {
		a, b := nth(want.Data, i), nth(got.Data, i)
		switch {
		case a == b:
		case sortKeys(a) == sortKeys(b):
			fmt.Fprintf(&report, "the order of keys differs:\n%s\n%s\n", a, b)
		default:
			fmt.Fprintf(&report, "the data differs:\n%s\n%s\n", a, b)
		}
	}
	a, b := slices.Sorted(slices.Values(want.Errors)), slices.Sorted(slices.Values(got.Errors))
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case j == len(b) || i < len(a) && a[i] < b[j]:
			fmt.Fprintf(&report, "an error is missing: %s\n", a[i])
			i++
		case i == len(a) || b[j] < a[i]:
			fmt.Fprintf(&report, "an error is too many: %s\n", b[j])
			j++
		default:
			i, j = i+1, j+1
		}
	}
	return report.String()
}

func nth(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

// sortKeys returns JSON with its keys sorted. It returns a text that is not JSON unchanged.
func sortKeys(text string) string {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return text
	}
	return Canonical(value)
}

// Canonical returns a value as JSON in a canonical form.
func Canonical(value any) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(written.String())
}
