package zoo

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// View is what a resolver sees of its field.
type View struct {
	origin
	Field    string
	Context  string
	Selected string
	Word     *string
	Plain    *View
	Spots    []Spot
}

type wordKey struct{}

// WithWord adds a word to the context, which views then tell.
func WithWord(ctx context.Context, word string) context.Context {
	known, _ := ctx.Value(wordKey{}).(string)
	return context.WithValue(ctx, wordKey{}, known+" "+word)
}

// view is what the resolver with this context sees.
func (o origin) view(ctx context.Context) *View {
	inner := &View{origin: o.at("plain"), Field: "plain", Context: "plain", Selected: "plain", Spots: several(o, 1, origin.spot)}
	return &View{
		origin: o, Field: around(graphql.GetFieldContext(ctx)), Context: context_(ctx), Selected: selected(ctx),
		Word: maybe(o.at("word"), func(o origin) string { return o.words("word") }), Plain: inner, Spots: several(o, 2, origin.spot),
	}
}

// commonView is what a batch resolver sees and what is the same for all parents.
func (o origin) commonView(ctx context.Context) *View {
	field := *graphql.GetFieldContext(ctx)
	field.Parent = nil
	return &View{origin: o, Field: around(&field), Context: root(ctx), Selected: selected(ctx)}
}

// around tells of a field and of those around it.
func around(field *graphql.FieldContext) string {
	var told []string
	for ; field != nil; field = field.Parent {
		switch {
		case field.Index != nil:
			told = append(told, fmt.Sprintf("[%d] %T", *field.Index, field.Result))
		case field.Field.Field == nil:
			told = append(told, field.Object)
		default:
			told = append(told, fmt.Sprintf("%s.%s:%s %s %t %t %t %T", field.Object, field.Field.Alias, field.Field.Name,
				text(field.Args), field.IsMethod, field.IsResolver, field.NonNull, field.Result))
		}
	}
	return strings.Join(told, " / ")
}

// root tells of the operation.
func root(ctx context.Context) string {
	operation, field := graphql.GetOperationContext(ctx), graphql.GetRootFieldContext(ctx)
	return fmt.Sprintf("%s %s.%s:%s", operation.OperationName, field.Object, field.Field.Alias, field.Field.Name)
}

// context_ tells of the operation, of the path and of the words.
func context_(ctx context.Context) string { //nolint:revive // context is a package
	return fmt.Sprint(root(ctx), " ", graphql.GetPath(ctx), ctx.Value(wordKey{}))
}

// selected tells what is selected of the value of the field that is being resolved.
func selected(ctx context.Context) string {
	field := graphql.GetFieldContext(ctx)
	return fmt.Sprint(
		selections(ctx, field, field.Field), graphql.CollectAllFields(ctx),
		graphql.FieldRequested(ctx, "again.field"), graphql.AnyFieldRequested(ctx, "plain.word", "spots.x"),
	)
}

func selections(ctx context.Context, context *graphql.FieldContext, field graphql.CollectedField) string {
	operation := graphql.GetOperationContext(ctx)
	var told []string
	for _, inner := range graphql.CollectFields(operation, field.Selections, []string{field.Definition.Type.Name()}) {
		description := inner.Alias + ":" + inner.Name + text(inner.ArgumentMap(operation.Variables))
		if context != nil && inner.Name != "__typename" {
			child, err := context.Child(ctx, inner)
			description += fmt.Sprint(err, child.Object, text(child.Args))
		}
		if inner.Definition.Type.Name() != "" && !isLeaf(inner.Definition) {
			description += selections(ctx, nil, inner)
		}
		told = append(told, description)
	}
	return "{" + strings.Join(told, ",") + "}"
}

// isLeaf tells whether nothing can be selected of a field.
func isLeaf(field *ast.FieldDefinition) bool {
	return field.Type.Name() != "View" && field.Type.Name() != "Spot"
}
