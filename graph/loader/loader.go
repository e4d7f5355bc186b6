// Package loader batches the lookups of one operation: one batch function for each relation.
package loader

import (
	"context"
	"log/slog"

	"followgraph/internal/model"
	"followgraph/internal/social"
)

// Loaders batch and cache the lookups of one operation. They are safe for concurrent use and end with the
// context that they were made with. Each of their methods is one lookup, and waits for one batch: a second one would have
// to wait for a wave that cannot be complete before it returns. Unless the executor tells which calls run (Begin), the lookup
// was announced: of the operation's root fields, by With, or of the users that a lookup answered, by Lookahead.
type Loaders struct {
	service     *social.Service
	dispatcher  dispatcher
	alone       bool // whether the operation has one root field
	pages       pageNames
	connections relation[pageKey, *model.Connection]
	users       relation[model.UserKey, *model.User]
	privates    relation[string, *model.Private]
	relations   relation[string, model.Relation]
	suggestions relation[suggestionKey, []model.FollowSuggestion]
	between     relation[*model.BetweenKey, []model.Follow] // by the field that asks: lists of ids cannot be compared
}

// Lookahead tells what a query wants of the users that a lookup answers.
type Lookahead struct {
	model.Projection
	HasNext, HasPrevious bool // of a connection: whether the query asks if there are further pages

	Lookups int    // how many more lookups the query makes for each of the users
	Pages   []Page // those of the lookups that can be read ahead, where the users are named by Cognito id
}

type key struct{}

// With returns a context with fresh Loaders, which expect that many lookups of root fields. Statements run under that
// context, not under that of the field which asks first: they end when the operation does.
func With(ctx context.Context, service *social.Service, log *slog.Logger, lookups int) context.Context {
	l := &Loaders{service: service, alone: lookups == 1}
	d := &l.dispatcher
	d.begin(ctx, log, lookups)
	l.connections.begin(d, "connections", l.fetchConnections)
	l.users.begin(d, "users", l.fetchUsers)
	l.privates.begin(d, "privates", service.Privates)
	l.relations.begin(d, "relations", service.Relations)
	l.suggestions.begin(d, "suggestions", l.fetchSuggestions)
	l.between.begin(d, "follows", service.FollowsBetween)
	return context.WithValue(ctx, key{}, l)
}

// Begin and End are for an executor that tells which calls run; see executor.Waves.
func (l *Loaders) Begin(calls int) { l.dispatcher.Begin(calls) }

// End tells that a call has returned.
func (l *Loaders) End() { l.dispatcher.End() }

// Stop ends all lookups with an error, those that wait and those that come. It is for operations whose answer is not
// wanted any more: the executor may leave out resolvers whose lookups were announced.
func (l *Loaders) Stop() { l.dispatcher.stop() }

// From returns the Loaders of an operation. A context without them is a fault of the wiring and panics.
func From(ctx context.Context) *Loaders {
	return ctx.Value(key{}).(*Loaders)
}
