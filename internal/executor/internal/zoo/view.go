package zoo

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// View describes what a resolver sees of its field.
type View struct {
	seed
	Field    string
	Context  string
	Selected string
	Word     *string
	Plain    *View
	Spots    []Spot
}

type wordKey struct{}

// WithWord adds a word to the context. Views contain these words.
func WithWord(ctx context.Context, word string) context.Context {
	words, _ := ctx.Value(wordKey{}).(string)
	return context.WithValue(ctx, wordKey{}, words+" "+word)
}

// view returns what the resolver with this context sees.
func (s seed) view(ctx context.Context) *View {
	inner := &View{seed: s.at("plain"), Field: "plain", Context: "plain", Selected: "plain", Spots: listUpTo(s, 1, seed.spot)}
	return &View{
		seed: s, Field: describeField(graphql.GetFieldContext(ctx)), Context: describeContext(ctx), Selected: describeSelection(ctx),
		Word: optional(s.at("word"), func(s seed) string { return s.words("word") }), Plain: inner, Spots: listUpTo(s, 2, seed.spot),
	}
}

// commonView returns what a batch resolver sees and all its parents share.
func (s seed) commonView(ctx context.Context) *View {
	field := *graphql.GetFieldContext(ctx)
	field.Parent = nil
	return &View{seed: s, Field: describeField(&field), Context: describeRoot(ctx), Selected: describeSelection(ctx)}
}

// describeField describes a field and its ancestors.
func describeField(field *graphql.FieldContext) string {
	var parts []string
	for ; field != nil; field = field.Parent {
		switch {
		case field.Index != nil:
			parts = append(parts, fmt.Sprintf("[%d] %T", *field.Index, field.Result))
		case field.Field.Field == nil:
			parts = append(parts, field.Object)
		default:
			parts = append(parts, fmt.Sprintf("%s.%s:%s %s %t %t %t %T", field.Object, field.Field.Alias, field.Field.Name,
				text(field.Args), field.IsMethod, field.IsResolver, field.NonNull, field.Result))
		}
	}
	return strings.Join(parts, " / ")
}

// describeRoot describes the operation.
func describeRoot(ctx context.Context) string {
	operation, field := graphql.GetOperationContext(ctx), graphql.GetRootFieldContext(ctx)
	return fmt.Sprintf("%s %s.%s:%s", operation.OperationName, field.Object, field.Field.Alias, field.Field.Name)
}

// describeContext describes the operation, the path and the words in the context.
func describeContext(ctx context.Context) string {
	return fmt.Sprint(describeRoot(ctx), " ", graphql.GetPath(ctx), ctx.Value(wordKey{}))
}

// describeSelection describes the selections of the field that is being resolved.
func describeSelection(ctx context.Context) string {
	field := graphql.GetFieldContext(ctx)
	return fmt.Sprint(
		selections(ctx, field, field.Field), graphql.CollectAllFields(ctx),
		graphql.FieldRequested(ctx, "again.field"), graphql.AnyFieldRequested(ctx, "plain.word", "spots.x"),
	)
}

func selections(ctx context.Context, parent *graphql.FieldContext, field graphql.CollectedField) string {
	operation := graphql.GetOperationContext(ctx)
	var parts []string
	for _, inner := range graphql.CollectFields(operation, field.Selections, []string{field.Definition.Type.Name()}) {
		description := inner.Alias + ":" + inner.Name + text(inner.ArgumentMap(operation.Variables))
		if parent != nil && inner.Name != "__typename" {
			child, err := parent.Child(ctx, inner)
			description += fmt.Sprint(err, child.Object, text(child.Args))
		}
		if inner.Definition.Type.Name() != "" && !isLeaf(inner.Definition) {
			description += selections(ctx, nil, inner)
		}
		parts = append(parts, description)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// isLeaf reports whether a field has no fields below it.
func isLeaf(field *ast.FieldDefinition) bool {
	return field.Type.Name() != "View" && field.Type.Name() != "Spot"
}
