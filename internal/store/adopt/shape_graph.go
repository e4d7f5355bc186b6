package adopt

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// object is the address of an object in pg_depend.
type object struct {
	ClassID uint32 `json:"class_id"`
	OID     uint32 `json:"oid"`
}

// edge is a reference of an object to another object.
type edge struct {
	object
	RefClassID uint32  `json:"ref_class_id"`
	RefOID     uint32  `json:"ref_oid"`
	Column     *string `json:"column"` // nil: the whole object
}

// node is a dependent with the data for collapsing it: a row type is replaced by its relation, and a view's rule by the
// view.
type node struct {
	Dependent
	Relation uint32 `json:"relation"` // of a row type; 0 for others
	Rewrite  uint32 `json:"rewrite"`  // rule of a view; 0 for others
}

// readDependents reads the dependents and sorts them.
func readDependents(ctx context.Context, tx pgx.Tx, shape *Shape, tables []uint32) error {
	var edges []edge
	if err := all(ctx, tx, &edges, statement("shape_edges"), tables); err != nil {
		return err
	}
	var classes, oids []uint32
	seen := map[object]bool{}
	for _, e := range edges {
		if o := e.object; !seen[o] {
			seen[o] = true
			classes, oids = append(classes, o.ClassID), append(oids, o.OID)
		}
	}
	// A view is reached through its rule, which also refers to the view.
	for _, e := range edges {
		if o := (object{e.RefClassID, e.RefOID}); !seen[o] && !slices.Contains(tables, e.RefOID) {
			seen[o] = true
			classes, oids = append(classes, o.ClassID), append(oids, o.OID)
		}
	}
	var nodes []node
	if err := all(ctx, tx, &nodes, statement("shape_nodes"), classes, oids); err != nil {
		return err
	}
	graph := newGraph(shape, nodes)
	for _, e := range edges {
		graph.add(e)
	}
	var err error
	if shape.Dependents, err = graph.sort(); err != nil {
		return err
	}
	return readGenerated(ctx, tx, shape, tables)
}

// readGenerated adds the generated columns of the three tables. Other dependents on them are in the list already.
func readGenerated(ctx context.Context, tx pgx.Tx, shape *Shape, tables []uint32) error {
	var columns []struct{ Table, Name, Column string }
	if err := all(ctx, tx, &columns, statement("shape_generated"), tables); err != nil {
		return err
	}
	for _, generated := range columns {
		identity := pgx.Identifier{shape.Schema, generated.Table, generated.Name}.Sanitize()
		at := slices.IndexFunc(shape.Dependents, func(d Dependent) bool { return d.Kind == KindGenerated && d.Identity == identity })
		if at == -1 {
			at = len(shape.Dependents)
			shape.Dependents = append(shape.Dependents, Dependent{
				Kind: KindGenerated, Schema: shape.Schema, Name: generated.Table + "." + generated.Name, Identity: identity,
			})
		}
		shape.Dependents[at].On = append(shape.Dependents[at].On, generated.Table+"."+generated.Column)
	}
	return nil
}

// graph is the graph of references, in which row types and rules are collapsed into their relations.
type graph struct {
	tables   map[object]string // names of the three tables
	nodes    map[object]*Dependent
	relation map[object]object // relation of a row type or of a view's rule
	order    []object          // by OID
	edges    map[object]map[object]bool
}

func newGraph(shape *Shape, nodes []node) *graph {
	g := &graph{
		tables: map[object]string{}, nodes: map[object]*Dependent{}, relation: map[object]object{}, edges: map[object]map[object]bool{},
	}
	for _, table := range shape.Tables() {
		g.tables[object{classOfRelations, table.OID}] = table.Name
	}
	for i := range nodes {
		n := &nodes[i]
		o := object{n.ClassID, n.OID}
		switch {
		case n.Relation != 0:
			g.relation[o] = object{classOfRelations, n.Relation}
			continue
		case n.Rewrite != 0:
			g.relation[object{classOfRules, n.Rewrite}] = o
		}
		if g.tables[o] == "" {
			g.nodes[o] = &n.Dependent
			g.order = append(g.order, o)
		}
	}
	return g
}

// OIDs of catalogs, which never change.
const (
	classOfRelations = 1259 // pg_class
	classOfRules     = 2618 // pg_rewrite
)

func (g *graph) add(e edge) {
	from, to := e.object, object{e.RefClassID, e.RefOID}
	whole := e.Column == nil
	if relation, ok := g.relation[from]; ok {
		from = relation
	}
	relation, rowType := g.relation[to]
	if rowType {
		to = relation
		// A view's rule stands for the view itself, not for its row type.
		rowType = e.RefClassID != classOfRules
	}
	dependent := g.nodes[from]
	if dependent == nil || from == to {
		return
	}
	if table := g.tables[to]; table != "" {
		on := table
		if !whole {
			on += "." + *e.Column
		}
		if !slices.Contains(dependent.On, on) {
			dependent.On = append(dependent.On, on)
		}
		dependent.RowType = dependent.RowType || rowType
		return
	}
	if other := g.nodes[to]; other != nil {
		if g.edges[from] == nil {
			g.edges[from] = map[object]bool{}
		}
		g.edges[from][to] = true
	}
}

// sort returns the dependents in an order in which each comes after those that it refers to, otherwise by OID.
func (g *graph) sort() ([]Dependent, error) {
	sorted := []Dependent{}
	done := map[object]bool{}
	for len(sorted) < len(g.order) {
		before := len(sorted)
		for _, o := range g.order {
			ready := !done[o]
			for ref := range g.edges[o] {
				ready = ready && done[ref]
			}
			if !ready {
				continue
			}
			dependent := *g.nodes[o]
			slices.Sort(dependent.On)
			for ref := range g.edges[o] {
				dependent.Via = append(dependent.Via, g.nodes[ref].Identity)
			}
			slices.Sort(dependent.Via)
			done[o] = true
			sorted = append(sorted, dependent)
		}
		if len(sorted) == before {
			return nil, fmt.Errorf("read the catalog: %d objects that depend on the tables refer to each other", len(g.order)-before)
		}
	}
	return sorted, nil
}
