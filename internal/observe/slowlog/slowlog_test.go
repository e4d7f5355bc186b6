package slowlog_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/observe"
	"followgraph/internal/observe/slowlog"
)

// withoutTime omits the time of a line.
var withoutTime = &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}}

func TestOnlySlowOperationsAreLogged(t *testing.T) {
	t.Parallel()
	slow := observe.Operation{
		Document: `{ user(username: "private") { id } }`, Type: "query", Took: time.Second, Cost: 7,
		Statements: 2, SQL: 900 * time.Millisecond, Bytes: 30, Ran: true,
	}
	for name, test := range map[string]struct {
		change func(*observe.Operation)
		want   string
	}{
		"an untrusted document": {
			func(*observe.Operation) {},
			"level=WARN msg=\"slow operation\" document=a5be65b769bd541a type=query code=OK duration=1s cost=7 statements=2 sql=900ms bytes=30\n",
		},
		"a trusted document": {
			func(o *observe.Operation) { o.Name, o.Trusted, o.Code = "Profile", true, "TIMEOUT" },
			"level=WARN msg=\"slow operation\" operation=Profile type=query code=TIMEOUT duration=1s cost=7 statements=2 sql=900ms bytes=30\n",
		},
		"a delayed rejected sign-in": {func(o *observe.Operation) { o.Took, o.Delayed = 3*time.Second, 2*time.Second+1 }, ""},
		"a delayed and slow operation": {
			func(o *observe.Operation) { o.Name, o.Took, o.Delayed = "Login", 3*time.Second, 2*time.Second },
			"level=WARN msg=\"slow operation\" operation=Login type=query code=OK duration=1s cost=7 statements=2 sql=900ms bytes=30\n",
		},
		"a fast operation": {func(o *observe.Operation) { o.Took-- }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			o := slow
			test.change(&o)
			slowlog.New(time.Second, slog.New(slog.NewTextHandler(&logged, withoutTime))).OperationEnds(t.Context(), o)
			require.Equal(t, test.want, logged.String())
		})
	}
}
