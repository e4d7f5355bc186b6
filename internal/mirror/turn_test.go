package mirror

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// TestTurn checks that one operation at a time has the turn, and that no other waits for longer than turnPatience.
func TestTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turn := newTurn()
		done, err := turn.take(t.Context())
		require.NoError(t, err)

		ended, end := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := turn.take(ended)
			require.ErrorIs(t, err, context.Canceled)
		})
		all.Go(func() {
			began := time.Now()
			_, err := turn.take(t.Context())
			require.Equal(t, apperr.Overloaded, apperr.CodeOf(err))
			require.Equal(t, turnPatience, time.Since(began))
		})
		synctest.Wait()
		end()
		all.Wait()

		all.Go(func() {
			next, err := turn.take(t.Context())
			require.NoError(t, err)
			next()
		})
		synctest.Wait()
		done()
		all.Wait()
	})
}

// TestMayWalkAllUsers checks which pages may read the ids of all users.
func TestMayWalkAllUsers(t *testing.T) {
	t.Parallel()
	at := func(followers int64, backward bool) page.Request {
		return page.Request{Limit: 1, HasCursor: true, Backward: backward, Cursor: page.Cursor{At: followers}}
	}
	for name, test := range map[string]struct {
		kind page.Kind
		page page.Request
		want bool
	}{
		"oldest":                            {page.OldestUsers, page.Request{Limit: 1}, false},
		"most":                              {page.MostFollowers, page.Request{Limit: 1}, false},
		"the end of the fewest":             {page.FewestFollowers, page.Request{Limit: 1, Backward: true}, false},
		"most after a cursor":               {page.MostFollowers, at(9, false), true},
		"fewest":                            {page.FewestFollowers, page.Request{Limit: 1}, true},
		"the end of the most":               {page.MostFollowers, page.Request{Limit: 1, Backward: true}, true},
		"fewest after one without":          {page.FewestFollowers, at(0, false), true},
		"fewest after a negative number":    {page.FewestFollowers, at(-1, false), true},
		"fewest after one with followers":   {page.FewestFollowers, at(1, false), false},
		"most before one with followers":    {page.MostFollowers, at(1, true), false},
		"fewest before one with followers":  {page.FewestFollowers, at(1, true), true},
		"most before one without followers": {page.MostFollowers, at(0, true), true},
	} {
		require.Equal(t, test.want, mayWalkAllUsers(model.ConnectionKey{Kind: test.kind, Page: test.page}), name)
	}
}
