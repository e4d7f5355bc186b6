//go:build !race

package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/globalid"
)

// hostileVariables are the variables of every operation.
var hostileVariables = map[string]any{"yes": true, "no": false}

// pick is a field with a number of aliases and its selections.
type pick struct {
	field     *ast.FieldDefinition
	on        string // the object type, if the parent's type is an interface
	copies    int
	page      int    // the argument first, if there is one; 0: not given
	arguments string // other arguments
	spread    bool   // the selections include the fragment
	below     []*pick
}

// hostileOperation is an operation with a chain of fragments on User. Each fragment spreads the next one in its links.
type hostileOperation struct {
	mutation string // the field and its input; empty: a query
	roots    []*pick
	links    []*pick
	chain    int
}

func (p *pick) clone() *pick {
	c := *p
	c.below = cloneAll(p.below)
	return &c
}

func cloneAll(picks []*pick) []*pick {
	all := make([]*pick, len(picks))
	for i, each := range picks {
		all[i] = each.clone()
	}
	return all
}

func (o hostileOperation) clone() hostileOperation {
	o.roots, o.links = cloneAll(o.roots), cloneAll(o.links)
	return o
}

// text returns the text of the operation.
func (o hostileOperation) text() string {
	var text strings.Builder
	kind, open, end := "query", "{ ", " }"
	if o.mutation != "" {
		kind, open, end = "mutation", "{ m: "+o.mutation+" { ", " } }"
	}
	body := selections(o.roots, "f0")
	declared := "($yes: Boolean = true, $no: Boolean = false)"
	fmt.Fprintf(&text, "%s %s %s__typename @include(if: $yes) n: __typename @skip(if: $no) %s%s", kind, declared, open, body, end)
	if strings.Contains(body, "...f0") {
		for i := range o.chain {
			fmt.Fprintf(&text, " fragment f%d on User { id %s }", i, selections(o.links, fmt.Sprint("f", i+1)))
		}
		fmt.Fprintf(&text, " fragment f%d on User { id username }", o.chain)
	}
	return text.String()
}

// fields returns the number of fields in the text of picks, without fragments. Aliases multiply it.
func fields(picks []*pick) float64 {
	n := 0.0
	for _, p := range picks {
		n += float64(p.copies) * (1 + fields(p.below))
	}
	return n
}

// isShort reports whether an operation is worth sending. Most longer ones are rejected because of their length.
func (o hostileOperation) isShort() bool {
	return fields(o.roots)+fields(o.links)*float64(o.chain) < 5_000
}

// selections returns the text of picks, which spread the fragment next.
func selections(picks []*pick, next string) string {
	var text strings.Builder
	for i, p := range picks {
		open, end := "", ""
		if p.on != "" {
			open, end = "... on "+p.on+" { ", "} "
		}
		text.WriteString(open)
		below := ""
		if isComposite(p.field) {
			below = "{ __typename " + selections(p.below, next) + "} "
			if p.spread {
				below = "{ __typename ..." + next + " " + selections(p.below, next) + "} "
			}
		}
		arguments := p.arguments
		if p.page > 0 {
			arguments = fmt.Sprintf("first: %d %s", p.page, arguments)
		}
		if arguments != "" {
			arguments = "(" + arguments + ")"
		}
		for copied := range p.copies {
			fmt.Fprintf(&text, "a%d_%d: %s%s %s", i, copied, p.field.Name, arguments, below)
		}
		text.WriteString(end)
	}
	return text.String()
}

// hostileSearcher generates and mutates operations.
type hostileSearcher struct {
	*rand.Rand
	schema graphql.ExecutableSchema
}

// next returns a new operation, or a mutation of one in kept. It selects better ones more often.
func (h *hostileSearcher) next(kept []candidate) hostileOperation {
	if len(kept) < keptHostile/4 || h.IntN(8) == 0 {
		return h.fresh()
	}
	operation := kept[min(h.IntN(len(kept)), h.IntN(len(kept)))].clone()
	for range 1 + h.IntN(3) {
		h.change(&operation)
	}
	return operation
}

// oneOf returns one of values at random.
func oneOf[T any](h *hostileSearcher, values ...T) T { return values[h.IntN(len(values))] }

func (h *hostileSearcher) definition(name string) *ast.Definition {
	return h.schema.Schema().Types[name]
}

func isComposite(field *ast.FieldDefinition) bool {
	switch field.Type.Name() {
	case "User", "Node", "Follow", "RateLimit", "PageInfo", "UserFollowStats", "FollowSuggestion", "FollowUserResult", "FollowError":
		return true
	}
	name := field.Type.Name()
	return strings.HasSuffix(name, "Connection") || strings.HasSuffix(name, "Edge") || strings.HasSuffix(name, "Payload") ||
		strings.HasPrefix(name, "__") && name != "__TypeKind" && name != "__DirectiveLocation"
}

func (h *hostileSearcher) fresh() hostileOperation {
	operation := hostileOperation{chain: h.IntN(16)}
	operation.links = []*pick{h.linked(), h.linked()}
	root := h.definition("Query")
	if h.IntN(5) == 0 {
		id := globalid.User("user1")
		payload := oneOf(h, "FollowUser", "UnfollowUser", "RemoveFollower", "FollowUsers", "UpdateProfile")
		input := fmt.Sprintf("userId: %q", id)
		switch payload {
		case "FollowUsers":
			input = "userIds: [" + h.ids(100) + "]"
		case "UpdateProfile":
			input = "firstname: \"x\""
		}
		operation.mutation = fmt.Sprintf("%s(input: { %s })", strings.ToLower(payload[:1])+payload[1:], input)
		root = h.definition(payload + "Payload")
	}
	operation.roots = h.picks(root, 6)
	return operation
}

// linked returns a connection of a user whose nodes spread the fragments.
func (h *hostileSearcher) linked() *pick {
	link := h.pick(h.definition("User"), h.definition("User").Fields.ForName(oneOf(h, "followers", "following", "friends")), 0)
	nodes := h.pick(h.definition("UserConnection"), h.definition("UserConnection").Fields.ForName("nodes"), 0)
	link.copies, link.page, nodes.copies, nodes.spread = 1, oneOf(h, 1, 1, 2), 1, true
	link.below = []*pick{nodes}
	return link
}

// picks selects several fields of a type.
func (h *hostileSearcher) picks(of *ast.Definition, depth int) []*pick {
	var all []*pick
	for range 1 + h.IntN(3) {
		fields := slices.DeleteFunc(slices.Clone(of.Fields), func(field *ast.FieldDefinition) bool {
			return field.Name == "__typename" || depth == 0 && isComposite(field)
		})
		if len(fields) == 0 {
			continue
		}
		all = append(all, h.pick(of, fields[h.IntN(len(fields))], depth))
	}
	return all
}

func (h *hostileSearcher) pick(of *ast.Definition, field *ast.FieldDefinition, depth int) *pick {
	p := &pick{field: field, copies: oneOf(h, 1, 1, 1, 1, 2, 5, 30)}
	h.argue(p)
	if !isComposite(field) || depth == 0 {
		return p
	}
	below := h.definition(field.Type.Name())
	if below.Name == "Node" {
		p.below = h.picks(h.definition("User"), depth-1)
		for _, inner := range p.below {
			inner.on = "User"
		}
		return p
	}
	p.spread = below.Name == "User" && h.IntN(4) == 0
	p.below = h.picks(below, depth-1)
	_ = of
	return p
}

// argue sets the arguments of a field, usually to valid values.
func (h *hostileSearcher) argue(p *pick) {
	p.page, p.arguments = 0, ""
	for _, argument := range p.field.Arguments {
		switch argument.Name {
		case "first":
			p.page = oneOf(h, 1, 2, 5, 20, 50, 100, 1_000)
		case "after":
			if h.IntN(8) == 0 {
				p.arguments += `after: "x" `
			}
		case "with":
			p.arguments += fmt.Sprintf("with: %q ", oneOf(h, globalid.User("ada"), globalid.User("user7"), "x"))
		case "fromId", "toId":
			p.arguments += argument.Name + ": " + h.ids(1)
		case "ids", "followerIds", "followingIds", "toIds":
			p.arguments += argument.Name + ": [" + h.ids(oneOf(h, 1, 10, 100)) + "] "
		case "query":
			p.arguments += fmt.Sprintf("query: %q ", oneOf(h, "u", "user", "user1", "x", "𐍈"))
		case "cognitoId":
			p.arguments += `cognitoId: "ada" `
		case "id":
			if p.field.Name == "node" {
				p.arguments += fmt.Sprintf("id: %q ", globalid.User("ada"))
			}
		case "name":
			p.arguments += `name: "User" `
		}
	}
}

// ids returns n global ids of users.
func (h *hostileSearcher) ids(n int) string { return globalIDs(1+h.IntN(9_000), n) }

// change makes one mutation.
func (h *hostileSearcher) change(o *hostileOperation) {
	all := slices.Concat(flattened(o.roots), flattened(o.links))
	if len(all) == 0 || h.IntN(10) == 0 {
		o.chain = max(0, o.chain+oneOf(h, -2, -1, 1, 2))
		return
	}
	p := all[h.IntN(len(all))]
	switch h.IntN(8) {
	case 0, 1:
		p.copies = max(1, p.copies*oneOf(h, 1, 2, 3)/oneOf(h, 1, 2, 3)+h.IntN(3)-1)
	case 2, 3:
		if p.page > 0 {
			p.page = min(max(1, p.page*oneOf(h, 1, 2, 3)/oneOf(h, 1, 2, 3)+h.IntN(5)-2), 100)
		}
	case 4:
		h.argue(p)
	case 5, 6:
		if isComposite(p.field) {
			of := h.definition(p.field.Type.Name())
			if of.Name == "Node" {
				return
			}
			p.below = append(p.below, h.picks(of, 3)...)
		}
	case 7:
		if len(p.below) > 0 {
			at := h.IntN(len(p.below))
			p.below = slices.Delete(p.below, at, at+1)
		}
	}
}

// flattened returns all picks, including nested ones.
func flattened(picks []*pick) []*pick {
	var all []*pick
	for _, p := range picks {
		all = append(append(all, p), flattened(p.below)...)
	}
	return all
}
