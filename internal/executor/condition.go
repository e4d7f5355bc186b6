package executor

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// always is the condition that holds in every execution.
const always int32 = 0

// condition is what @skip and @include ask for, around it and of one variable. A plan has each once.
type condition struct {
	around   int32 // the condition of what it stands in
	variable string
	want     bool
}

// condition is the condition of a selection with these directives inside one; ok is false where none can hold.
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

// decide fills active with which conditions hold; ok is false where a variable is no boolean.
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
