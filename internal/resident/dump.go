package resident

import (
	"cmp"
	"context"
	"io"
	"slices"

	"followgraph/internal/graphdump"
	"followgraph/internal/timestamp"
)

// Dump writes all that the version holds in the form of package graphdump. It reads the version as its answers do:
// users by their Cognito id, lists in the order of pages, and follows by their pair of users. It takes 4 bytes of memory
// for each Cognito id.
func (v *Version) Dump(ctx context.Context, to io.Writer) error {
	d := dumper{Version: v, ctx: ctx, to: graphdump.NewWriter(to), numbers: v.sortedNumbers()}
	for _, section := range []func(){
		d.dumpUsers,
		d.dumpCounts,
		func() { d.dumpLists(graphdump.Followers) },
		func() { d.dumpLists(graphdump.Following) },
		d.dumpCreation,
		func() {
			d.dumpTexts(graphdump.ByUsername, d.users.usernames, func(r *userRow) string { return r.keys.username })
		},
		func() { d.dumpTexts(graphdump.ByName, d.users.names, func(r *userRow) string { return r.keys.name }) },
		d.dumpWords,
	} {
		section()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return d.to.Close(graphdump.Totals{Accounts: int64(v.Accounts()), Follows: int64(v.Follows())})
}

// sortedNumbers returns the numbers of all ids that the version has a node of, sorted by id.
func (v *Version) sortedNumbers() []uint32 {
	numbers := slices.Collect(v.numbers)
	slices.SortFunc(numbers, func(a, b uint32) int { return cmp.Compare(v.names.id(a), v.names.id(b)) })
	return numbers
}

// dumper writes the sections of a dump. After the end of ctx it writes less.
type dumper struct {
	*Version
	ctx     context.Context //nolint:containedctx // of one call of Dump
	to      *graphdump.Writer
	numbers []uint32
	steps   int
}

// stopped reports now and then whether ctx has ended.
func (d *dumper) stopped() bool {
	d.steps++
	return d.steps%checkEvery == 0 && d.ctx.Err() != nil
}

// nodes yields the nodes of all ids, by id, as a lookup finds them.
func (d *dumper) nodes(yield func(id string, n *node) bool) {
	for _, number := range d.numbers {
		if id := d.names.id(number); d.stopped() || !yield(id, d.find(id)) {
			return
		}
	}
}

func (d *dumper) dumpUsers() {
	d.to.Begin(graphdump.Users)
	for id, n := range d.nodes {
		if n.row == nil {
			continue
		}
		a, row := &n.user, n.row
		u := graphdump.User{
			CognitoID: id, ID: row.id, Username: a.Username, Firstname: a.Firstname, Lastname: a.Lastname, Avatar: a.Avatar,
			Role: string(a.Role), TokenVersion: row.tokenVersion, CreatedAt: row.createdAt,
			ShownCreatedAt: a.CreatedAt.UnixMicro(), ShownUpdatedAt: a.UpdatedAt.UnixMicro(),
		}
		if a.Stats.UpdatedAt != nil {
			u.ShownCountsAt = new(a.Stats.UpdatedAt.UnixMicro())
		}
		d.to.User(&u)
	}
	d.to.EndRecords()
}

func (d *dumper) dumpCounts() {
	d.to.Begin(graphdump.Counts)
	for id, n := range d.nodes {
		if n.hasCounts {
			d.to.CountsTime(&graphdump.CountsTime{CognitoID: id, At: n.countsAt})
		}
	}
	d.to.EndRecords()
}

// dumpLists writes the followers or the following of all ids.
func (d *dumper) dumpLists(section graphdump.Section) {
	d.to.Begin(section)
	for id, n := range d.nodes {
		l := n.followers
		if section == graphdump.Following {
			l = n.following
		}
		if n.row == nil && l.len() == 0 {
			continue
		}
		owner := graphdump.Owner{CognitoID: id, Length: int64(l.len()), Count: -1}
		if n.row != nil {
			owner.Count = int64(n.user.Stats.FollowersCount)
			if section == graphdump.Following {
				owner.Count = int64(n.user.Stats.FollowingsCount)
			}
		}
		d.to.Owner(&owner)
		d.dumpList(section, n, l)
		d.to.EndRecords()
	}
	d.to.EndRecords()
}

func (d *dumper) dumpList(section graphdump.Section, owner *node, l list) {
	var buffer [batch]entry
	from := start{}
	for left := l.len(); left >= 0 && !d.stopped(); left -= batch { // a walk through a broken list could go on forever
		n := l.walk(from, true, d.time, buffer[:])
		for _, e := range buffer[:n] {
			follower, following := d.node(e.other), owner
			if section == graphdump.Following {
				follower, following = owner, d.node(e.other)
			}
			at := d.time(e)
			same, found := d.follow(follower, following)
			d.to.Follow(d.names.id(e.other), &graphdump.Follow{
				At: timestamp.Timestamp(at.first), ID: at.second, Found: found && d.time(same) == at,
			})
		}
		if n < len(buffer) {
			return
		}
		from = start{d.time(buffer[n-1]), true}
	}
}

func (d *dumper) dumpCreation() {
	d.to.Begin(graphdump.ByCreation)
	d.users.created.Scan(func(row *userRow) bool {
		d.to.Place(&graphdump.Place{At: row.createdAt, ID: row.id, CognitoID: d.accountOf(row)})
		return !d.stopped()
	})
	d.to.EndRecords()
}

func (d *dumper) dumpTexts(section graphdump.Section, tree *userTree, textOf func(*userRow) string) {
	d.to.Begin(section)
	tree.Scan(func(row *userRow) bool {
		d.to.Place(&graphdump.Place{Text: textOf(row), ID: row.id, CognitoID: d.accountOf(row)})
		return !d.stopped()
	})
	d.to.EndRecords()
}

func (d *dumper) dumpWords() {
	d.to.Begin(graphdump.ByWord)
	d.users.words.Scan(func(w word) bool {
		d.to.Place(&graphdump.Place{Text: w.text(), ID: w.row.id, CognitoID: d.accountOf(w.row)})
		return !d.stopped()
	})
	d.to.EndRecords()
}

// accountOf returns the Cognito id of the account that a row of an order belongs to; empty if the account has another
// row.
func (d *dumper) accountOf(row *userRow) string {
	if n := d.node(row.number); n.row == row {
		return n.user.CognitoID
	}
	return ""
}
