package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"followgraph/bench/report"
)

// growthBound is the project's goal: the cost with the most users divided by the cost with the fewest.
const growthBound = 1.3

// grow measures how the cost grows with the number of users. In each round all sizes are measured one after the other,
// so that other load on the machine affects them equally.
func (b *bench) grow(ctx context.Context) error {
	for _, s := range b.stages {
		if _, err := b.verify(ctx, s); err != nil {
			return err
		}
	}
	var all []report.Series
	for _, sh := range b.shapes {
		for _, which := range b.under(sh) {
			series := report.Series{Shape: sh.Name, Server: which.name}
			for _, s := range b.stages {
				series.Points = append(series.Points, report.Point{Users: s.dataset.Users})
			}
			all = append(all, series)
		}
	}
	for round := range b.rounds {
		for _, sh := range b.shapes {
			for _, which := range b.turn(sh, round) {
				at := slices.IndexFunc(all, func(s report.Series) bool { return s.Shape == sh.Name && s.Server == which.name })
				for i, s := range b.stages {
					sample, err := b.measure(ctx, s, which, sh, round)
					if err != nil {
						return err
					}
					all[at].Points[i].Samples = append(all[at].Points[i].Samples, sample)
				}
			}
		}
	}
	var text strings.Builder
	b.describe(&text, b.shapeLoad())
	if err := report.WriteGrowth(&text, all, reference); err != nil {
		return err
	}
	if b.svg != "" {
		if err := b.plot(all); err != nil {
			return err
		}
	}
	return b.publish(text.String())
}

func (b *bench) plot(all []report.Series) error {
	file, err := os.Create(b.svg)
	if err != nil {
		return err
	}
	if err := report.Plot(file, "Cost of a request over the number of users, as a multiple of that with the fewest", all, growthBound); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
