package httpserver

import (
	"net/http"
	"strconv"
	"time"

	"followgraph/internal/limit"
)

// setBudget sets headers with the cost of an operation, and the state of the caller's budget after it as GitHub's API
// does: points, and a Unix time in seconds. Names are in the canonical form of net/http.
func setBudget(header http.Header, charge *limit.Charge) {
	if charge == nil {
		return
	}
	values := []string{ // one allocation for all
		strconv.Itoa(charge.Limit), strconv.Itoa(charge.Remaining), strconv.Itoa(charge.Used),
		strconv.FormatInt(charge.ResetAt.Add(time.Second-1).Unix(), 10), "graphql", strconv.Itoa(charge.Cost),
	}
	for i, name := range [...]string{
		"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Used", "X-Ratelimit-Reset", "X-Ratelimit-Resource",
		"X-Ratelimit-Cost",
	} {
		header[name] = values[i : i+1 : i+1]
	}
}
