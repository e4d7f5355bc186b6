package rehearsal_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestRehearsal creates databases of the service, lets the service work on them, adopts them, and checks the result: no
// lost write, no wrong count, no deadlock, no error, and no difference found by Alembic.
func TestRehearsal(t *testing.T) {
	dir := fixtureDir(t)
	binary := build(t)
	server := startPostgres(t)
	var results []*result
	for n, m := range moves(variantNames(t, dir)) {
		t.Run(m.String(), func(t *testing.T) {
			r := newRehearsal(t, server, binary, dir, m, uint64(n))
			results = append(results, r.result)
			defer r.settle() // for the table, where a step fails
			r.run(t)
			r.judge(t)
		})
	}
	var text bytes.Buffer
	printTable(&text, results)
	switch *tableFlag {
	case "":
		t.Log(text.String())
	case "-":
		_, err := io.Copy(os.Stdout, &text)
		require.NoError(t, err)
	default:
		require.NoError(t, os.WriteFile(*tableFlag, text.Bytes(), 0o600))
	}
}

// rehearsal is one move in progress.
type rehearsal struct {
	*result
	fixture   *fixture
	program   *program
	conn      *pgx.Conn // for queries, in the schema of the tables
	work      *workload
	ledger    *ledger
	pool      pool
	truth     map[string]string
	catalog   []string // before the move
	revisions []string // Alembic's, before the move
	seed      uint64
	works     uint64 // number of workloads started
}

func newRehearsal(t *testing.T, server *postgres, binary, dir string, m move, n uint64) *rehearsal {
	t.Helper()
	address := server.create(t)
	r := &rehearsal{
		result:  &result{move: m, version: server.version(t), errors: map[string]int{}},
		fixture: newFixture(t, m, dir, address), ledger: newLedger(), seed: *seedFlag*1000 + n,
	}
	if m.has("schema_auth") {
		address = withParameter(t, address, "search_path", "auth")
	}
	r.program = &program{path: binary, address: address, random: rand.New(rand.NewPCG(*seedFlag, n))}
	r.conn = connect(t, withParameter(t, address, "default_query_exec_mode", "exec"))
	r.alembic[0] = r.fixture.differences(t)
	r.revisions = r.alembicRevisions(t)
	r.pool = readPool(t, r.fixture.pool())
	r.truth = r.pool.truth(t, r.conn)
	return r
}

// run goes through the move in the order of docs/adopting.md.
func (r *rehearsal) run(t *testing.T) {
	r.start(t)
	r.pause(t, "before")
	r.phase("check", func() { r.check(t) })
	r.catalog = r.fixture.catalog(t, r.conn) // with the fixes for the findings
	r.phase("prepare", func() { r.program.step(t, "adopt", "prepare") })
	r.prepared(t)
	switch r.end {
	case "finish":
		r.switched(t, r.finish)
	case "undo":
		r.switched(t, r.undo)
	case "undo-prepared":
		r.undo(t)
	case "again":
		r.switched(t, r.undo)
		r.start(t)
		r.phase("prepare again", func() { r.program.step(t, "adopt", "prepare") })
		r.prepared(t)
		r.switched(t, r.finish)
	default:
		require.Fail(t, "unknown end", r.end)
	}
}

// start starts the workload of the service.
func (r *rehearsal) start(t *testing.T) {
	t.Helper()
	r.works++
	r.work = startWorkload(t, r.fixture, r.seed*10+r.works)
}

// rest stops the workload and records its operations.
func (r *rehearsal) rest(t *testing.T) {
	t.Helper()
	r.work.stop(t)
	operations := r.work.all()
	r.work = nil
	r.observe(operations)
	r.ledger.add(t, operations)
}

// settle records the operations of the workload after a failed step.
func (r *rehearsal) settle() {
	r.kills = r.program.kills
	if r.work != nil {
		r.observe(r.work.all())
	}
}

// phase measures a part of the move.
func (r *rehearsal) phase(name string, do func()) {
	p := &phase{name: name, began: time.Now()}
	r.phases = append(r.phases, p)
	defer func() { p.ended = time.Now() }()
	do()
}

// pause waits while the service works.
func (r *rehearsal) pause(t *testing.T, name string) {
	t.Helper()
	r.phase(name, func() {
		select {
		case <-time.After(*secondsFlag):
		case <-t.Context().Done():
		}
	})
}

// check runs `adopt check` and fixes what blocks with the statements that it prints.
func (r *rehearsal) check(t *testing.T) {
	t.Helper()
	for range 2 {
		output, status := r.program.run(t, "adopt", "check", "--region", "CH")
		t.Logf("adopt check: exit status %d\n%s", status, output)
		if status == 0 {
			return
		}
		require.Equal(t, 1, status, output)
		for _, fix := range r.fixes(t) {
			t.Log("fix: " + fix)
			_, err := r.conn.Exec(t.Context(), fix)
			require.NoError(t, err, fix)
		}
	}
	output, status := r.program.run(t, "adopt", "check")
	require.Zero(t, status, "the statements of `adopt check` do not fix what blocks\n%s", output)
}

// fixes returns the statements that `adopt check` prints for what blocks.
func (r *rehearsal) fixes(t *testing.T) []string {
	t.Helper()
	text, err := r.program.command(t.Context(), "adopt", "check", "--json").Output()
	require.Equal(t, 1, exitStatus(err))
	var report struct {
		Findings []struct {
			Kind string
			What string
			SQL  []string
		}
	}
	require.NoError(t, json.Unmarshal(text, &report), "%s", text)
	var fixes []string
	for _, finding := range report.Findings {
		if finding.Kind == "blocks" {
			require.NotEmpty(t, finding.SQL, "no statement fixes this: %s", finding.What)
			fixes = append(fixes, finding.SQL...)
		}
	}
	return fixes
}

// prepared is the phase between prepare and switch. From here on the database keeps the counts.
func (r *rehearsal) prepared(t *testing.T) {
	t.Helper()
	if !r.has("trigger") { // the team's trigger locks in a different order
		r.work.send(t, "mixed")
	}
	r.counted(t, func() { r.pause(t, "prepared") })
}

// counted checks the counts while do runs.
func (r *rehearsal) counted(t *testing.T, do func()) {
	t.Helper()
	watch := watchCounts(t, r.program.address)
	do()
	checks, drifts := watch.result(t)
	r.checks += checks
	r.drifts = max(r.drifts, drifts)
}

// switched is the phase from the switch to the end.
func (r *rehearsal) switched(t *testing.T, end func(*testing.T)) {
	t.Helper()
	r.counted(t, func() {
		r.phase("switch", func() { r.program.step(t, "adopt", "switch") })
		r.pause(t, "switched")
		r.models(t)
		r.phase("link", func() { r.program.step(t, "adopt", "link", "--region", "CH", r.fixture.pool()) })
		r.links = compareLinks(t, r.conn, r.truth)
		r.both(t)
	})
	end(t)
}

// models compares the database with the models that the program writes, using Alembic.
func (r *rehearsal) models(t *testing.T) {
	t.Helper()
	models := writeModels(t, r.fixture, r.program)
	r.alembic[1] += models.differences(t)
	models.upgrade(t)
	require.Equal(t, []string{models.revision}, r.alembicRevisions(t))
	models.downgrade(t)
	r.alembic[1] += models.differences(t)
}

// both runs the two services at the same time. Accounts that the old one registers meanwhile are linked.
func (r *rehearsal) both(t *testing.T) {
	t.Helper()
	// The service writes followers of the most followed users. None of them may be among these accounts.
	rows, _ := r.conn.Query(t.Context(), `SELECT cognito_id, token_version FROM users u WHERE cognito_id NOT LIKE 'local-%' ORDER BY
		(SELECT count(*) FROM user_follows WHERE following_id = u.cognito_id), id LIMIT 30`)
	accounts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[caller])
	require.NoError(t, err)
	beside := startSuccessor(t, r.program, accounts)
	r.pause(t, "both")
	r.phase("link again", func() {
		ledger := newLedger()
		ledger.add(t, r.work.all())
		later, _ := r.pool.with(t, r.fixture.work, ledger.names())
		r.program.step(t, "adopt", "link", "--region", "CH", later)
	})
	r.pause(t, "both linked")
	changes := beside.rest()
	require.NotEmpty(t, changes)
	t.Log(adoptionMetrics(beside.metrics(t)))
	beside.end(t)
	for _, c := range changes {
		r.ledger.follow(c.pair, c.followed, c.acknowledged)
	}
}

// adoptionMetrics returns the metrics of a server that are about the adoption.
func adoptionMetrics(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "adoption") || strings.Contains(line, "foreign") || strings.Contains(line, "unlinked") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// finish stops the service and finishes the adoption.
func (r *rehearsal) finish(t *testing.T) {
	t.Helper()
	r.rest(t)
	r.phase("finish", func() { r.program.step(t, "adopt", "finish", "--sample", "1s") })
	r.compare(t)
	for _, args := range [][]string{{"stats", "verify"}, {"migrate", "status"}} {
		output, status := r.program.run(t, args...)
		if status != 0 || strings.Contains(output, "pending") {
			r.other = append(r.other, strings.Join(args, " ")+": "+output)
		}
	}
	if left := value[int64](t, r.conn, `SELECT count(*) FROM pg_namespace WHERE nspname = 'followgraph_adoption'`); left != 0 {
		r.other = append(r.other, "the schema of the adoption still exists")
	}
}

// undo undoes the adoption while the service works. The service then continues as before.
func (r *rehearsal) undo(t *testing.T) {
	t.Helper()
	r.work.send(t, "apart") // from now on the database does not order the locks
	r.phase("undo", func() { r.program.step(t, "adopt", "undo") })
	r.pause(t, "undone")
	r.rest(t)
	r.compare(t)
	r.alembic[2] = r.fixture.differences(t)
	now := r.fixture.catalog(t, r.conn)
	for _, line := range now {
		if !slices.Contains(r.catalog, line) {
			r.other = append(r.other, "after undo there is: "+line)
		}
	}
	for _, line := range r.catalog {
		if !slices.Contains(now, line) {
			r.other = append(r.other, "after undo there is no: "+line)
		}
	}
	if revisions := r.alembicRevisions(t); !slices.Equal(revisions, r.revisions) {
		r.other = append(r.other, "after undo Alembic is at "+strings.Join(revisions, ", "))
	}
}

// compare compares the database with the acknowledged operations.
func (r *rehearsal) compare(t *testing.T) {
	t.Helper()
	lost, compared := r.ledger.lost(t, r.conn)
	r.lost, r.compared = append(r.lost, lost...), r.compared+compared
}

func (r *rehearsal) alembicRevisions(t *testing.T) []string {
	t.Helper()
	rows, _ := r.conn.Query(t.Context(), `SELECT version_num FROM alembic_version ORDER BY 1`)
	revisions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return revisions
}

// judge fails the test if any requirement is not met.
func (r *rehearsal) judge(t *testing.T) {
	t.Helper()
	require.Zero(t, r.deadlocks, "deadlocks that the service saw: %v", r.errors)
	require.Empty(t, r.errors, "errors that the service saw")
	require.Empty(t, r.lost, "acknowledged writes that are lost")
	require.Positive(t, r.compared)
	require.Zero(t, r.drifts, "users whose counts differed from the rows")
	require.Positive(t, r.checks)
	require.Empty(t, strings.Join(r.alembic[:], ""), "differences that `alembic check` finds")
	require.Empty(t, r.other)
	if r.end != "undo-prepared" {
		require.Zero(t, r.links.wrong, "accounts with the Cognito id of another user")
		require.Equal(t, r.links.accounts, r.links.linked, "linked accounts, of those that the pool tells")
		require.GreaterOrEqual(t, r.links.both, r.links.linkable, "follows with both users")
		require.Positive(t, r.links.linkable)
	}
	if *waitFlag > 0 {
		require.LessOrEqual(t, r.longest(), *waitFlag, "the longest wait of a reader or writer")
	}
}
