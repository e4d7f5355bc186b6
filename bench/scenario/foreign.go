package scenario

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/internal/globalid"
)

// ForeignOptions configure Foreign.
type ForeignOptions struct {
	Readers int
	Rows    int    // follows that a program writes without counts
	Import  string // file of follows to import; empty: none
}

// ForeignReport is the result of Foreign.
type ForeignReport struct {
	Reads Reads
	Steps []Step
}

// Step is one thing that happened to the database.
type Step struct {
	Name        string
	Elapsed     time.Duration
	Users       int // that were compared
	Differences int // users whose counts in memory are not the number of their rows
	First       string
	FromSQL     bool // whether SQL had to answer a part of the comparison
}

func (r *ForeignReport) String() string {
	text := r.Reads.String()
	for _, s := range r.Steps {
		text += fmt.Sprintf("\n  %s (%s): %d users compared, %d differences %s", s.Name, s.Elapsed.Round(time.Millisecond), s.Users, s.Differences, s.First)
		if s.FromSQL {
			text += " (SQL answered)"
		}
	}
	return text
}

// Foreign changes the graph in other ways than through the instance that is read: rows that a program writes without
// counts, a deletion of the account with the most followers, a TRUNCATE and an import. Readers ask nested queries all the
// time. After each step the counts in memory must equal the rows.
func Foreign(ctx context.Context, w *World, o ForeignOptions) (_ *ForeignReport, err error) {
	i, err := w.startInstance(ctx, w.Postgres.URL())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	if err := i.awaitMemory(ctx); err != nil {
		return nil, err
	}
	report := &ForeignReport{}
	stop := w.readBeside(ctx, i, o.Readers)
	for _, step := range []struct {
		name string
		work func() error
	}{
		{"a program writes follows without counts", func() error { return w.writeWithoutCounts(ctx, o.Rows) }},
		{"a program deletes follows without counts", func() error {
			return w.Postgres.exec(ctx, "DELETE FROM user_follows WHERE id % 10 = 0")
		}},
		{"followgraph stats rebuild", func() error { return w.run(ctx, "stats", "rebuild") }},
		{"the account with the most followers is deleted", func() error { return w.deleteMostFollowed(ctx, i) }},
		{"TRUNCATE of the follows", func() error {
			return w.Postgres.exec(ctx, "TRUNCATE user_follows, user_follow_stats")
		}},
		{"an import", func() error {
			if o.Import == "" {
				return w.writeWithoutCounts(ctx, o.Rows)
			}
			return w.run(ctx, "import", "edges", "--create-users", o.Import)
		}},
	} {
		began := time.Now()
		if err := step.work(); err != nil {
			_, stopErr := stop()
			return nil, errors.Join(fmt.Errorf("%s: %w", step.name, err), stopErr)
		}
		done := Step{Name: step.name, Elapsed: time.Since(began)}
		if err := w.compareCounts(ctx, i, &done); err != nil {
			_, stopErr := stop()
			return nil, errors.Join(fmt.Errorf("after %s: %w", step.name, err), stopErr)
		}
		w.logf("%s: %d users, %d differences", step.name, done.Users, done.Differences)
		report.Steps = append(report.Steps, done)
	}
	if report.Reads, err = stop(); err != nil {
		return nil, err
	}
	if err := w.run(ctx, "stats", "rebuild"); err != nil {
		return nil, err
	}
	return report, w.verify(ctx)
}

// readBeside asks nested queries until the function that it returns is called.
func (w *World) readBeside(ctx context.Context, i *Instance, count int) (stop func() (Reads, error)) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	var ended atomic.Bool
	readers, errs := make([]*reader, count), make([]error, count)
	for n := range readers {
		readers[n] = &reader{world: w, random: w.randomOf(n), choose: func() *Instance { return i }}
		group.Go(func() { errs[n] = readers[n].run(ctx, func() bool { return !ended.Load() }) })
	}
	return func() (reads Reads, err error) {
		ended.Store(true)
		group.Wait()
		cancel()
		for _, r := range readers {
			reads.add(r.reads)
		}
		return reads, errors.Join(errs...)
	}
}

// writeWithoutCounts inserts follows in several transactions, as a program does that knows nothing of the counts.
func (w *World) writeWithoutCounts(ctx context.Context, rows int) error {
	conn, err := w.Postgres.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	const transactions = 10
	for n := range transactions {
		if _, err := conn.Exec(ctx, `WITH total AS (SELECT count(*) AS n FROM users),
				numbered AS MATERIALIZED (SELECT cognito_id, row_number() OVER (ORDER BY id) - 1 AS place FROM users)
			INSERT INTO user_follows (follower_id, following_id)
			SELECT a.cognito_id, b.cognito_id FROM generate_series(1, $1::bigint) AS g CROSS JOIN total
			JOIN numbered AS a ON a.place = (g * 7919 + $2::bigint * 104729) % n
			JOIN numbered AS b ON b.place = (g * 15485863 + $2::bigint * 32452843) % n
			WHERE a.cognito_id <> b.cognito_id ON CONFLICT DO NOTHING`, rows/transactions, n); err != nil {
			return err
		}
	}
	return nil
}

// deleteMostFollowed deletes the account with the most followers, on behalf of its user.
func (w *World) deleteMostFollowed(ctx context.Context, i *Instance) error {
	ids, err := query[string](ctx, w.Postgres, "SELECT following_id FROM user_follows GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
	if err != nil {
		return err
	}
	var ignored any
	_, err = i.ask(ctx, question{
		query:     "mutation($id: ID!) { deleteAccount(input: {userId: $id}) { clientMutationId } }",
		variables: map[string]any{"id": globalid.User(ids[0])}, caller: ids[0],
	}, &ignored)
	return err
}

// position returns a position that is not before any commit that is visible now.
func (p *Postgres) position(ctx context.Context) (string, error) {
	texts, err := query[string](ctx, p, `SELECT system_identifier || '.' || timeline_id || '.' ||
		lpad(upper(to_hex((pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint)), 16, '0')
		FROM pg_control_system(), pg_control_checkpoint()`)
	if err != nil {
		return "", err
	}
	return texts[0], nil
}

const countsQuery = `query($after: String) {
	users(first: 100, after: $after) {
		nodes { cognitoId stats { followersCount followingsCount } followers(first: 1) { totalCount } following(first: 1) { totalCount } }
		pageInfo { hasNextPage endCursor }
	}
}`

type counts struct{ Followers, Followings int }

// compareCounts compares the counts that an instance answers with the rows of the database.
func (w *World) compareCounts(ctx context.Context, i *Instance, s *Step) error {
	rows, err := w.countRows(ctx)
	if err != nil {
		return err
	}
	after, err := w.Postgres.position(ctx)
	if err != nil {
		return err
	}
	var cursor any
	for {
		var data struct {
			Users struct {
				Nodes []struct {
					CognitoID            string
					Stats                struct{ FollowersCount, FollowingsCount int }
					Followers, Following struct{ TotalCount int }
				}
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		a, err := i.awaitAnswer(ctx, question{query: countsQuery, variables: map[string]any{"after": cursor}, after: after}, &data)
		if err != nil {
			return err
		}
		s.FromSQL = s.FromSQL || !a.isFromMemory()
		for _, u := range data.Users.Nodes {
			s.Users++
			want := rows[u.CognitoID]
			if got := (counts{u.Stats.FollowersCount, u.Stats.FollowingsCount}); got != want ||
				got != (counts{u.Followers.TotalCount, u.Following.TotalCount}) {
				if s.Differences++; s.First == "" {
					s.First = fmt.Sprintf("%s has %v, not %v", u.CognitoID, got, want)
				}
			}
			delete(rows, u.CognitoID)
		}
		if !data.Users.PageInfo.HasNextPage {
			break
		}
		cursor = data.Users.PageInfo.EndCursor
	}
	if len(rows) > 0 {
		return fmt.Errorf("%d users with follows are missing", len(rows))
	}
	return nil
}

// awaitAnswer asks until memory answers: an instance that is late, or loads the graph again, answers by SQL.
func (i *Instance) awaitAnswer(ctx context.Context, q question, data any) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, memoryLimit)
	defer cancel()
	var last answer
	err := await(ctx, func() (bool, error) {
		var err error
		last, err = i.ask(ctx, q, data)
		return last.isFromMemory(), err
	})
	return last, err
}

// catchUp waits until memory has all commits that are visible now.
func (i *Instance) catchUp(ctx context.Context) error {
	after, err := i.world.Postgres.position(ctx)
	if err != nil {
		return err
	}
	var ignored any
	_, err = i.awaitAnswer(ctx, question{query: "{ users(first: 1) { nodes { id } } }", after: after}, &ignored)
	return err
}

// countRows returns the number of rows of each user that has any.
func (w *World) countRows(ctx context.Context) (map[string]counts, error) {
	conn, err := w.Postgres.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	result := make(map[string]counts)
	rows, err := conn.Query(ctx, `SELECT id, sum(followers), sum(followings) FROM (
			SELECT following_id AS id, 1 AS followers, 0 AS followings FROM user_follows
			UNION ALL SELECT follower_id, 0, 1 FROM user_follows
		) sides GROUP BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var c counts
		if err := rows.Scan(&id, &c.Followers, &c.Followings); err != nil {
			return nil, err
		}
		result[id] = c
	}
	return result, rows.Err()
}
