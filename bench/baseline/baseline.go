// Package baseline is two servers written by hand for the benchmark's operations alone, the yardstick of the product's.
//
// Both are what somebody would write who knows the operations in advance and wants them fast: net/http and pgx, one
// pool, statements prepared once on each connection, no GraphQL at all. They take the same requests as Followgraph and
// look at operationName and variables only. Whoever calls a mutation stands in the variable viewer, which GraphQL
// ignores as it is not declared: they take it at its word, and do not look at the token.
//
//   - OneSQL sends one statement for a request, in which PostgreSQL makes the whole answer, and writes its bytes out.
//   - Levels sends one statement for each level of the answer and encodes it with encoding/json.
//
// An answer that they cannot give is a status other than 200 and a line in the log.
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

// GCPercent is what both servers run with in the place of GOGC's 100: their heaps are small, and collecting them all
// the time would be a cost that whoever tunes such a server saves first. Followgraph sets its own likewise.
const GCPercent = 400

// Operation is one GraphQL operation as the two servers answer it. One that writes takes effect before it is answered, as
// durably as PostgreSQL is set to.
type Operation struct {
	Name string

	// SQL gives one row of one column: the answer as JSON. Args are its parameters.
	SQL  string
	Args func(Variables) ([]any, error)

	// Levels gives a value that encodes to what stands in the answer's data.
	Levels func(context.Context, *Statements, Variables) (any, error)
}

// Variables are the union of the operations' variables.
type Variables struct {
	ID     string   `json:"id"`
	IDs    []string `json:"ids"`
	Cursor string   `json:"cursor"`

	Viewer    string `json:"viewer,omitempty"` // the caller's Cognito id
	Firstname string `json:"firstname,omitempty"`
}

// Kind chooses between the two servers.
type Kind string

// The kinds.
const (
	OneSQL Kind = "onesql"
	Levels Kind = "levels"
)

// Options say how to serve.
type Options struct {
	Kind         Kind
	DatabaseURL  string
	Connections  int // to PostgreSQL, at most
	ServerTiming bool
	Operations   []Operation
}

// Serve answers on a free port of the loopback interface until ctx ends, and writes its address to out.
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

// Settings are those of the servers' connections to PostgreSQL. All plans are generic: each statement is one chain of
// index lookups whatever its parameters, so that planning it anew for each request, which PostgreSQL does at least five
// times, could find nothing better and costs as much as the shorter ones take to run. But a generic plan is made for an
// account of average fame, whose few followers are as soon read and sorted whole as walked through the page index; for
// the most followed one that would be 50,000 rows. So the other ways are closed. Commits wait for the disk, as
// PostgreSQL's own default has it.
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

// handler answers requests of either kind.
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

// maxBody bounds a request, in bytes.
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
