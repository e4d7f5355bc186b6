package executor

import (
	"encoding/json"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxSelections limits the length of a plan, and therefore the time to compile it. Fragments are expanded for each
// object type and each condition, so a plan can be orders of magnitude longer than its document. Longer operations are
// refused.
const maxSelections = 20_000

// plan is an operation that is ready to run: fragments are expanded for each object type, fields merged and keys
// encoded. A plan is immutable, and all executions share it.
type plan struct {
	object     string      // the root type
	stream     bool        // whether it is a subscription
	root       *planField  // a field that represents the operation: its value is the root object
	conditions []condition // the first is a placeholder for always
	selections int         // fields and fragments after expansion
	slots      int         // number of fields that have a slot for a call
	tooLong    bool        // all other fields are empty then
}

// selectionSet holds the selected fields of one object type.
type selectionSet struct {
	fields      []*planField // in the order of their keys, if none is conditional
	conditional []occurrence // otherwise every occurrence, in document order
	hasCall     bool         // whether the set or anything below contains a call
}

// occurrence is one selection of a field in the document.
type occurrence struct {
	field     *planField
	selection *ast.Field
	condition int32
}

// planField is one field of the answer, with all its occurrences merged.
type planField struct {
	*Field
	key            []byte // of the answer, with a comma before it, quotes and a colon
	typename       []byte // the value of __typename
	occurrences    []occurrence
	collectedField graphql.CollectedField // for resolvers; if occurrences are conditional, see Execution.collect
	selectionSets  []typeSelectionSet     // one for each possible object type of the value
	conditional    bool                   // whether any occurrence is conditional
	hasCall        bool                   // whether the field is a call or has one below
	delegated      bool
	slot           int // of its call, unique in the plan
}

type typeSelectionSet struct {
	name string
	*selectionSet
}

func (f *planField) selectionSet(name string) *selectionSet {
	for i := range f.selectionSets {
		if f.selectionSets[i].name == name {
			return f.selectionSets[i].selectionSet
		}
	}
	return nil
}

// compile returns the plan of a validated query or subscription, or nil if gqlgen has to run the operation. If the plan
// would be too long, only tooLong is set.
func compile(schema *Schema, definitions *ast.Schema, document *ast.QueryDocument, operation *ast.OperationDefinition) *plan {
	rootType := definitions.Query
	if operation.Operation == ast.Subscription {
		rootType = definitions.Subscription
	}
	if !isCompiled(operation.Operation) || schema.OperationDirectives && len(operation.Directives) > 0 || mayDefer(document, operation) {
		return nil
	}
	c := &compiler{
		schema: schema, definitions: definitions, document: document,
		plan: &plan{object: rootType.Name, stream: operation.Operation == ast.Subscription, conditions: make([]condition, 1)}, conditions: map[condition]int32{},
	}
	root := c.selectionSet(rootType.Name, []part{{operation.SelectionSet, always}})
	c.plan.root = &planField{selectionSets: []typeSelectionSet{{selectionSet: root}}, hasCall: true}
	switch {
	case c.tooLong:
		return &plan{tooLong: true} // drops what was compiled so far
	case c.plan.stream && !root.isStreamed():
		return nil
	}
	return c.plan
}

// isTooLong reports whether the operation has too many selections to run.
func (p *plan) isTooLong() bool { return p != nil && p.tooLong }

// isCompiled reports whether operations of a type can have a plan.
func isCompiled(operation ast.Operation) bool {
	return operation == ast.Query || operation == ast.Subscription
}

type compiler struct {
	schema      *Schema
	definitions *ast.Schema
	document    *ast.QueryDocument
	plan        *plan
	conditions  map[condition]int32 // the index of each condition in the plan
	tooLong     bool
}

// mayDefer reports whether the operation or any fragment of the document contains @defer.
func mayDefer(document *ast.QueryDocument, operation *ast.OperationDefinition) bool {
	return hasDefer(operation.SelectionSet) ||
		slices.ContainsFunc(document.Fragments, func(f *ast.FragmentDefinition) bool { return hasDefer(f.SelectionSet) })
}

func hasDefer(selections ast.SelectionSet) bool {
	return slices.ContainsFunc(selections, func(selection ast.Selection) bool {
		switch selection := selection.(type) {
		case *ast.Field:
			return hasDefer(selection.SelectionSet)
		case *ast.InlineFragment:
			return selection.Directives.ForName("defer") != nil || hasDefer(selection.SelectionSet)
		case *ast.FragmentSpread:
			return selection.Directives.ForName("defer") != nil
		default:
			return false
		}
	})
}

// part is a selection set under a condition.
type part struct {
	selections ast.SelectionSet
	condition  int32
}

// selectionSet compiles the union of several selection sets for one object type ("GraphQL", 6.3.2 Field Collection).
func (c *compiler) selectionSet(name string, parts []part) *selectionSet {
	collection := &collector{compiler: c, satisfies: c.schema.Types[name].Satisfies, byKey: map[string]*planField{}, visited: map[visit]bool{}}
	for _, part := range parts {
		collection.add(part)
	}
	result := &selectionSet{}
	conditional := false
	for _, o := range collection.occurrences {
		conditional = conditional || o.condition != always
	}
	if conditional {
		result.conditional = collection.occurrences
	}
	for _, field := range collection.fields {
		c.complete(name, field)
		result.hasCall = result.hasCall || field.hasCall
	}
	if !conditional {
		result.fields = collection.fields
	}
	return result
}

// complete compiles a field of an object type after all its occurrences have been collected.
func (c *compiler) complete(object string, field *planField) {
	if c.tooLong {
		return
	}
	first := field.occurrences[0].selection
	if first.Name == "__typename" {
		field.typename, _ = json.Marshal(object) // encoding a string never fails
		return
	}
	field.Field = c.schema.Types[object].Fields[first.Name]
	field.collectedField = collect(field.occurrences, nil)
	for _, o := range field.occurrences {
		field.conditional = field.conditional || o.condition != always
		field.delegated = field.delegated || slices.ContainsFunc(o.selection.Directives, isSchemaDirective)
	}
	field.delegated = field.delegated || field.Plain == nil && field.Resolve == nil && field.ResolveBatch == nil
	if !field.delegated {
		c.below(field, c.definitions.Types[object].Fields.ForName(first.Name))
	}
	if field.isCall() {
		field.hasCall = true
		field.slot = c.plan.slots
		c.plan.slots++
	}
}

// isSchemaDirective reports whether a directive comes from the schema. Plans implement only @skip and @include.
func isSchemaDirective(directive *ast.Directive) bool {
	return directive.Name != "skip" && directive.Name != "include"
}

// below compiles the selections of a field's value.
func (c *compiler) below(field *planField, definition *ast.FieldDefinition) {
	var parts []part
	for _, o := range field.occurrences {
		if len(o.selection.SelectionSet) > 0 {
			parts = append(parts, part{o.selection.SelectionSet, o.condition})
		}
	}
	if len(parts) == 0 {
		return
	}
	for _, possible := range c.definitions.GetPossibleTypes(c.definitions.Types[definition.Type.Name()]) {
		if possible.Kind != ast.Object { // the list also contains interfaces that implement the type
			continue
		}
		selectionSet := c.selectionSet(possible.Name, parts)
		field.selectionSets = append(field.selectionSets, typeSelectionSet{possible.Name, selectionSet})
		field.hasCall = field.hasCall || selectionSet.hasCall
	}
}

// collector collects the fields that are selected of one object type.
type collector struct {
	*compiler
	satisfies   []string
	fields      []*planField
	byKey       map[string]*planField
	occurrences []occurrence
	visited     map[visit]bool
}

type visit struct {
	fragment  string
	condition int32
}

func (c *collector) add(part part) {
	for _, selection := range part.selections {
		c.plan.selections++
		if c.tooLong = c.tooLong || c.plan.selections > maxSelections; c.tooLong {
			return
		}
		switch selection := selection.(type) {
		case *ast.Field:
			if condition, ok := c.condition(part.condition, selection.Directives); ok {
				c.field(selection, condition)
			}
		case *ast.InlineFragment:
			c.fragment(selection.TypeCondition, selection.Directives, selection.SelectionSet, part.condition)
		case *ast.FragmentSpread:
			// A second spread of a fragment adds nothing if the first had the same condition or none.
			if c.visited[visit{selection.Name, always}] || c.visited[visit{selection.Name, part.condition}] {
				continue
			}
			if len(selection.Directives) == 0 {
				c.visited[visit{selection.Name, part.condition}] = true
			}
			fragment := c.document.Fragments.ForName(selection.Name)
			c.fragment(fragment.TypeCondition, selection.Directives, fragment.SelectionSet, part.condition)
		}
	}
}

func (c *collector) fragment(typeCondition string, directives ast.DirectiveList, selections ast.SelectionSet, around int32) {
	condition, ok := c.condition(around, directives)
	if ok && (typeCondition == "" || slices.Contains(c.satisfies, typeCondition)) {
		c.add(part{selections, condition})
	}
}

func (c *collector) field(selection *ast.Field, condition int32) {
	field := c.byKey[selection.Alias]
	if field == nil {
		key, _ := json.Marshal(selection.Alias) // encoding a name never fails
		field = &planField{key: slices.Concat([]byte{','}, key, []byte{':'})}
		c.byKey[selection.Alias] = field
		c.fields = append(c.fields, field)
	}
	o := occurrence{field: field, selection: selection, condition: condition}
	field.occurrences = append(field.occurrences, o)
	c.occurrences = append(c.occurrences, o)
}

// collect returns the gqlgen form of a field: its first occurrence, with the selections of all active occurrences. If
// active is nil, all occurrences are active.
func collect(occurrences []occurrence, active []bool) graphql.CollectedField {
	var field graphql.CollectedField
	for _, o := range occurrences {
		if active != nil && !active[o.condition] {
			continue
		}
		if field.Field == nil {
			field.Field = o.selection
		}
		field.Selections = append(field.Selections, o.selection.SelectionSet...)
	}
	return field
}
