package executor

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// always is the index of the condition that holds in every execution.
const always int32 = 0

// condition is one @skip or @include with a variable, inside an outer condition. A plan contains each condition once.
type condition struct {
	around   int32 // index of the outer condition
	variable string
	want     bool
}

// condition returns the condition of a selection with these directives inside an outer condition. ok is false if it
// never holds.
func (c *compiler) condition(around int32, directives ast.DirectiveList) (at int32, ok bool) {
	at = around
	for _, directive := range directives {
		if directive.Name != "skip" && directive.Name != "include" {
			continue
		}
		want := directive.Name == "include"
		value := directive.Arguments.ForName("if").Value
		if value.Kind != ast.Variable {
			if (value.Raw == "true") != want {
				return 0, false
			}
			continue
		}
		at = c.intern(condition{around: at, variable: value.Raw, want: want})
	}
	return at, true
}

func (c *compiler) intern(want condition) int32 {
	at, ok := c.conditions[want]
	if !ok {
		at = int32(len(c.plan.conditions))
		c.conditions[want] = at
		c.plan.conditions = append(c.plan.conditions, want)
	}
	return at
}

// decide evaluates the plan's conditions into active. ok is false if a variable is not a boolean.
func (p *plan) decide(active []bool, variables map[string]any) (_ []bool, ok bool) {
	active = append(active[:0], true)
	for _, condition := range p.conditions[1:] {
		value, ok := variables[condition.variable].(bool)
		if !ok {
			return active, false
		}
		active = append(active, active[condition.around] && value == condition.want)
	}
	return active, true
}
