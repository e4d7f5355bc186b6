package httpserver

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph"
	"followgraph/internal/apperr"
	compiled "followgraph/internal/executor"
	"followgraph/internal/meter"
)

// The media types of answers ("GraphQL over HTTP", Media Types).
const (
	graphqlResponse = "application/graphql-response+json"
	plainJSON       = "application/json"
)

// MaxTokens bounds a document: validation's cost is quadratic in it in the worst case, so it comes first.
const MaxTokens = 15_000

// graphQL is the endpoint: it turns a request into parameters, lets gqlgen's executor run them and writes the answer.
type graphQL struct {
	executor     *executor.Executor
	authenticate Authenticate
	timeout      time.Duration
	timing       bool
}

func newGraphQL(opts Options) *graphQL {
	exec := executor.New(opts.Schema)
	exec.SetErrorPresenter(graph.PresentError(opts.Log))
	exec.SetRecoverFunc(graph.Recover)
	exec.SetParserTokenLimit(MaxTokens)
	exec.SetQueryCache(opts.Documents)
	exec.Use(extension.Introspection{})
	exec.Use(graph.Admission{Service: opts.Service})
	exec.Use(graph.CostLimit{})
	exec.AroundOperations(graph.WithLoaders(opts.Service))
	exec.AroundRootFields(graph.WithRootLoaders(opts.Service))
	return &graphQL{executor: exec, authenticate: opts.Authenticate, timeout: opts.OperationTimeout, timing: opts.ServerTiming}
}

func (h *graphQL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, statements := meter.With(graphql.StartOperationTrace(r.Context()))
	ctx, release := compiled.WithBuffer(ctx)
	defer release()

	status, response := h.answer(ctx, w, r)
	if response == nil || r.Context().Err() != nil {
		return // the client left
	}
	if h.timing {
		w.Header().Set("Server-Timing", fmt.Sprintf(`sql;desc="%d statements";dur=%.3f`,
			statements.Statements(), float64(statements.Time().Microseconds())/1000))
	}
	write(w, r, status, response)
}

// answer runs the request; the response is nil where the client left before there was one.
func (h *graphQL) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) (int, *graphql.Response) {
	params, refused := readParams(w, r)
	if refused != nil {
		return refused.status, h.executor.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(refused.Error)})
	}
	params.Headers = r.Header
	// From here on: the time in which a body comes is bounded by itself.
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	ctx, err := h.withCaller(ctx, r)
	if err != nil {
		errs := gqlerror.List{gqlerror.Wrap(err)}
		return refusal(w, r, errs), h.executor.DispatchError(ctx, errs)
	}
	operation, errs := h.executor.CreateOperationContext(ctx, params)
	if errs != nil {
		return refusal(w, r, errs), h.executor.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
	}
	if r.Method != http.MethodPost && operation.Operation.Operation != ast.Query {
		w.Header().Set("Allow", "POST")
		wrong := apperr.New(apperr.BadRequest, "a %s needs POST", operation.Operation.Operation)
		return http.StatusMethodNotAllowed, h.executor.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(wrong)})
	}
	responses, ctx := h.executor.DispatchOperation(ctx, operation)
	return http.StatusOK, responses(ctx)
}

// refusal is the status of an answer to a request whose execution did not begin.
func refusal(w http.ResponseWriter, r *http.Request, errs gqlerror.List) int {
	switch code := apperr.CodeOf(errs); {
	case code == apperr.Unauthenticated: // with a challenge (RFC 6750, 3)
		challenge := "Bearer"
		if r.Header.Get("Authorization") != "" {
			challenge += ` error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		return http.StatusUnauthorized
	case code == apperr.Unavailable:
		return http.StatusServiceUnavailable
	case mediaType(r) == graphqlResponse:
		return http.StatusBadRequest
	default:
		return http.StatusOK
	}
}

// mediaType is the type of the answer: the newer one for clients that name it, else plain JSON.
func mediaType(r *http.Request) string {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, parameters, err := mime.ParseMediaType(accepted)
		if err == nil && name == graphqlResponse && parameters["q"] != "0" {
			return graphqlResponse
		}
	}
	return plainJSON
}
