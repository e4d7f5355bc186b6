// Package generator is the gqlgen plugin that generates the tables of the compiled executor, from gqlgen's data and
// next to gqlgen's code.
package generator

import (
	_ "embed"
	"go/types"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/executor"
)

//go:embed tables.gotpl
var tables string

// Plugin writes compiled.go into the package of gqlgen's executable schema. It adds the function NewCompiledSchema to
// that package. It also makes the code that gqlgen generates afterwards run more fields concurrently, see
// runConcurrently.
type Plugin struct{}

var _ plugin.CodeGenerator = Plugin{}

// Name returns the plugin's name.
func (Plugin) Name() string { return "compiled executor" }

// GenerateCode writes the file.
func (Plugin) GenerateCode(data *codegen.Data) error {
	defer runConcurrently(data) // afterwards: the tables depend on the original data
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.Dir(), "compiled.go"),
		Data:            &build{Data: data},
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		Template:        tables,
	})
}

// build is the data of the template.
type build struct{ *codegen.Data }

// ExecutorPackage returns the import path of the executor's package.
func (*build) ExecutorPackage() string { return reflect.TypeFor[executor.Schema]().PkgPath() }

// Kind returns how a field is answered: plain, resolver, batch or delegated.
func (b *build) Kind(field *codegen.Field) string {
	switch {
	case field.HasDirectives(), field.TypeReference.IsRoot, field.HasFederationRequiresArg(), field.UsesSubscriptionContext():
		return "delegated"
	case field.IsBatch() && !field.Object.Root:
		return "batch"
	case field.IsResolver:
		return "resolver"
	case field.HasHaser, field.VOkFunc, field.IsMap(), len(field.Args) > 0, field.MethodHasContext, field.GoReceiverName != "obj":
		return "delegated"
	default:
		return "plain"
	}
}

// Delegable reports whether a field needs a way into gqlgen's executor: if nothing else answers it, or if a query may
// put a directive of the schema on it. For the field of a subscription gqlgen runs the whole operation.
func (b *build) Delegable(field *codegen.Field) bool {
	return !field.Object.Stream && (b.Kind(field) == "delegated" || len(b.AllDirectives.LocationDirectives("FIELD")) > 0)
}

// OperationDirectives reports whether the schema defines directives for queries.
func (b *build) OperationDirectives() bool {
	return len(b.AllDirectives.LocationDirectives("QUERY")) > 0
}

// ReachableObjects returns the types that have tables: all objects that a query or a subscription can reach.
func (b *build) ReachableObjects() []*codegen.Object {
	var objects []*codegen.Object
	for _, object := range b.Objects {
		if !object.IsReserved() && (!object.Root || object == b.QueryRoot || object.Stream) {
			objects = append(objects, object)
		}
	}
	return objects
}

// Satisfies returns the name of gqlgen's variable that lists the type conditions an object matches.
func (b *build) Satisfies(object *codegen.Object) string {
	return templates.LcFirst(object.Name) + "Implementors"
}

// WrittenTypes returns the types of values that the tables write, without duplicates and ordered by the names of their
// functions.
func (b *build) WrittenTypes() []*config.TypeReference {
	byName := map[string]*config.TypeReference{}
	for _, object := range b.ReachableObjects() {
		for _, field := range object.Fields {
			if b.Kind(field) != "delegated" {
				addWrittenType(byName, field.TypeReference)
			}
		}
	}
	references := slices.Collect(maps.Values(byName))
	slices.SortFunc(references, func(a, b *config.TypeReference) int { return strings.Compare(Write(a), Write(b)) })
	return references
}

func addWrittenType(references map[string]*config.TypeReference, reference *config.TypeReference) {
	if _, ok := references[Write(reference)]; ok {
		return
	}
	references[Write(reference)] = reference
	if reference.IsSlice() || reference.IsPtrToSlice() || reference.IsPtrToIntf() || isPointerToPointer(reference) {
		addWrittenType(references, reference.Elem())
	}
}

func isPointerToPointer(reference *config.TypeReference) bool {
	return reference.IsPtrToPtr() && reference.Unmarshaler == nil && !reference.IsMarshaler
}

// Abstract returns the interfaces and unions among the written types, including the interfaces that implement them.
func (b *build) Abstract() []*codegen.Interface {
	abstract := map[string]*codegen.Interface{}
	for _, reference := range b.WrittenTypes() {
		b.addAbstract(abstract, reference.Definition.Name)
	}
	return slices.SortedFunc(maps.Values(abstract), func(a, b *codegen.Interface) int { return strings.Compare(a.Name, b.Name) })
}

func (b *build) addAbstract(abstract map[string]*codegen.Interface, name string) {
	abstractType := b.Interfaces[name]
	if _, ok := abstract[name]; abstractType == nil || ok {
		return
	}
	abstract[name] = abstractType
	for _, implementor := range abstractType.Implementors {
		b.addAbstract(abstract, implementor.Name)
	}
}

// Write returns the name of the function that writes a type.
func (*build) Write(reference *config.TypeReference) string { return Write(reference) }

// Write returns the name of the function that writes a type: gqlgen's name with another verb.
func Write(reference *config.TypeReference) string {
	return "write" + strings.TrimPrefix(reference.MarshalFunc(), "marshal")
}

// ByPointer reports whether the function of a type takes a pointer to the value, so that list elements are not copied.
func (*build) ByPointer(reference *config.TypeReference) bool {
	return !reference.IsNilable() && !reference.IsMarshaler && reference.Marshaler == nil &&
		reference.Definition.Kind == ast.Object
}

// IsPointerToPointer reports whether gqlgen handles the type as a pointer to a pointer.
func (*build) IsPointerToPointer(reference *config.TypeReference) bool {
	return isPointerToPointer(reference)
}

// Builtin returns the method of Execution that replaces one of gqlgen's own marshal functions, or "".
func (*build) Builtin(reference *config.TypeReference) string {
	switch reference.Marshaler.FullName() {
	case "github.com/99designs/gqlgen/graphql.MarshalString", "github.com/99designs/gqlgen/graphql.MarshalID":
		return "String"
	case "github.com/99designs/gqlgen/graphql.MarshalInt", "github.com/99designs/gqlgen/graphql.MarshalInt32",
		"github.com/99designs/gqlgen/graphql.MarshalInt64":
		return "Int"
	case "github.com/99designs/gqlgen/graphql.MarshalBoolean":
		return "Boolean"
	default:
		return ""
	}
}

// Appender returns the function AppendX(buffer []byte, value T) []byte next to a scalar's MarshalX, or nil. It must
// append what MarshalX writes. It is used for values that are never null.
func (*build) Appender(reference *config.TypeReference) *types.Func {
	marshaler := reference.Marshaler
	if marshaler.Pkg() == nil {
		return nil
	}
	name := "Append" + strings.TrimPrefix(marshaler.Name(), "Marshal")
	function, _ := marshaler.Pkg().Scope().Lookup(name).(*types.Func)
	if function == nil {
		return nil
	}
	signature := function.Signature()
	bytes := types.NewSlice(types.Typ[types.Byte])
	if signature.Params().Len() != 2 || signature.Results().Len() != 1 ||
		!types.Identical(signature.Params().At(0).Type(), bytes) || !types.Identical(signature.Results().At(0).Type(), bytes) {
		return nil
	}
	return function
}

// GeneratedEnum reports whether a type is an enum that gqlgen generated, whose value is its name.
func (b *build) GeneratedEnum(reference *config.TypeReference) bool {
	target := reference.GO
	if pointer, ok := target.(*types.Pointer); ok {
		target = pointer.Elem()
	}
	named, ok := target.(*types.Named)
	if !ok || reference.Definition.Kind != ast.Enum || !types.Identical(named.Underlying(), types.Typ[types.String]) {
		return false
	}
	position := b.Config.NewBinder().ObjectPosition(named.Obj())
	return filepath.Base(position.Filename) == filepath.Base(b.Config.Model.Filename)
}
