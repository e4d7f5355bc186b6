package httpserver

import (
	"net/http"
	"strconv"
	"time"

	"followgraph/internal/budget"
)

// setBudget tells in headers what an operation left of its caller's budget, as GitHub's API does: points, and the time
// in seconds since 1970. Names are in the form that net/http gives them.
func setBudget(header http.Header, charge *budget.Charge) {
	if charge == nil {
		return
	}
	header["X-Ratelimit-Limit"] = []string{strconv.Itoa(charge.Limit)}
	header["X-Ratelimit-Remaining"] = []string{strconv.Itoa(charge.Remaining)}
	header["X-Ratelimit-Used"] = []string{strconv.Itoa(charge.Used)}
	header["X-Ratelimit-Reset"] = []string{strconv.FormatInt(charge.ResetAt.Add(time.Second-1).Unix(), 10)}
	header["X-Ratelimit-Resource"] = []string{"graphql"}
}
