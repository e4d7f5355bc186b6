package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Schemas of an adoption, beside Schema.
const (
	nextSchema   = "followgraph_next"   // the tables in their new form, until the switch
	beforeSchema = "followgraph_before" // the tables in their old form, without rows, from the switch on
)

// Step is how far an adoption is.
type Step string

// Steps of an adoption.
const (
	StepNone      Step = "none"
	StepPreparing Step = "preparing" // prepare was begun
	StepPrepared  Step = "prepared"  // prepare is done
	StepSwitched  Step = "switched"  // the tables have this program's form
	StepUndoing   Step = "undoing"   // undo was begun after the switch; the tables still have this program's form
	StepUndone    Step = "undone"    // the tables have the old form again; what is left over has to be removed
)

// adoption is what an adoption remembers in the database.
type adoption struct {
	Schema string `json:"schema"` // of the tables
	Before *Shape `json:"before"` // as it was found
	Jobs   []job  `json:"jobs"`   // copies that prepare makes
	Back   []job  `json:"back"`   // copies that undo makes
	// Remade are the dependents as they were after the switch had made them again.
	Remade  []Dependent `json:"remade"`
	History string      `json:"history"` // schema of the migration history
	Offline bool        `json:"offline"` // begun, or continued, by Offline, which also finishes it
	// Unvalidated are the foreign keys that a switch made, and that have not been checked.
	Unvalidated []reference `json:"unvalidated"`
	Renamed     []sequenceRename   `json:"renamed"` // sequences that finish gives their final name
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

// readState returns StepNone where no adoption goes on.
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

// write keeps the state and the step, in the transaction that leads there.
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
