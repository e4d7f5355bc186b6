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
// the next level makes, so that they know when it is complete. Every resolver that returns users looks ahead;
// TestSelectionCoversSchema fails for one that does not.

// rootLookups is how many lookups an operation starts with: one for each of its root fields, introspection and
// rateLimit aside.
func rootLookups(op *graphql.OperationContext) int {
	if op.Operation.Operation != ast.Query {
		return 0
	}
	lookups := 0
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, queryImplementors) {
		if !strings.HasPrefix(field.Name, "__") && field.Name != "rateLimit" {
			lookups++
		}
	}
	return lookups
}

// selectedOfConnection tells what the connection that is being resolved is asked for of its users.
func selectedOfConnection(ctx context.Context) loader.Selected {
	return connectionSelection(graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field)
}

func connectionSelection(op *graphql.OperationContext, field graphql.CollectedField) loader.Selected {
	var selected loader.Selected
	for _, part := range collect(op, field, field.Selections) {
		switch part.Name {
		case "nodes":
			selected = either(selected, userSelection(op, part.Selections))
		case "edges":
			for _, inner := range collect(op, part, part.Selections) {
				if inner.Name == "node" {
					selected = either(selected, userSelection(op, inner.Selections))
				}
			}
		}
	}
	return selected
}

// selectedOfUser tells what the users that are being resolved are asked for, with the pages to read ahead.
func selectedOfUser(ctx context.Context) loader.Selected {
	op, set := graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field.Selections
	selected := userSelection(op, set)
	for _, field := range graphql.CollectFields(op, set, userImplementors) {
		if ahead, ok := pageAhead(ctx, op, field); ok {
			selected.Pages = append(selected.Pages, ahead)
		}
	}
	return selected
}

// followFields are the fields of users whose pages can be read ahead.
var followFields = map[string]page.Kind{"followers": page.Followers, "following": page.Following}

// pageAhead is the page that a field of a user will ask for; ok is false for other fields, and for arguments that gqlgen
// will refuse.
func pageAhead(ctx context.Context, op *graphql.OperationContext, field graphql.CollectedField) (ahead loader.Page, ok bool) {
	kind, ok := followFields[field.Name]
	if !ok {
		return ahead, false
	}
	// gqlgen's reader of arguments needs nothing of its context, and following has the same ones.
	args, err := new(executionContext).field_User_followers_args(ctx, field.ArgumentMap(op.Variables))
	if err != nil {
		return ahead, false
	}
	return loader.Page{
		Kind: kind,
		Args: page.Args{
			First: args["first"].(*int), After: args["after"].(*string), Last: args["last"].(*int), Before: args["before"].(*string),
		},
		Selected: connectionSelection(op, field),
	}, true
}

func userSelection(op *graphql.OperationContext, set ast.SelectionSet) loader.Selected {
	selected := loader.Selected{Selection: model.Selection{Users: true}}
	for _, field := range graphql.CollectFields(op, set, userImplementors) {
		switch {
		case alwaysLoaded[field.Name]:
		case field.Name == "stats":
			selected.Counts = true
		case lookups[field.Name]:
			selected.Lookups++
		case strings.HasSuffix(field.Definition.Type.Name(), "Connection"):
			selected.Lookups++
			for _, inner := range collect(op, field, field.Selections) {
				selected.Counts = selected.Counts || inner.Name == "totalCount"
			}
		default:
			selected.Details = true
		}
	}
	return selected
}

// lookups are the fields of User, connections aside, that make a lookup.
var lookups = map[string]bool{
	"email": true, "phoneNumber": true, "country": true, "city": true, "zipcode": true,
	"viewerIsFollowing": true, "isFollowingViewer": true, "suggestions": true,
}

// selectedOfSuggestions tells what the users of the suggestions that are being resolved are asked for.
func selectedOfSuggestions(ctx context.Context) loader.Selected {
	op, field := graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field
	var selected loader.Selected
	for _, part := range collect(op, field, field.Selections) {
		if part.Name == "user" {
			selected = either(selected, userSelection(op, part.Selections))
		}
	}
	return selected
}

// selectedOfPayload tells what the users of the payload that is being resolved are asked for, by the names that
// model.PayloadUser gives their places.
func selectedOfPayload(ctx context.Context) map[string]loader.Selected {
	op, field := graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field
	selected := map[string]loader.Selected{}
	for _, part := range collect(op, field, field.Selections) {
		switch part.Name {
		case "user", "viewer":
			add(selected, part.Name, userSelection(op, part.Selections))
		case "results":
			for _, inner := range collect(op, part, part.Selections) {
				if inner.Name == "user" {
					add(selected, part.Name, userSelection(op, inner.Selections))
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

// alwaysLoaded are the fields of users that are there unasked. All other plain fields are details, a new one too.
var alwaysLoaded = map[string]bool{
	"__typename": true, "id": true, "cognitoId": true, "username": true, "firstname": true, "lastname": true,
	"isViewer": true, "viewerCanFollow": true, // from who the caller is
}

// collect is the selected fields of what field returns, an object type.
func collect(op *graphql.OperationContext, field graphql.CollectedField, set ast.SelectionSet) []graphql.CollectedField {
	return graphql.CollectFields(op, set, []string{field.Definition.Type.Name()})
}

// either is what one or the other selection of the same users wants; both make their lookups.
func either(a, b loader.Selected) loader.Selected {
	return loader.Selected{
		Selection: model.Selection{Users: a.Users || b.Users, Details: a.Details || b.Details, Counts: a.Counts || b.Counts},
		Lookups:   a.Lookups + b.Lookups,
	}
}
