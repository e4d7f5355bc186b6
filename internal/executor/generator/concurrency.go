package generator

import (
	"github.com/99designs/gqlgen/codegen"
)

// beside has gqlgen's own executor run the fields of an object side by side that are data and have resolvers below. It
// does so with fields that are resolvers or methods with a context, and comes to data one field after the other: of two
// such fields, or of one under two aliases, the second would begin once everything below the first is answered, and
// resolvers that are to be batched with the first one's would come too late. For a Go field, to say that its method
// has a context changes nothing but that.
//
// Fields that are bound to methods stay as they are: what leads to resolvers should be a Go field.
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

// leads tells whether there are calls below a field.
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
