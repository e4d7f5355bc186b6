package adopt

import "context"

// checkState adds the state of the adoption to the report. begun reports whether an adoption is in progress or
// finished, so that there is nothing else to check.
func (c *checker) checkState(ctx context.Context) (begun bool, err error) {
	shape := c.shape
	if shape.Adopting {
		// After an undo the schema still exists, with the links only.
		step, offline := string(StepNone), false
		var table *string
		if _, err := c.row(ctx, "read the state of the adoption", `SELECT to_regclass($1)::text`, []any{Schema + ".state"}, &table); err != nil {
			return false, err
		}
		if table != nil {
			if _, err := c.row(ctx, "read the state of the adoption", `SELECT step::text, coalesce((adoption ->> 'offline')::boolean, false) FROM `+quote(Schema, "state"), nil, &step, &offline); err != nil {
				return false, err
			}
		}
		if step != string(StepNone) {
			c.report.Step = Step(step)
			c.report.What = "the Python service, while it is adopted, in schema " + shape.Schema
			c.report.State = step + ": " + Step(step).next(offline)
			return true, nil
		}
	}
	for _, history := range shape.History {
		if len(history.Versions) > 0 && shape.Users.Column("token_version") != nil {
			c.report.What = "a Followgraph database, at version " + history.Versions[len(history.Versions)-1]
			c.report.State = "finished, or never needed"
			return true, nil
		}
	}
	c.report.State = "not started"
	return false, nil
}
