package document

import (
	"cmp"
	"slices"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Validation stops after this number of errors, or bytes of their messages. One more error says so.
const (
	maxErrors     = 100
	maxErrorBytes = 64 << 10
)

// gqlparser's rules, ordered by name. Two are replaced: overlapping fields (merge.go) and values (values.go).
var (
	rulesWithSuggestions = sortedRules(map[string]core.Rule{
		rules.ValuesOfCorrectTypeRule.Name: valuesOfCorrectType(true),
	})
	rulesWithoutSuggestions = sortedRules(map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: valuesOfCorrectType(false),
	})
)

func sortedRules(instead map[string]core.Rule) []core.Rule {
	all := rules.NewDefaultRules()
	all.RemoveRule(rules.OverlappingFieldsCanBeMergedRule.Name)
	var list []core.Rule
	for name, check := range all.GetInner() {
		rule, other := instead[name]
		if !other {
			rule = core.Rule{Name: name, RuleFunc: check}
		}
		list = append(list, rule)
	}
	slices.SortFunc(list, func(a, b core.Rule) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// stopSignal is the value of a panic that leaves gqlparser's walk of a document. The walk has no other way to stop.
type stopSignal struct{}

// validate checks a measured document by all rules except the one about overlapping fields.
func validate(schema *ast.Schema, document *ast.QueryDocument, suggestions bool) (errs gqlerror.List) {
	applied := rulesWithoutSuggestions
	if suggestions {
		applied = rulesWithSuggestions
	}
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case stopSignal:
			errs = append(errs, invalid("there are more errors: the rest of the document was not checked"))
		default:
			panic(fault)
		}
	}()
	observers, size := &core.Events{}, 0
	for _, rule := range applied {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			err := invalid("")
			for _, option := range options {
				option(err)
			}
			errs = append(errs, err)
			if size += len(err.Message); len(errs) == maxErrors || size > maxErrorBytes {
				panic(stopSignal{})
			}
		})
	}
	core.Walk(schema, document, observers)
	return errs
}

func invalid(message string, at ...*ast.Position) *gqlerror.Error {
	err := &gqlerror.Error{Message: message}
	for _, position := range at {
		core.At(position)(err)
	}
	errcode.Set(err, errcode.ValidationFailed)
	return err
}
