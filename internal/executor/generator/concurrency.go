package generator

import (
	"github.com/99designs/gqlgen/codegen"
)

// runConcurrently makes gqlgen's own executor run plain fields with resolvers below them concurrently. gqlgen does so
// only for resolvers and for methods with a context. It answers plain fields one after the other: of two such fields,
// or one field under two aliases, the second would begin after everything below the first is complete. Its resolvers
// would then come too late for a batch with those of the first. Marking a Go field as a method with a context changes
// nothing else.
//
// Fields that are bound to methods keep their behavior: bind a field that leads to resolvers to a Go field.
func runConcurrently(data *codegen.Data) {
	b := &build{Data: data}
	for _, object := range b.Objects {
		for _, field := range object.Fields {
			if !object.IsReserved() && b.Kind(field) == "plain" && field.IsVariable() && b.leadsToCall(field, map[string]bool{}) {
				field.MethodHasContext = true
			}
		}
	}
}

// leadsToCall reports whether there are calls below a field.
func (b *build) leadsToCall(field *codegen.Field, seen map[string]bool) bool {
	for _, possible := range b.Schema.GetPossibleTypes(field.TypeReference.Definition) {
		if seen[possible.Name] {
			continue
		}
		seen[possible.Name] = true
		object := b.Objects.ByName(possible.Name)
		if object == nil {
			continue
		}
		for _, below := range object.Fields {
			if !below.IsReserved() && (b.Kind(below) != "plain" || b.leadsToCall(below, seen)) {
				return true
			}
		}
	}
	return false
}
