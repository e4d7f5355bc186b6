package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// An account is moved to another Cognito id in one transaction, with all that names the old one: its follows and counts. What
// is there under the new id already stays: an account that a Cognito user has made meanwhile, the twin, is merged into it.
// Of two follows that become one, the older time stays, and what the two ids have of each other goes. Counts equal rows.
//
// Locks are those of lock.go: both accounts, follows, counts. Others may be services that know nothing of that order.
// So no lock is waited for as long as PostgreSQL's deadlock_timeout takes, 1 s, nor all of them together: where a circle closes
// after all, it is this transaction that gives up, and is run again.
var (
	moveBegin      = statement("move_begin", nil)
	moveLocked     = statement("move_locked", nil)
	moveAccounts   = statement("move_accounts", false)
	moveFree       = statement("move_accounts", true)
	moveFollowLock = statement("move_follows_lock", nil)
	moveCountsLock = statement("move_counts_lock", nil)
	moveDeleted    = statement("move_deleted", nil)
	moveThere      = statement("move_there", nil)
	moveReferences = statement("move_references", nil)
	moveFollows    = statement("move_follows", nil)
	moveCounts     = statement("move_counts", nil)
	moveCountsEnd  = statement("move_counts_end", nil)
	moveTwin       = statement("move_twin", nil)
	moveAccount    = statement("move_account", nil)
)

// patience is how long a move waits.
type moveTimeouts struct {
	lock time.Duration // for one lock
	// statement is for each of the three statements that lock, with all that they wait for. Where there are so many follows
	// that it takes longer to lock them, the next attempt has twice the time.
	statement time.Duration
}

var defaultMoveTimeouts = moveTimeouts{100 * time.Millisecond, 250 * time.Millisecond}

// moveAttempts is how often a move is tried.
const moveAttempts = 20

// moveRefusal says why an account cannot be moved, whenever it is tried.
type moveRefusal string

func (r moveRefusal) Error() string { return string(r) }

// isAboutSchema reports whether the refusal names tables or constraints, which are for operators alone.
func (r moveRefusal) isAboutSchema() bool {
	switch r {
	case refusedGone, refusedTaken, refusedDeleting, refusedLocked, refusedChanged:
		return false
	}
	return true
}

const (
	refusedGone     = moveRefusal("the account has another id by now")
	refusedTaken    = moveRefusal("the pool user has another account")
	refusedDeleting = moveRefusal("an account of the pool user is being deleted: try again later")
	refusedLocked   = moveRefusal("its rows were locked all the time: try again")
	refusedChanged  = moveRefusal("the account has changed meanwhile: try again")
)

// MoveAccount gives an account another Cognito id, and returns it as it is now. Its errors: NOT_FOUND where no account has the
// old id; CONFLICT where the new one has an account that is more than a twin, which createProfile makes; where an account of
// that id is being deleted; and where the account is not as it was seen. DATABASE_MISMATCH where tables or constraints that are not
// this program's are in the way; which ones is for the log.
func (s *Store) MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error) {
	var account *model.Account
	err := s.moveOne(ctx, s.pool, move, false, &account)
	var refusal moveRefusal
	switch {
	case errors.Is(err, refusedGone):
		return nil, errUnknownAccount()
	case errors.Is(err, refusedTaken):
		return nil, apperr.New(apperr.Conflict, "there is an account for this Cognito user already")
	case errors.As(err, &refusal) && refusal.isAboutSchema():
		return nil, apperr.Wrap(apperr.DatabaseMismatch, refusal, "the account cannot be moved: the server's operator finds the reason in the server's log")
	case errors.As(err, &refusal):
		return nil, apperr.New(apperr.Conflict, "%s", refusal)
	case err != nil:
		return nil, classify(ctx, err)
	}
	return account, nil
}

// moveOne runs the transaction of a move until nothing gets in its way. free: accounts that others have locked count as in
// the way at once. An error is a moveRefusal, or one of the driver's.
func (s *Store) moveOne(ctx context.Context, db transactor, move model.AccountMove, free bool, account **model.Account) error {
	moveTimeouts := defaultMoveTimeouts
	for attempt := 1; ; attempt++ {
		err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) (err error) {
			*account, err = moveIn(ctx, tx, move, free, moveTimeouts)
			return err
		})
		switch {
		case err == nil || ctx.Err() != nil || !isBlocked(err):
			return asRefusal(err)
		case attempt == moveAttempts:
			return refusedLocked
		case stateOf(err) == queryCanceled:
			moveTimeouts.statement *= 2
		}
		if err := randomDelay(ctx, attempt); err != nil {
			return err
		}
	}
}

// errLocked tells that something else has locked an account.
var errAccountLocked = errors.New("an account is locked")

// inTheWay reports whether another transaction may be why a move failed.
func isBlocked(err error) bool {
	var server *pgconn.PgError
	if errors.Is(err, errAccountLocked) || retryable(err) {
		return true
	}
	switch stateOf(err) {
	case lockNotAvailable, queryCanceled:
		return true
	case uniqueViolation: // a follow, counts or an account that were not there when they were looked for
		return errors.As(err, &server) && (server.TableName == "user_follows" || server.TableName == "user_follow_stats" || server.ConstraintName == cognitoIDIndex)
	}
	return false
}

// constrained makes a refusal of what a constraint that is not ours does not let happen.
func asRefusal(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code[:2] == "23" {
		return moveRefusal(fmt.Sprintf("the constraint %s of the table %s does not allow it", server.ConstraintName, server.TableName))
	}
	return err
}

// pause waits at random before another attempt, for half a second at most.
func randomDelay(ctx context.Context, attempt int) error {
	longest := min(10*time.Millisecond<<attempt, 500*time.Millisecond)
	select {
	case <-time.After(rand.N(longest)): //nolint:gosec // a secret it is not
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin has a transaction be as patient, and returns how long a statement might take before.
func (p moveTimeouts) begin(ctx context.Context, tx pgx.Tx) (statementTimeout string, err error) {
	err = tx.QueryRow(ctx, moveBegin, timeoutSetting(p.lock), timeoutSetting(p.statement)).Scan(&statementTimeout)
	return statementTimeout, err
}

// timeoutSetting is a time as PostgreSQL's settings take it, in milliseconds.
func timeoutSetting(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// begunMove is a move whose accounts are locked.
type lockedMove struct {
	model.AccountMove
	statementTimeout string // of the session
	twin             bool
}

func moveIn(ctx context.Context, tx pgx.Tx, move model.AccountMove, free bool, moveTimeouts moveTimeouts) (*model.Account, error) {
	m := lockedMove{AccountMove: move}
	if err := m.begin(ctx, tx, free, moveTimeouts); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, moveFollowLock, m.From, m.To); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, moveCountsLock, m.From, m.To); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, moveLocked, m.statementTimeout); err != nil {
		return nil, err
	}
	var deleting bool
	if err := tx.QueryRow(ctx, moveDeleted, m.From, m.To).Scan(&deleting); err != nil {
		return nil, err
	}
	if deleting {
		return nil, refusedDeleting
	}
	if err := m.checkReferences(ctx, tx); err != nil {
		return nil, err
	}
	if err := m.moveFollows(ctx, tx); err != nil {
		return nil, err
	}
	return m.moveAccount(ctx, tx)
}

// begin locks the accounts.
func (m *lockedMove) begin(ctx context.Context, tx pgx.Tx, free bool, moveTimeouts moveTimeouts) error {
	var err error
	if m.statementTimeout, err = moveTimeouts.begin(ctx, tx); err != nil {
		return err
	}
	accounts, err := lockAccounts(ctx, tx, free, m.From, m.To)
	if err != nil {
		return err
	}
	twin, hasTwin := accounts[m.To]
	m.twin = hasTwin
	switch account, there := accounts[m.From]; {
	case !there && free:
		return m.whyMissing(ctx, tx)
	case !there:
		return refusedGone
	case m.Seen != nil && (account.TokenVersion != m.Seen.TokenVersion || account.Role != m.Seen.Role):
		return refusedChanged
	case hasTwin && !twin.IsTwin():
		return refusedTaken
	}
	return nil
}

// missing is why an account that is free to lock was not found.
func (m *lockedMove) whyMissing(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, moveThere, m.From).Scan(&there); err != nil {
		return err
	}
	if there {
		return errAccountLocked
	}
	return refusedGone
}

// lockAccounts locks accounts, and returns those that there are. free: without those that something else has locked.
func lockAccounts(ctx context.Context, tx pgx.Tx, free bool, ids ...string) (map[string]model.Account, error) {
	sql := moveAccounts
	if free {
		sql = moveFree
	}
	accounts := map[string]model.Account{}
	rows, _ := tx.Query(ctx, sql, ids)
	var account model.Account
	var hash string
	_, err := pgx.ForEachRow(rows, []any{&account.CognitoID, &account.Username, &account.Role, &account.TokenVersion, &hash}, func() error {
		account.Password = readHash(hash)
		accounts[account.CognitoID] = account
		return nil
	})
	return accounts, err
}

// checkReferences refuses a move by which another table would lose a row, or a reference of one. What it looks at is locked.
func (m *lockedMove) checkReferences(ctx context.Context, tx pgx.Tx) error {
	rows, _ := tx.Query(ctx, moveReferences)
	type reference struct {
		Table string
		Query *string
	}
	references, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reference])
	if err != nil {
		return err
	}
	for _, r := range references {
		if r.Query == nil {
			return moveRefusal("the table " + r.Table + " may refer to what would go, and cannot be read: grant SELECT on it")
		}
		var referred bool
		// $1 is the twin; empty where there is none.
		args := []any{"", m.From}
		if m.twin {
			args[0] = m.To
		}
		if err := tx.QueryRow(ctx, *r.Query, args...).Scan(&referred); err != nil {
			return err
		}
		if referred {
			return moveRefusal("the table " + r.Table + " refers to an account, counts or follows that would go: point its rows to the other account first")
		}
	}
	return nil
}

// moveFollows moves follows and counts.
func (m *lockedMove) moveFollows(ctx context.Context, tx pgx.Tx) error {
	var users []string
	var followers, followings []int64
	rows, _ := tx.Query(ctx, moveFollows, m.From, m.To)
	var user string
	var follower, following int64
	if _, err := pgx.ForEachRow(rows, []any{&user, &follower, &following}, func() error {
		users, followers, followings = append(users, user), append(followers, follower), append(followings, following)
		return nil
	}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, moveCounts, users, followers, followings); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, moveCountsEnd, m.From)
	return err
}

// moveAccount merges the twin into the account and gives it the id.
func (m *lockedMove) moveAccount(ctx context.Context, tx pgx.Tx) (*model.Account, error) {
	var hash *string
	if m.EndPassword {
		hash = new(writtenHash(""))
	}
	args := []any{m.From, m.To, hash}
	var twinValues [8]*string // by the twin
	if m.twin {
		var targets []any
		for i := range twinValues {
			targets = append(targets, &twinValues[i])
		}
		if err := tx.QueryRow(ctx, moveTwin, m.To).Scan(targets...); err != nil {
			return nil, err
		}
	}
	for _, value := range twinValues {
		args = append(args, value)
	}
	account := model.Account{CognitoID: m.To}
	var stored string
	if err := tx.QueryRow(ctx, moveAccount, args...).Scan(&account.Username, &account.Role, &account.TokenVersion, &stored); err != nil {
		return nil, err
	}
	account.Password = readHash(stored)
	return &account, nil
}
