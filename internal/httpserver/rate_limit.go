package httpserver

import (
	"net/http"
	"strconv"
	"time"

	"followgraph/internal/limit"
)

// setBudget tells in headers what an operation left of its caller's budget, as GitHub's API does: points, and the time
// in seconds since 1970. Names are in the form that net/http gives them.
func setBudget(header http.Header, charge *limit.Charge) {
	if charge == nil {
		return
	}
	values := []string{ // one piece of memory for all
		strconv.Itoa(charge.Limit), strconv.Itoa(charge.Remaining), strconv.Itoa(charge.Used),
		strconv.FormatInt(charge.ResetAt.Add(time.Second-1).Unix(), 10), "graphql",
	}
	for i, name := range [...]string{
		"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Used", "X-Ratelimit-Reset", "X-Ratelimit-Resource",
	} {
		header[name] = values[i : i+1 : i+1]
	}
}
