package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// positionHeader is the header with the position of an answer, and with the position that a request must see.
const positionHeader = "Followgraph-Position"

// answerLimit is the time limit of a request.
const answerLimit = 30 * time.Second

// question is a GraphQL request.
type question struct {
	query     string
	variables map[string]any
	caller    string // Cognito id; empty: anonymous
	after     string // position; empty: none
}

// answer is the answer to a question.
type answer struct {
	data       json.RawMessage
	position   string
	age        string // the header Age
	statements int    // of SQL
}

// isFromMemory reports whether memory answered a query of an anonymous caller.
func (a answer) isFromMemory() bool { return a.statements == 0 }

// refusal is an answer with an error. The operation may have had an effect.
type refusal struct{ code, message string }

func (r *refusal) Error() string { return r.code + ": " + r.message }

// isOutage reports whether an error is one that clients have to expect of a server or a database that is away.
func isOutage(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return !ok || r.code == "UNAVAILABLE" || r.code == "OVERLOADED" || r.code == "TIMEOUT"
}

// ask sends a question and decodes the data of the answer into data.
func (i *Instance) ask(ctx context.Context, q question, data any) (answer, error) {
	body, err := json.Marshal(map[string]any{"query": q.query, "variables": q.variables})
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+i.address()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	if q.after != "" {
		request.Header.Set(positionHeader, q.after)
	}
	if q.caller != "" {
		token, err := i.world.token(q.caller)
		if err != nil {
			return answer{}, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := i.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	return read(response, raw, data)
}

func read(response *http.Response, raw []byte, data any) (answer, error) {
	var decoded struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Message    string `json:"message"`
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(raw, &decoded); err != nil {
		return answer{}, fmt.Errorf("status %d: %.200s", response.StatusCode, raw)
	}
	if len(decoded.Errors) > 0 {
		first := decoded.Errors[0]
		return answer{}, &refusal{first.Extensions.Code, first.Message}
	}
	if err := json.Unmarshal(decoded.Data, data); err != nil {
		return answer{}, err
	}
	a := answer{data: decoded.Data, position: response.Header.Get(positionHeader), age: response.Header.Get("Age")}
	_, timing, _ := strings.Cut(response.Header.Get("Server-Timing"), `desc="`)
	count, _, _ := strings.Cut(timing, " ")
	var err error
	a.statements, err = strconv.Atoi(count)
	return a, err
}

// follow starts or ends a follow.
func (i *Instance) follow(ctx context.Context, caller, id string, start bool) (answer, error) {
	mutation := "unfollowUser"
	if start {
		mutation = "followUser"
	}
	var ignored json.RawMessage
	return i.ask(ctx, question{
		query:     "mutation($id: ID!) { " + mutation + "(input: {userId: $id}) { changed } }",
		variables: map[string]any{"id": id},
		caller:    caller,
	}, &ignored)
}
