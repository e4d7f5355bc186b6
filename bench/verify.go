package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"followgraph/bench/load"
	"followgraph/bench/shape"
)

// verifyRequests is the number of requests of each shape that all servers must answer equally before the measurement.
const verifyRequests = 40

// serverShape is a server under a shape.
type serverShape struct{ server, shape string }

// verify sends some requests of every shape to every server. It returns an error if an answer is wrong or differs
// between servers. Otherwise it returns the mean number of SQL statements of a request.
func (b *bench) verify(ctx context.Context, s *stage) (map[serverShape]float64, error) {
	statements := make(map[serverShape]float64)
	expected := make(map[string][]any) // by shape: the answers of the first server
	for _, which := range b.servers {
		answers, err := b.probe(ctx, s, which, statements)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", which.name, err)
		}
		for _, sh := range b.shapes {
			if expected[sh.Name] == nil {
				expected[sh.Name] = answers[sh.Name]
			}
			for i, answer := range answers[sh.Name] {
				if where := difference(expected[sh.Name][i], answer, ""); where != "" {
					return nil, fmt.Errorf("%s and %s answer %s differently: %s", b.servers[0].name, which.name,
						s.requests[sh.Name][i].Body, where)
				}
			}
		}
	}
	fmt.Fprintf(b.log, "%d servers give the same answers to %d requests of each shape\n", len(b.servers), min(verifyRequests, b.targets))
	return statements, nil
}

// probe returns the answers of one server, by shape.
func (b *bench) probe(ctx context.Context, s *stage, which server, statements map[serverShape]float64) (_ map[string][]any, err error) {
	running, err := which.start(ctx, b, s.cluster.URL, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	answers := make(map[string][]any)
	for _, sh := range b.shapes {
		if !which.under(sh) {
			continue
		}
		requests := s.requests[sh.Name]
		requests = requests[:min(verifyRequests, len(requests))]
		sum := 0
		err := load.Probe(ctx, running.Address, requests, func(i int, answer load.Answer) error {
			if err := requests[i].Check(answer.Status, answer.Body); err != nil {
				return err
			}
			parsed, err := parseAnswer(answer.Body)
			if err != nil {
				return err
			}
			answers[sh.Name] = append(answers[sh.Name], parsed)
			count, err := parseTiming(answer.ServerTiming)
			sum += count
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sh.Name, err)
		}
		statements[serverShape{which.name, sh.Name}] = float64(sum) / float64(len(requests))
		if sh.Writes {
			if err := s.cluster.Undo(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", sh.Name, err)
			}
		}
	}
	return answers, nil
}

// parseAnswer decodes an answer and replaces all cursors, because each server has its own format.
func parseAnswer(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var answer any
	if err := decoder.Decode(&answer); err != nil {
		return nil, err
	}
	maskCursors(answer)
	return answer, nil
}

func maskCursors(value any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			maskCursors(element)
		}
	case map[string]any:
		for name, field := range value {
			if _, ok := field.(string); ok && name == shape.CursorField {
				value[name] = "a cursor"
				continue
			}
			maskCursors(field)
		}
	}
}

// difference describes the first difference between two decoded answers, or returns "".
func difference(a, b any, path string) string {
	switch a := a.(type) {
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			for i := range a {
				if where := difference(a[i], b[i], fmt.Sprintf("%s[%d]", path, i)); where != "" {
					return where
				}
			}
			return ""
		}
	case map[string]any:
		if b, ok := b.(map[string]any); ok && len(a) == len(b) {
			for _, name := range slices.Sorted(maps.Keys(a)) {
				other, ok := b[name]
				if !ok {
					return fmt.Sprintf("only one has %s.%s", path, name)
				}
				if where := difference(a[name], other, path+"."+name); where != "" {
					return where
				}
			}
			return ""
		}
	default:
		if a == b {
			return ""
		}
	}
	return fmt.Sprintf("%s is %.200v and %.200v", path, a, b)
}

var timingForm = regexp.MustCompile(`desc="(\d+) statements"`)

func parseTiming(header string) (int, error) {
	match := timingForm.FindStringSubmatch(header)
	if match == nil {
		return 0, fmt.Errorf("the header Server-Timing %q does not contain the number of statements", header)
	}
	return strconv.Atoi(match[1])
}
