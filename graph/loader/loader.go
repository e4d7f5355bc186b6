// Package loader batches and caches the lookups of one operation, with one batch function for each relation.
package loader

import (
	"context"
	"log/slog"

	"followgraph/internal/model"
	"followgraph/internal/social"
)

// Loaders batch and cache the lookups of one operation. They are safe for concurrent use and end with the context of
// With. Each method is one lookup and waits for one batch. It must not wait for a second batch: the wave of that batch
// could not be complete before the method returns. Each lookup must be announced, unless the executor calls Begin: With
// announces the lookups of root fields, and Lookahead.Lookups those for the users that a lookup returns.
type Loaders struct {
	service     *social.Service
	dispatcher  dispatcher
	alone       bool // whether the operation has a single root field
	pages       pageNumbers
	connections relation[pageKey, *model.Connection]
	users       relation[model.UserKey, *model.User]
	privates    relation[string, *model.Private]
	relations   relation[string, model.Relation]
	suggestions relation[suggestionKey, []model.FollowSuggestion]
	tops        relation[topKey, *model.TopUsers]
	totals      relation[struct{}, *model.GraphTotals]
	paths       relation[pathKey, *model.ShortestPath]
	distances   relation[*model.DistancesKey, []model.Distance] // by pointer, like follows
	follows     relation[*model.BetweenKey, []model.Follow]     // by pointer, one for each field: lists of ids are not comparable
}

// Lookahead is what a query selects of the users that a lookup returns.
type Lookahead struct {
	model.Projection
	HasNext, HasPrevious bool // of a connection: whether the query selects these fields of pageInfo
	Total                bool // of a connection: whether the query selects a totalCount that has to be counted

	Lookups int    // lookups that the query makes for each of the users
	Pages   []Page // the lookups that can be read ahead, see readAhead
}

type key struct{}

// With returns a context with new Loaders, and announces that many lookups of root fields. Statements run under the
// returned context instead of the context of the first field that needs them: they end with the operation.
func With(ctx context.Context, service *social.Service, log *slog.Logger, lookups int) context.Context {
	l := &Loaders{service: service, alone: lookups == 1}
	d := &l.dispatcher
	d.begin(ctx, log, lookups)
	l.connections.begin(d, "connections", l.fetchConnections)
	l.users.begin(d, "users", l.fetchUsers)
	l.privates.begin(d, "privates", service.Privates)
	l.relations.begin(d, "relations", service.Relations)
	l.suggestions.begin(d, "suggestions", l.fetchSuggestions)
	l.tops.begin(d, "tops", l.fetchTops)
	l.totals.begin(d, "totals", l.fetchTotals)
	l.paths.begin(d, "paths", l.fetchPaths)
	l.distances.begin(d, "distances", service.Distances)
	l.follows.begin(d, "follows", service.FollowsBetween)
	return context.WithValue(ctx, key{}, l)
}

// Begin is for an executor that reports which calls run, see executor.Waves.
func (l *Loaders) Begin(calls int) { l.dispatcher.Begin(calls) }

// End reports that a call has returned.
func (l *Loaders) End() { l.dispatcher.End() }

// Stop ends all current and future lookups with an error. It is for an operation with a response that is not sent: the
// executor may then skip resolvers that were announced.
func (l *Loaders) Stop() { l.dispatcher.stop() }

// From returns the Loaders of an operation. It panics if the context has none.
func From(ctx context.Context) *Loaders {
	return ctx.Value(key{}).(*Loaders)
}
