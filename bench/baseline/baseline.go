// Package baseline contains two servers that were written by hand for the benchmark's operations only. They are the
// reference for the product.
//
// Both are optimized for operations that are known in advance: net/http and pgx, one pool, statements that are prepared
// once on each connection, and no GraphQL. They get the same requests as Followgraph and read only operationName and
// variables. The variable viewer contains the caller of a mutation. GraphQL ignores it because it is not declared. They
// trust it and ignore the token.
//
//   - OneSQL sends one statement per request, in which PostgreSQL creates the whole answer, and writes its bytes.
//   - Levels sends one statement per level of the answer and encodes the answer with encoding/json.
//
// If they cannot answer, they return a status other than 200 and log the error.
package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// GCPercent is the value of GOGC for both servers, instead of 100. Their heaps are small, so frequent collections would
// be an avoidable cost. Followgraph sets GOGC too.
const GCPercent = 400

// Operation is one GraphQL operation of the two servers. A write takes effect before it is answered, with PostgreSQL's
// configured durability.
type Operation struct {
	Name string

	// SQL returns one row with one column: the answer as JSON. Args returns its parameters.
	SQL  string
	Args func(Variables) ([]any, error)

	// Levels returns a value that encodes to the answer's data.
	Levels func(context.Context, *Statements, Variables) (any, error)
}

// Variables are the variables of all operations.
type Variables struct {
	ID     string   `json:"id"`
	IDs    []string `json:"ids"`
	Cursor string   `json:"cursor"`

	Viewer    string `json:"viewer,omitempty"` // Cognito id of the caller
	Firstname string `json:"firstname,omitempty"`
}

// Kind selects one of the two servers.
type Kind string

// The kinds.
const (
	OneSQL Kind = "onesql"
	Levels Kind = "levels"
)

// Options configure a server.
type Options struct {
	Kind         Kind
	DatabaseURL  string
	Connections  int // maximum number of connections to PostgreSQL
	ServerTiming bool
	Operations   []Operation
}

// Serve serves on a free port of the loopback interface until ctx ends. It writes its address to out.
func Serve(ctx context.Context, o Options, out io.Writer) error {
	debug.SetGCPercent(GCPercent)
	pool, err := connect(ctx, o)
	if err != nil {
		return err
	}
	defer pool.Close()
	operations := make(map[string]Operation, len(o.Operations))
	for _, operation := range o.Operations {
		operations[operation.Name] = operation
	}
	h := &handler{pool: pool, operations: operations, timing: o.ServerTiming}
	switch o.Kind {
	case OneSQL:
		h.answer = h.oneSQL
	case Levels:
		h.answer = h.levels
	default:
		return fmt.Errorf("there is no baseline %q, only %s and %s", o.Kind, OneSQL, Levels)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "limit-%s answers on http://%s/graphql\n", o.Kind, listener.Addr())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Settings are the settings of the servers' connections to PostgreSQL. All plans are generic: each statement is one
// chain of index lookups for all parameters. Planning for each request, which PostgreSQL does at least five times,
// would find no better plan and cost as much as the shorter statements. But a generic plan is optimized for an average
// account, whose few followers can be read and sorted as fast as read from the page index in order. For the account
// with the most followers that would be 50,000 rows. So the settings disable the alternatives. Commits wait for the
// disk, as is PostgreSQL's default.
var Settings = map[string]string{
	"plan_cache_mode":   "force_generic_plan",
	"enable_seqscan":    "off",
	"enable_bitmapscan": "off",
	"enable_sort":       "off",
}

func connect(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(o.DatabaseURL)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(o.Connections)
	maps.Copy(config.ConnConfig.RuntimeParams, Settings)
	config.ConnConfig.RuntimeParams["application_name"] = "limit-" + string(o.Kind)
	return pgxpool.NewWithConfig(ctx, config)
}

// handler answers the requests of either kind.
type handler struct {
	pool       *pgxpool.Pool
	operations map[string]Operation
	timing     bool
	answer     func(http.ResponseWriter, *http.Request, Operation, Variables) error
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation, variables, err := h.read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := h.answer(w, r, operation, variables); err != nil {
		slog.ErrorContext(r.Context(), "no answer", "operation", operation.Name, "error", err)
		http.Error(w, "see the log", http.StatusInternalServerError)
	}
}

// maxBody is the maximum size of a request, in bytes.
const maxBody = 1 << 20

func (h *handler) read(r *http.Request) (Operation, Variables, error) {
	if r.ContentLength < 0 || r.ContentLength > maxBody {
		return Operation{}, Variables{}, errors.New("a request has a Content-Length of at most 1 MiB")
	}
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return Operation{}, Variables{}, err
	}
	var request struct {
		OperationName string    `json:"operationName"`
		Variables     Variables `json:"variables"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return Operation{}, Variables{}, err
	}
	operation, ok := h.operations[request.OperationName]
	if !ok {
		return Operation{}, Variables{}, fmt.Errorf("unknown operation %q", request.OperationName)
	}
	return operation, request.Variables, nil
}

// head writes the header of an answer.
func (h *handler) head(w http.ResponseWriter, length string, statements int) {
	header := w.Header()
	header["Content-Type"] = contentType
	header["Content-Length"] = []string{length}
	if h.timing {
		header.Set("Server-Timing", fmt.Sprintf(`sql;desc="%d statements"`, statements))
	}
}

var contentType = []string{"application/json; charset=utf-8"}
