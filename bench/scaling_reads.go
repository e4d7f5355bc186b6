package main

import (
	"context"
	"time"

	"followgraph/bench/scaling"
)

// reads measures queries by the memory and by SQL.
func (r *scalingRun) reads(ctx context.Context) error {
	for _, sh := range r.shapes {
		for _, which := range r.servers {
			if sh.Writes {
				continue
			}
			other := r.watch(ctx)
			sample, err := r.measure(ctx, r.stage, which, sh, 0)
			if err != nil {
				return err
			}
			beside, err := other(sample.ServerCPU * time.Duration(sample.Rate*r.duration.Seconds()))
			if err != nil {
				return err
			}
			timed := func(name string, value float64) { r.figures.Values[name] = scaling.Figure{Value: value, Other: beside} }
			server, postgres := scaling.NestedServer, scaling.SQLPostgres
			if sh.Name == "Q1" {
				server, postgres = scaling.ReadServer, scaling.SQLPlain
			}
			if which.name != "followgraph" {
				timed(postgres, float64(sample.PostgresCPU)/1e6)
				continue
			}
			timed(server, float64(sample.ServerCPU)/1e6)
			if sh.Name == "Q1" {
				timed(scaling.ReadRate, sample.Rate)
			}
		}
	}
	return nil
}
