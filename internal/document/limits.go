package document

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
)

// The limits of a document before fragment expansion. They bound the cost of validation. Package graph/operation limits
// the cost of an operation.
const (
	MaxTokens = 15_000

	maxNameBytes   = 128 // suggestions compare a wrong name with all known names
	maxNesting     = 64  // nested selection sets, lists and objects within one definition
	maxDefinitions = 500 // operations and fragments
	maxVariables   = 250 // of an operation; each use of a variable searches them
	maxAliases     = 500 // fields with an alias other than their name; each takes space in the answer
	maxDirectives  = 500
	maxVisits      = 100_000 // nodes that validation visits: for each operation and fragment, all nodes that it reaches
)

// measure returns an error if a document exceeds a limit. It visits each node once. Its time is proportional to the
// number of definitions times the number of spreads.
func measure(document *ast.QueryDocument) *gqlerror.Error {
	if n := len(document.Operations) + len(document.Fragments); n > maxDefinitions {
		return tooComplex(document.Position, "the document has %d operations and fragments; the limit is %d", n, maxDefinitions)
	}
	m := &measurement{}
	for _, operation := range document.Operations {
		m.begin(operation.Name, operation.Position)
		if n := len(operation.VariableDefinitions); n > maxVariables {
			m.refuse(operation.Position, "an operation has %d variables; the limit is %d", n, maxVariables)
		}
		for _, variable := range operation.VariableDefinitions {
			m.name(variable.Variable, variable.Position)
			m.typeName(variable.Type)
			m.value(variable.DefaultValue, 1)
			m.directives(variable.Directives, 1)
		}
		m.directives(operation.Directives, 1)
		m.selections(operation.SelectionSet, 1)
	}
	for _, fragment := range document.Fragments {
		m.begin(fragment.Name, fragment.Position)
		m.name(fragment.TypeCondition, fragment.Position)
		m.directives(fragment.Directives, 1)
		m.selections(fragment.SelectionSet, 1)
	}
	if m.err == nil {
		m.visits(document)
	}
	return m.err
}

// measurement counts the parts of a document.
type measurement struct {
	definitions    []definition // in document order, operations first
	aliasCount     int
	directiveCount int
	err            *gqlerror.Error // for the first limit that is exceeded
}

// definition is an operation or a fragment.
type definition struct {
	nodes   int
	spreads []string
}

func tooComplex(at *ast.Position, format string, args ...any) *gqlerror.Error {
	err := gqlerror.Wrap(apperr.New(apperr.QueryTooComplex, format, args...))
	if at != nil {
		err.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	}
	return err
}

func (m *measurement) refuse(at *ast.Position, format string, args ...any) {
	if m.err == nil {
		m.err = tooComplex(at, format, args...)
	}
}

func (m *measurement) begin(name string, at *ast.Position) {
	m.definitions = append(m.definitions, definition{})
	m.name(name, at)
}

// node counts one node of the current definition.
func (m *measurement) node() *definition {
	current := &m.definitions[len(m.definitions)-1]
	current.nodes++
	return current
}

func (m *measurement) name(name string, at *ast.Position) {
	if len(name) > maxNameBytes {
		m.refuse(at, "a name in the document has %d bytes; the limit is %d", len(name), maxNameBytes)
	}
}

func (m *measurement) typeName(t *ast.Type) {
	for ; t != nil; t = t.Elem {
		m.name(t.NamedType, t.Position)
	}
}

// exceedsNesting reports whether measuring stops, because of this level of nesting or an earlier limit.
func (m *measurement) exceedsNesting(level int, at *ast.Position) bool {
	if level > maxNesting {
		m.refuse(at, "the document is nested more than %d levels deep", maxNesting)
	}
	return m.err != nil
}

func (m *measurement) selections(set ast.SelectionSet, level int) {
	for _, selection := range set {
		if m.exceedsNesting(level, selection.GetPosition()) {
			return
		}
		current := m.node()
		switch selection := selection.(type) {
		case *ast.Field:
			m.field(selection, level)
		case *ast.InlineFragment:
			m.name(selection.TypeCondition, selection.Position)
			m.directives(selection.Directives, level)
			m.selections(selection.SelectionSet, level+1)
		case *ast.FragmentSpread:
			current.spreads = append(current.spreads, selection.Name)
			m.name(selection.Name, selection.Position)
			m.directives(selection.Directives, level)
		}
	}
}

func (m *measurement) field(field *ast.Field, level int) {
	m.name(field.Name, field.Position)
	if field.Alias != field.Name {
		m.name(field.Alias, field.Position)
		if m.aliasCount++; m.aliasCount > maxAliases {
			m.refuse(field.Position, "the document has more aliases than the limit of %d", maxAliases)
		}
	}
	m.arguments(field.Arguments, level)
	m.directives(field.Directives, level)
	m.selections(field.SelectionSet, level+1)
}

func (m *measurement) directives(directives ast.DirectiveList, level int) {
	for _, directive := range directives {
		m.node()
		m.name(directive.Name, directive.Position)
		m.arguments(directive.Arguments, level)
		if m.directiveCount++; m.directiveCount > maxDirectives {
			m.refuse(directive.Position, "the document has more directives than the limit of %d", maxDirectives)
		}
	}
}

func (m *measurement) arguments(arguments ast.ArgumentList, level int) {
	for _, argument := range arguments {
		m.node()
		m.name(argument.Name, argument.Position)
		m.value(argument.Value, level+1)
	}
}

func (m *measurement) value(value *ast.Value, level int) {
	if value == nil || m.exceedsNesting(level, value.Position) {
		return
	}
	m.node()
	if value.Kind == ast.EnumValue || value.Kind == ast.Variable {
		m.name(value.Raw, value.Position)
	}
	for _, child := range value.Children {
		m.name(child.Name, child.Position)
		m.value(child.Value, level+1)
	}
}

// visits counts the nodes that each definition reaches through fragment spreads.
func (m *measurement) visits(document *ast.QueryDocument) {
	byName := make(map[string]int, len(document.Fragments))
	for i, fragment := range document.Fragments {
		if _, ok := byName[fragment.Name]; !ok {
			byName[fragment.Name] = len(document.Operations) + i
		}
	}
	reachedFrom := make([]int, len(m.definitions)) // the last definition that reaches each definition, counted from 1
	total := 0
	for start := range m.definitions {
		reachedFrom[start] = start + 1
		for todo := []int{start}; len(todo) > 0; {
			next := &m.definitions[todo[len(todo)-1]]
			todo = todo[:len(todo)-1]
			total += next.nodes
			for _, name := range next.spreads {
				at, ok := byName[name]
				if ok && reachedFrom[at] != start+1 {
					reachedFrom[at] = start + 1
					todo = append(todo, at)
				}
			}
		}
		if total > maxVisits {
			m.refuse(document.Position, "the document expands to more than %d selections, arguments and values: use fewer fragment spreads",
				maxVisits)
			return
		}
	}
}
