package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"followgraph/bench/report"
)

// compare measures all servers under all shapes on one dataset.
func (b *bench) compare(ctx context.Context) error {
	s := b.stages[0]
	statements, err := b.verify(ctx, s)
	if err != nil {
		return err
	}
	tables := make([]report.Table, len(b.shapes))
	for i, sh := range b.shapes {
		tables[i] = report.Table{Name: sh.Name, Title: sh.Title}
		for _, which := range b.under(sh) {
			tables[i].Rows = append(tables[i].Rows, report.Row{
				Server:     which.name,
				Statements: statements[serverShape{which.name, sh.Name}],
			})
		}
	}
	for round := range b.rounds {
		for i, sh := range b.shapes {
			for _, which := range b.turn(sh, round) {
				sample, err := b.measure(ctx, s, which, sh, round)
				if err != nil {
					return err
				}
				at := slices.IndexFunc(tables[i].Rows, func(r report.Row) bool { return r.Server == which.name })
				tables[i].Rows[at].Samples = append(tables[i].Rows[at].Samples, sample)
			}
		}
	}
	var text strings.Builder
	b.describe(&text, b.shapeLoad())
	fmt.Fprintf(&text, "%d users, %d follows, the most followed account with %d followers.\n\n",
		s.dataset.Users, s.dataset.Follows, s.dataset.Most())
	if err := report.Write(&text, tables, reference); err != nil {
		return err
	}
	return b.publish(text.String())
}
