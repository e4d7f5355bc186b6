package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph/loader"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Looking ahead at what a query selects keeps a level at one statement: the users of a page come with it, and
// their counts with them where `stats` or a `totalCount` below needs them; both are plain data by the time they are
// asked for. What few queries select of an account is left out of the others. It also tells the loaders how many lookups
// the next level makes, so that they know when it is complete where gqlgen's executor runs. Every resolver that returns
// users looks ahead; TestSelectionCoversSchema fails for one that does not.

// rootLookups is how many lookups an operation starts with: one for each of its root fields, introspection and
// rateLimit aside.
func rootLookups(op *graphql.OperationContext) int {
	if op.Operation.Operation != ast.Query {
		return 0
	}
	lookups := 0
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, queryImplementors) {
		if makesLookup(field) {
			lookups++
		}
	}
	return lookups
}

// makesLookup tells whether a root field of a query makes a lookup.
func makesLookup(field graphql.CollectedField) bool {
	return !strings.HasPrefix(field.Name, "__") && field.Name != "rateLimit"
}

// selectedOfConnection tells what the connection that is being resolved is asked for of its users.
func selectedOfConnection(ctx context.Context) loader.Selected {
	return connectionSelection(ctx, graphql.GetFieldContext(ctx).Field)
}

func connectionSelection(ctx context.Context, field graphql.CollectedField) loader.Selected {
	var selected loader.Selected
	for _, part := range collect(ctx, field) {
		switch part.Name {
		case "pageInfo":
			for _, inner := range collect(ctx, part) {
				selected.HasNext = selected.HasNext || inner.Name == "hasNextPage"
				selected.HasPrevious = selected.HasPrevious || inner.Name == "hasPreviousPage"
			}
		case "nodes":
			selected = either(selected, userSelection(ctx, part.Selections))
		case "edges":
			for _, inner := range collect(ctx, part) {
				if inner.Name == "node" {
					selected = either(selected, userSelection(ctx, inner.Selections))
				}
			}
		}
	}
	return selected
}

// selectedOfUser tells what the users that are being resolved are asked for, with the pages to read ahead.
func selectedOfUser(ctx context.Context) loader.Selected {
	set := graphql.GetFieldContext(ctx).Field.Selections
	selected := userSelection(ctx, set)
	for _, field := range graphql.CollectFields(graphql.GetOperationContext(ctx), set, userImplementors) {
		if ahead, ok := pageAhead(ctx, field); ok {
			selected.Pages = append(selected.Pages, ahead)
		}
	}
	return selected
}

// followFields are the fields of users whose pages can be read ahead.
var followFields = map[string]page.Kind{"followers": page.Followers, "following": page.Following}

// pageAhead is the page that a field of a user will ask for; ok is false for other fields.
func pageAhead(ctx context.Context, field graphql.CollectedField) (ahead loader.Page, ok bool) {
	kind, ok := followFields[field.Name]
	if !ok {
		return ahead, false
	}
	given := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	args, err := new(executionContext).field_User_followers_args(ctx, given) // following has the same ones
	if err != nil {
		return ahead, false
	}
	return loader.Page{
		Kind: kind,
		Args: page.Args{
			First: args["first"].(*int), After: args["after"].(*string), Last: args["last"].(*int), Before: args["before"].(*string),
		},
		Selected: connectionSelection(ctx, field),
	}, true
}

func userSelection(ctx context.Context, set ast.SelectionSet) loader.Selected {
	selected := loader.Selected{Projection: model.Projection{Users: true}}
	for _, field := range graphql.CollectFields(graphql.GetOperationContext(ctx), set, userImplementors) {
		switch {
		case alwaysLoaded[field.Name]:
		case field.Name == "stats":
			selected.Counts = true
		case compiledTypes["User"].Fields[field.Name].Plain != nil:
			selected.Details = true
		default:
			selected.Lookups++
			if strings.HasSuffix(field.Definition.Type.Name(), "Connection") {
				for _, inner := range collect(ctx, field) {
					selected.Counts = selected.Counts || inner.Name == "totalCount"
				}
			}
		}
	}
	return selected
}

// selectedOfSuggestions tells what the users of the suggestions that are being resolved are asked for.
func selectedOfSuggestions(ctx context.Context) loader.Selected {
	var selected loader.Selected
	for _, part := range collect(ctx, graphql.GetFieldContext(ctx).Field) {
		if part.Name == "user" {
			selected = either(selected, userSelection(ctx, part.Selections))
		}
	}
	return selected
}

// selectedOfPayload tells what the users of the payload that is being resolved are asked for, by the names that
// model.PayloadUser gives their places.
func selectedOfPayload(ctx context.Context) map[string]loader.Selected {
	selected := map[string]loader.Selected{}
	for _, part := range collect(ctx, graphql.GetFieldContext(ctx).Field) {
		switch part.Name {
		case "user", "viewer":
			add(selected, part.Name, userSelection(ctx, part.Selections))
		case "results":
			for _, inner := range collect(ctx, part) {
				if inner.Name == "user" {
					add(selected, part.Name, userSelection(ctx, inner.Selections))
				}
			}
		}
	}
	return selected
}

// add is for aliases: a place of a payload may be asked for several times.
func add(selected map[string]loader.Selected, place string, more loader.Selected) {
	selected[place] = either(selected[place], more)
}

// alwaysLoaded are the fields of users that are there unasked. All others that are data are details, and all others that
// have a resolver make a lookup, new ones too.
var alwaysLoaded = map[string]bool{
	"__typename": true, "id": true, "cognitoId": true, "username": true, "firstname": true, "lastname": true,
	"isViewer": true, "viewerCanFollow": true, // from who the caller is
}

// collect is the selected fields of what field returns, an object type.
func collect(ctx context.Context, field graphql.CollectedField) []graphql.CollectedField {
	return graphql.CollectFields(graphql.GetOperationContext(ctx), field.Selections, []string{field.Definition.Type.Name()})
}

// either is what one or the other selection of the same users wants; both make their lookups.
func either(a, b loader.Selected) loader.Selected {
	return loader.Selected{
		Projection: model.Projection{Users: a.Users || b.Users, Details: a.Details || b.Details, Counts: a.Counts || b.Counts},
		HasNext:    a.HasNext || b.HasNext, HasPrevious: a.HasPrevious || b.HasPrevious,
		Lookups: a.Lookups + b.Lookups,
	}
}
