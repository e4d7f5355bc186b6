package mirror

import (
	"context"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// turnPatience is how long an operation waits for its turn. It has a connection to a client and a slot meanwhile, which
// other operations need.
const turnPatience = time.Second

// turn lets one operation at a time do something. It has an element while one does.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn, and returns what ends it. After turnPatience it returns OVERLOADED.
func (t turn) take(ctx context.Context) (done func(), err error) {
	late := time.NewTimer(turnPatience)
	defer late.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, apperr.Overload(turnPatience, "too many pages of users by followers are read at the moment")
	}
}

// mayWalkAllUsers reports whether SQL may read the ids of all users for a page. That is a page of users by followers
// that may begin among those without followers or cross into them, if few have none. The first page from the most
// followers skips fewer users than it has elements. One that ascends from a user with followers has only users with followers.
func mayWalkAllUsers(key model.ConnectionKey) bool {
	if key.Kind != page.MostFollowers && key.Kind != page.FewestFollowers {
		return false
	}
	ascends := key.Kind.Ascends() != key.Page.Backward
	if ascends {
		return !key.Page.HasCursor || key.Page.Cursor.At <= 0
	}
	return key.Page.HasCursor
}
