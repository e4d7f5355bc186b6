package adopt

import "context"

// Where an adoption stands.
const (
	notBegun = ""
	finished = "finished"
)

// adoptionState tells where the adoption stands, and whether there is one.
func (c *checker) adoptionState(ctx context.Context) (string, error) {
	shape := c.shape
	if shape.Adopting {
		// Links alone outlive an undo.
		step, offline := string(StepNone), false
		var table *string
		if _, err := c.row(ctx, "read the state of the adoption", `SELECT to_regclass($1)::text`, []any{Schema + ".state"}, &table); err != nil {
			return "", err
		}
		if table != nil {
			if _, err := c.row(ctx, "read the state of the adoption", `SELECT step::text, coalesce((adoption ->> 'offline')::boolean, false) FROM `+quote(Schema, "state"), nil, &step, &offline); err != nil {
				return "", err
			}
		}
		if step != string(StepNone) {
			c.report.Step = Step(step)
			c.report.What = "the Python service, while it is adopted, in schema " + shape.Schema
			c.report.State = step + ": " + nextStep(step, offline)
			return step, nil
		}
	}
	for _, history := range shape.History {
		if len(history.Versions) > 0 && shape.Users.Column("token_version") != nil {
			c.report.What = "a database of this program, at version " + history.Versions[len(history.Versions)-1]
			c.report.State = "finished, or never needed"
			return finished, nil
		}
	}
	c.report.State = "not begun"
	return notBegun, nil
}

// nextStep says what to run next.
func nextStep(step string, offline bool) string {
	if offline && (step == "preparing" || step == "prepared" || step == "switched") {
		return "run `followgraph migrate up --offline` again, which continues where it was interrupted, or `followgraph adopt undo`"
	}
	switch step {
	case "preparing":
		return "run `followgraph adopt prepare` again, which goes on where it was interrupted, or `followgraph adopt undo`"
	case "prepared":
		return "run `followgraph adopt switch` next, or `followgraph adopt undo`"
	case "switched":
		return "run `followgraph adopt link`, and `followgraph adopt finish` once the Python service is off; `followgraph adopt undo` goes back"
	case "undoing":
		return "run `followgraph adopt undo` again, which goes on where it was interrupted"
	default:
		return "see docs/adopting.md"
	}
}
