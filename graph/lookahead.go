package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph/loader"
	"followgraph/graph/operation"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Look-ahead keeps a level of a query at one statement. The statement of a page also reads the users of the page, and
// their counts if `stats` or a `totalCount` below needs them. Columns that few queries select are read only if the
// query selects them. Look-ahead also gives the loaders the number of lookups of the next level: with gqlgen's executor
// they cannot know otherwise when a level is complete. Every resolver that returns users looks ahead;
// TestLookaheadCoversSchema fails for one that does not. operation.FieldOf says what each field needs.

// rootLookups returns the number of lookups that an operation starts with. An event of a subscription starts with one.
func rootLookups(op *graphql.OperationContext) int {
	switch op.Operation.Operation {
	case ast.Mutation:
		return 0
	case ast.Subscription:
		return 1
	}
	set := op.Operation.SelectionSet
	if len(set) == 1 { // the usual case
		if field, ok := set[0].(*ast.Field); ok && len(field.Directives) == 0 && operation.FieldOf("Query", field.Name).Lookup {
			return 1
		}
	}
	lookups := 0
	for _, field := range graphql.CollectFields(op, set, queryImplementors) {
		if operation.FieldOf("Query", field.Name).Lookup {
			lookups++
		}
	}
	return lookups
}

// connectionLookahead returns the look-ahead of the connection that the field at ctx returns.
func connectionLookahead(ctx context.Context) loader.Lookahead {
	return ofConnection(ctx, graphql.GetFieldContext(ctx).Field)
}

func ofConnection(ctx context.Context, field graphql.CollectedField) loader.Lookahead {
	var lookahead loader.Lookahead
	for _, part := range collect(ctx, field) {
		switch part.Name {
		case "totalCount":
			lookahead.Total = operation.FieldOf(field.Definition.Type.Name(), part.Name).Total
		case "pageInfo":
			for _, inner := range collect(ctx, part) {
				lookahead.HasNext = lookahead.HasNext || inner.Name == "hasNextPage"
				lookahead.HasPrevious = lookahead.HasPrevious || inner.Name == "hasPreviousPage"
			}
		case "nodes":
			lookahead = merge(lookahead, ofUsers(ctx, part.Selections))
		case "edges":
			for _, inner := range collect(ctx, part) {
				if inner.Name == "node" {
					lookahead = merge(lookahead, ofUsers(ctx, inner.Selections))
				}
			}
		}
	}
	return lookahead
}

// userLookahead returns the look-ahead of the users that the field at ctx returns, with the pages to read ahead.
func userLookahead(ctx context.Context) loader.Lookahead {
	fields := userFields(ctx, graphql.GetFieldContext(ctx).Field.Selections)
	lookahead := ofFields(ctx, fields)
	for _, field := range fields {
		if ahead, ok := pageAhead(ctx, field); ok {
			lookahead.Pages = append(lookahead.Pages, ahead)
		}
	}
	return lookahead
}

// pageAhead returns the page that a field of a user will load. ok is false if it cannot be read ahead.
func pageAhead(ctx context.Context, field graphql.CollectedField) (ahead loader.Page, ok bool) {
	kind := operation.FieldOf("User", field.Name).Ahead
	if kind == 0 {
		return ahead, false
	}
	given := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	args, err := new(executionContext).field_User_followers_args(ctx, given) // following has the same arguments
	if err != nil {
		return ahead, false
	}
	return loader.Page{
		Kind: kind,
		Args: page.Args{
			First: args["first"].(*int), After: args["after"].(*string), Last: args["last"].(*int), Before: args["before"].(*string),
		},
		Lookahead: ofConnection(ctx, field),
	}, true
}

// ofUsers returns the look-ahead of users with a selection.
func ofUsers(ctx context.Context, set ast.SelectionSet) loader.Lookahead {
	return ofFields(ctx, userFields(ctx, set))
}

// userFields returns the selected fields of a user.
func userFields(ctx context.Context, set ast.SelectionSet) []graphql.CollectedField {
	return graphql.CollectFields(graphql.GetOperationContext(ctx), set, userImplementors)
}

// ofFields returns the look-ahead of users of which fields are selected.
func ofFields(ctx context.Context, fields []graphql.CollectedField) loader.Lookahead {
	lookahead := loader.Lookahead{Projection: model.Projection{Users: true}}
	for _, field := range fields {
		needs := operation.FieldOf("User", field.Name)
		lookahead.Details = lookahead.Details || needs.Details
		lookahead.Counts = lookahead.Counts || needs.Counts
		if !needs.Lookup {
			continue
		}
		lookahead.Lookups++
		if returned := field.Definition.Type.Name(); strings.HasSuffix(returned, "Connection") {
			for _, inner := range collect(ctx, field) {
				lookahead.Counts = lookahead.Counts || operation.FieldOf(returned, inner.Name).Counts
			}
		}
	}
	return lookahead
}

// partLookahead returns the look-ahead of the users in a part of what the field at ctx returns: the field of that name
// below it.
func partLookahead(ctx context.Context, name string) loader.Lookahead {
	var lookahead loader.Lookahead
	for _, part := range collect(ctx, graphql.GetFieldContext(ctx).Field) {
		if part.Name == name {
			lookahead = merge(lookahead, ofUsers(ctx, part.Selections))
		}
	}
	return lookahead
}

// payloadLookahead returns the look-ahead of the users in the payload that the field at ctx returns, by
// model.PayloadUser.Field. With aliases, a field can be selected several times.
func payloadLookahead(ctx context.Context) map[string]loader.Lookahead {
	lookaheads := map[string]loader.Lookahead{}
	for _, part := range collect(ctx, graphql.GetFieldContext(ctx).Field) {
		switch part.Name {
		case "user", "viewer":
			lookaheads[part.Name] = merge(lookaheads[part.Name], ofUsers(ctx, part.Selections))
		case "results":
			for _, inner := range collect(ctx, part) {
				if inner.Name == "user" {
					lookaheads[part.Name] = merge(lookaheads[part.Name], ofUsers(ctx, inner.Selections))
				}
			}
		}
	}
	return lookaheads
}

// eventLookahead returns the look-ahead of the users that a field of the event holds, or of the users in the edges of
// its elements. It is nil if they are not selected. The event is that of the field at ctx.
func eventLookahead(ctx context.Context, name string) *loader.Lookahead {
	var lookahead *loader.Lookahead
	add := func(set ast.SelectionSet) {
		merged := ofUsers(ctx, set)
		if lookahead != nil {
			merged = merge(*lookahead, merged)
		}
		lookahead = &merged
	}
	nodes := func(edge graphql.CollectedField) {
		for _, inner := range collect(ctx, edge) {
			if inner.Name == "node" {
				add(inner.Selections)
			}
		}
	}
	for _, part := range collect(ctx, graphql.GetFieldContext(ctx).Field) {
		switch {
		case part.Name != name:
		case name == "edges":
			nodes(part)
		case name == "changes":
			for _, inner := range collect(ctx, part) {
				if inner.Name == "edge" {
					nodes(inner)
				}
			}
		default:
			add(part.Selections)
		}
	}
	return lookahead
}

// collect returns the selected fields of the object type that a field returns.
func collect(ctx context.Context, field graphql.CollectedField) []graphql.CollectedField {
	return graphql.CollectFields(graphql.GetOperationContext(ctx), field.Selections, []string{field.Definition.Type.Name()})
}

// merge returns the look-ahead of users with two selections. Both selections make their lookups.
func merge(a, b loader.Lookahead) loader.Lookahead {
	return loader.Lookahead{
		Projection: model.Projection{Users: a.Users || b.Users, Details: a.Details || b.Details, Counts: a.Counts || b.Counts},
		HasNext:    a.HasNext || b.HasNext, HasPrevious: a.HasPrevious || b.HasPrevious,
		Total:   a.Total || b.Total,
		Lookups: a.Lookups + b.Lookups,
	}
}
