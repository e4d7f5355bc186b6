package operation

import "github.com/99designs/gqlgen/graphql"

const eventCostName = "EventCost"

// EventCost is the cost of an event of a subscription, by the part of the elements that it has: users or changes.
type EventCost struct{ none, all Cost }

// EventCostOf returns the cost of the events of a subscription, zero if CostLimit did not accept it.
func EventCostOf(op *graphql.OperationContext) EventCost {
	cost, _ := op.Stats.GetExtension(eventCostName).(EventCost)
	return cost
}

// Of returns the cost of an event with a number of elements, of the maximum that an event of the subscription can have.
func (c EventCost) Of(elements, maximum int) Cost {
	share := min(float64(elements)/float64(max(maximum, 1)), 1)
	between := func(none, all int) int { return none + saturate(share*float64(all-none)) }
	cost := c.all
	cost.Objects, cost.Calls, cost.Sites = between(c.none.Objects, c.all.Objects), between(c.none.Calls, c.all.Calls), c.all.Sites
	cost.Fields, cost.Interpreted = between(c.none.Fields, c.all.Fields), between(c.none.Interpreted, c.all.Interpreted)
	return cost
}
