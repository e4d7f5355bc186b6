package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/graph/operation"
	"followgraph/internal/apperr"
)

// TestTooManySignIns: neither one network nor sixty hold all slots for sign-ins. All networks together use no other
// slots.
func TestTooManySignIns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		close(store.found)
		slots, server := newTestServer(testOptions(store))
		ctx, leave := context.WithCancel(t.Context())
		signIn := func(ctx context.Context, network int) *http.Request {
			r := postAs(ctx, login, "")
			r.RemoteAddr = fmt.Sprintf("198.51.100.%d:4000", network)
			return r
		}
		var crowd crowd
		send := func(network, sent, want int) {
			before := slots.Load(operation.WorkloadSignIn).Running
			for range sent {
				crowd.send(server, 1, func() *http.Request { return signIn(ctx, network) })
				synctest.Wait()
			}
			require.Equal(t, before+want, slots.Load(operation.WorkloadSignIn).Running, "network %d", network)
		}
		send(0, signInShare, signInShare)
		requireSingleError(t, do(server, signIn(t.Context(), 0)), http.StatusServiceUnavailable, apperr.Overloaded)
		for network := range 60 {
			crowd.send(server, 8, func() *http.Request { return signIn(ctx, 1+network) })
			synctest.Wait()
		}
		require.Less(t, slots.Load(operation.WorkloadSignIn).Running, signIns-signInsReserved/2)
		send(99, 1, 1)
		for network := range 100 {
			crowd.send(server, 1, func() *http.Request { return signIn(ctx, 100+network) })
			synctest.Wait()
		}
		require.Equal(t, signIns, slots.Load(operation.WorkloadSignIn).Running)
		requireSingleError(t, do(server, signIn(t.Context(), 250)), http.StatusServiceUnavailable, apperr.Overloaded)
		require.Equal(t, http.StatusOK, do(server, postAs(t.Context(), askUser, "")).Code)
		leave()
		crowd.running.Wait()
		require.Zero(t, slots.Load(operation.WorkloadSignIn).Running)
		require.Zero(t, slots.Load(operation.WorkloadQuery).Running)

		// What was refused has given its share back, too.
		ctx, leave = context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		crowd.send(server, signInShare, func() *http.Request { return signIn(ctx, 1) })
		synctest.Wait()
		require.Equal(t, signInShare, slots.Load(operation.WorkloadSignIn).Running)
		leave()
		crowd.running.Wait()
	})
}

// TestSignInsHoldNoMemoryOfOthers: waiting sign-ins with large estimates, from a few networks, do not block queries.
func TestSignInsHoldNoMemoryOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		close(store.found)
		slots, server := newTestServer(testOptions(store))
		ctx, leave := context.WithCancel(t.Context())
		var large strings.Builder
		for i := range 8 {
			fmt.Fprintf(&large, ` m%d: login(input: {username: "ada", password: "guess"}) {
				user { followers(first: 100) { nodes { username firstname lastname } } } }`, i)
		}
		signIn := func(ctx context.Context, query string, network int) *http.Request {
			r := postAs(ctx, query, "")
			r.RemoteAddr = fmt.Sprintf("198.51.100.%d:4000", network)
			return r
		}
		var crowd crowd
		for i := range 90 {
			crowd.send(server, 1, func() *http.Request { return signIn(ctx, "mutation {"+large.String()+"}", i%3) })
		}
		synctest.Wait()
		require.Equal(t, http.StatusOK, do(server, postAs(t.Context(), askUser, "")).Code)
		running := slots.Load(operation.WorkloadSignIn).Running
		crowd.send(server, 1, func() *http.Request { return signIn(ctx, login, 9) })
		synctest.Wait()
		require.Equal(t, running+1, slots.Load(operation.WorkloadSignIn).Running)
		<-time.After(10 * time.Second) // large operations without memory are refused before
		left := slots.Load(operation.WorkloadSignIn).Running
		require.Positive(t, left)
		require.Less(t, left, running)
		leave()
		crowd.running.Wait()
		require.Zero(t, slots.Load(operation.WorkloadSignIn).Running)
	})
}
