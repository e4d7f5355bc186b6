package store

import (
	"context"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

const (
	// maxFollowersWalk is how many rows of each list a page of users by followers walks at first.
	maxFollowersWalk = 5_000
	// allUsersPatience is how long a page that reads all users waits for another one. It has a connection to a client and
	// a slot meanwhile, which other operations need.
	allUsersPatience = time.Second
)

// followersOrder is how a page of users by followers is read. If a step finds too few users, the next step reads the
// page.
type followersOrder struct {
	rows int32 // see maxFollowersWalk
	step followersStep
}

type followersStep uint8

const (
	usersWalked    followersStep = iota // up to rows users with followers, and as many ids
	allUsersMerged                      // the ids of all users are merged with those of all counts
	allUsersRead                        // all users are read and sorted
)

var userPagesFollowers = [...]map[form]string{
	usersWalked:    followersForms(false),
	allUsersMerged: followersForms(true),
	allUsersRead:   forms("user_page_followers_all", func(f form) any { return f }),
}

func followersForms(merged bool) map[form]string {
	return forms("user_page_followers", func(f form) any {
		return struct {
			form
			Merged bool
		}{f, merged}
	})
}

// fromAllUsers reads a page of users by followers whose first step has found too few users. That takes time in proportion
// to the number of all users. One such page at a time is read from a server, and others wait; after allUsersPatience they
// get OVERLOADED.
func (r reads) fromAllUsers(ctx context.Context, w walk, key model.ConnectionKey) ([]model.Edge, error) {
	late := apperr.Overload(allUsersPatience, "too many pages of users by followers are read at the moment")
	if err := r.allUsers.LockWithin(ctx, allUsersPatience, late); err != nil {
		return nil, err
	}
	defer r.allUsers.Unlock()
	batch := &pageBatch{keys: []model.ConnectionKey{key}, pages: make([][]model.Edge, 1), cut: []bool{true}}
	for batch.cut[0] {
		w.order.step++
		if _, err := r.run(ctx, []query{batch.query(w, []int{0})}); err != nil {
			return nil, err
		}
	}
	return batch.pages[0], nil
}
