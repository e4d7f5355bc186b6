package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Schemas of an adoption besides Schema.
const (
	nextSchema   = "followgraph_next"   // the tables in their new form, until the switch
	beforeSchema = "followgraph_before" // the tables in their old form, without rows, from the switch on
)

// Step is the progress of an adoption.
type Step string

// Steps of an adoption.
const (
	StepNone      Step = "none"
	StepPreparing Step = "preparing" // prepare has started
	StepPrepared  Step = "prepared"  // prepare is complete
	StepSwitched  Step = "switched"  // the tables have the form of Followgraph
	StepUndoing   Step = "undoing"   // undo has started after the switch; the tables still have the form of Followgraph
	StepUndone    Step = "undone"    // the tables have the old form again; what is left over must be removed
)

// next returns the commands to run at a step. offline reports whether the adoption is one of Offline.
func (s Step) next(offline bool) string {
	if offline && (s == StepPreparing || s == StepPrepared || s == StepSwitched) {
		return "run `followgraph migrate up --offline` again, which continues where it was interrupted, or `followgraph adopt undo`"
	}
	switch s {
	case StepNone:
		return "run `followgraph adopt check`, then `followgraph adopt prepare`"
	case StepPreparing:
		return "run `followgraph adopt prepare` again, which continues where it was interrupted, or `followgraph adopt undo`"
	case StepPrepared:
		return "run `followgraph adopt switch` next, or `followgraph adopt undo`"
	case StepSwitched:
		return "run `followgraph adopt link`, and `followgraph adopt finish` once the Python service is off; `followgraph adopt undo` goes back"
	default:
		return "run `followgraph adopt undo` again, which continues where it was interrupted"
	}
}

// wrongStep returns the error of a command that does not fit the step.
func wrongStep(command string, step Step, offline bool) error {
	state := map[Step]string{
		StepNone:      "no adoption is in progress",
		StepPreparing: "prepare is incomplete",
		StepPrepared:  "the database is prepared for the switch",
		StepSwitched:  "the database is switched already",
		StepUndoing:   "undo is incomplete",
		StepUndone:    "undo is incomplete",
	}
	return fmt.Errorf("%s is not possible: %s: %s", command, state[step], step.next(offline))
}

// adoption is the state of an adoption, stored as JSON in followgraph_adoption.state.
type adoption struct {
	Schema string `json:"schema"` // of the tables
	Before *Shape `json:"before"` // before prepare
	Jobs   []job  `json:"jobs"`   // the copies of prepare
	Back   []job  `json:"back"`   // the copies of undo
	// Remade are the dependents as the switch recreated them.
	Remade  []Dependent `json:"remade"`
	History string      `json:"history"` // schema of the migration history
	Offline bool        `json:"offline"` // started or continued by Offline, which also finishes it
	// Unvalidated are the foreign keys that an exchange created and that have not been validated yet.
	Unvalidated []reference `json:"unvalidated"`
	// Grants are the privileges that undo takes away, because they were granted after the switch.
	Grants  []string         `json:"grants"`
	Renamed []sequenceRename `json:"renamed"` // sequences that finish gives their final name
}

// reference is a foreign key.
type reference struct {
	Table string `json:"table"` // schema-qualified and quoted
	Name  string `json:"name"`
}

const makeState = `
CREATE SCHEMA IF NOT EXISTS followgraph_adoption;
CREATE TABLE followgraph_adoption.state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  step text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  adoption jsonb NOT NULL
);
CREATE TABLE followgraph_adoption.copies (
  name text PRIMARY KEY,
  last_key text,
  rows bigint NOT NULL DEFAULT 0,
  copied boolean NOT NULL DEFAULT false,
  built integer NOT NULL DEFAULT 0
);
CREATE TABLE followgraph_adoption.self_follows (
  follower_id text PRIMARY KEY, id bigint NOT NULL, created_at timestamptz
);
CREATE TABLE IF NOT EXISTS followgraph_adoption.links (
  user_id bigint PRIMARY KEY, cognito_id text NOT NULL, token_version bigint NOT NULL
);`

// readState returns StepNone and nil if no adoption is in progress.
func readState(ctx context.Context, tx pgx.Tx) (Step, *adoption, error) {
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass('followgraph_adoption.state') IS NOT NULL`).Scan(&exists); err != nil {
		return "", nil, fmt.Errorf("read the state of the adoption: %w", err)
	}
	if !exists {
		return StepNone, nil, nil
	}
	var (
		step     Step
		document []byte
	)
	err := tx.QueryRow(ctx, `SELECT step, adoption FROM followgraph_adoption.state`).Scan(&step, &document)
	if errors.Is(err, pgx.ErrNoRows) {
		return StepNone, nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("read the state of the adoption: %w", err)
	}
	state := &adoption{}
	if err := json.Unmarshal(document, state); err != nil {
		return "", nil, fmt.Errorf("read the state of the adoption: %w", err)
	}
	return step, state, nil
}

// write stores the state and the step, in the transaction that does the step.
func (a *adoption) write(ctx context.Context, tx pgx.Tx, step Step) error {
	document, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write the state of the adoption: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO followgraph_adoption.state AS s (step, adoption) VALUES ($1, $2::text::jsonb)
		ON CONFLICT (one) DO UPDATE SET step = excluded.step, adoption = excluded.adoption,
		  since = CASE WHEN s.step = excluded.step THEN s.since ELSE now() END`, string(step), string(document))
	if err != nil {
		return fmt.Errorf("write the state of the adoption: %w", err)
	}
	return nil
}
