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

// TestRehearsal makes databases of the service, has the service work on them, moves them, and holds what became of the
// service's work to what must be: nothing lost, no drift, no deadlock, no error, and Alembic silent.
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

// rehearsal is one move while it goes on.
type rehearsal struct {
	*result
	fixture   *fixture
	program   *program
	conn      *pgx.Conn // for looking, in the schema of the tables
	work      *workload
	ledger    *ledger
	pool      pool
	truth     map[string]string
	catalog   []string // before the move
	revisions []string // Alembic's, before the move
	seed      uint64
	works     uint64 // how many workloads were started
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
	r.catalog = r.fixture.catalog(t, r.conn) // with what cured the findings
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

// start has the service work from here on.
func (r *rehearsal) start(t *testing.T) {
	t.Helper()
	r.works++
	r.work = startWorkload(t, r.fixture, r.seed*10+r.works)
}

// rest has the service stop, and enters what it did.
func (r *rehearsal) rest(t *testing.T) {
	t.Helper()
	r.work.stop(t)
	operations := r.work.all()
	r.work = nil
	r.observe(operations)
	r.ledger.add(t, operations)
}

// settle enters what the service did before a step failed.
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

// pause lets the service work.
func (r *rehearsal) pause(t *testing.T, name string) {
	t.Helper()
	r.phase(name, func() {
		select {
		case <-time.After(*secondsFlag):
		case <-t.Context().Done():
		}
	})
}

// check runs `adopt check`, and cures what blocks by the statements that it prints.
func (r *rehearsal) check(t *testing.T) {
	t.Helper()
	for range 2 {
		output, status := r.program.run(t, "adopt", "check", "--region", "CH")
		t.Logf("adopt check: exit status %d\n%s", status, output)
		if status == 0 {
			return
		}
		require.Equal(t, 1, status, output)
		for _, cure := range r.cures(t) {
			t.Log("cure: " + cure)
			_, err := r.conn.Exec(t.Context(), cure)
			require.NoError(t, err, cure)
		}
	}
	output, status := r.program.run(t, "adopt", "check")
	require.Zero(t, status, "the statements of `adopt check` do not cure what blocks\n%s", output)
}

// cures are the statements that `adopt check` prints for what blocks.
func (r *rehearsal) cures(t *testing.T) []string {
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
	var cures []string
	for _, finding := range report.Findings {
		if finding.Kind == "blocks" {
			require.NotEmpty(t, finding.SQL, "no statement cures this: %s", finding.What)
			cures = append(cures, finding.SQL...)
		}
	}
	return cures
}

// prepared is the time between prepare and switch. From here on the database keeps the counts.
func (r *rehearsal) prepared(t *testing.T) {
	t.Helper()
	if !r.has("trigger") { // the team's own trigger locks in an order of its own
		r.work.tell(t, "mixed")
	}
	r.counted(t, func() { r.pause(t, "prepared") })
}

// counted holds the counts to the rows while do runs.
func (r *rehearsal) counted(t *testing.T, do func()) {
	t.Helper()
	watch := watchCounts(t, r.program.address)
	do()
	checks, drifts := watch.result(t)
	r.checks += checks
	r.drifts = max(r.drifts, drifts)
}

// switched is the time from the switch to the end.
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

// models has Alembic compare the database with the models that the program writes.
func (r *rehearsal) models(t *testing.T) {
	t.Helper()
	models := writeModels(t, r.fixture, r.program)
	r.alembic[1] += models.differences(t)
	models.upgrade(t)
	require.Equal(t, []string{models.revision}, r.alembicRevisions(t))
	models.downgrade(t)
	r.alembic[1] += models.differences(t)
}

// both has the two services work beside each other, and accounts of the old one linked that were registered meanwhile.
func (r *rehearsal) both(t *testing.T) {
	t.Helper()
	// The service writes about the most followed, so that its followers are none of these.
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

// adoptionMetrics are the lines about the adoption of what a server tells Prometheus.
func adoptionMetrics(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "adoption") || strings.Contains(line, "foreign") || strings.Contains(line, "unlinked") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// finish ends the move for good, when the service has stopped.
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
		r.other = append(r.other, "the schema of the adoption is left")
	}
}

// undo goes back while the service works, which then goes on as before.
func (r *rehearsal) undo(t *testing.T) {
	t.Helper()
	r.work.tell(t, "apart") // the database keeps no order of locks any more
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
		r.other = append(r.other, "after undo Alembic stands at "+strings.Join(revisions, ", "))
	}
}

// compare compares the database with what was acknowledged.
func (r *rehearsal) compare(t *testing.T) {
	t.Helper()
	lost, compared := r.ledger.lost(t, r.conn)
	r.lost, r.compared = append(r.lost, lost...), r.compared+compared
}

func (r *rehearsal) alembicRevisions(t *testing.T) []string {
	t.Helper()
	rows, _ := r.conn.Query(t.Context(), `SELECT version_num FROM alembic_version ORDER BY 1`)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return found
}

// judge fails the test for whatever must not be.
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
