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

// A move changes the Cognito id of an account in one transaction. It also changes the old id in the account's follows
// and counts. Rows that already exist under the new id remain. If the Cognito user has created another account in the
// meantime (the twin), the move merges the twin into the account. If two follows become one, the earlier time remains.
// Follows between the two ids are removed. Afterwards the counts equal the number of rows.
//
// Locks are taken in the order of lock.go: both accounts, follows, counts. Other services may use another order.
// Therefore the time limits for one lock, and for all locks together, are shorter than PostgreSQL's deadlock_timeout of
// 1 s. If a cycle of waits forms, this transaction gives up first and runs again.
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

// moveTimeouts limits how long a move waits.
type moveTimeouts struct {
	lock time.Duration // for one lock
	// statement applies to each of the three statements that lock, including all their waits. If a statement exceeds
	// it, for example because there are many follows to lock, the next attempt gets twice the time.
	statement time.Duration
}

var defaultMoveTimeouts = moveTimeouts{100 * time.Millisecond, 250 * time.Millisecond}

// moveAttempts is the maximum number of attempts of a move.
const moveAttempts = 20

// moveRefusal is the reason for which an account cannot be moved. Another attempt would fail too.
type moveRefusal string

func (r moveRefusal) Error() string { return string(r) }

// isAboutSchema reports whether the refusal names tables or constraints, which only operators may see.
func (r moveRefusal) isAboutSchema() bool {
	switch r {
	case refusedGone, refusedTaken, refusedDeleting, refusedLocked, refusedChanged:
		return false
	}
	return true
}

const (
	refusedGone     = moveRefusal("the account has a different id now")
	refusedTaken    = moveRefusal("the pool user already has another account")
	refusedDeleting = moveRefusal("an account of the pool user is being deleted: try again later")
	refusedLocked   = moveRefusal("its rows were locked during every attempt: try again")
	refusedChanged  = moveRefusal("the account was changed by another operation: try again")
)

// MoveAccount gives an account another Cognito id and returns the account after the move. It returns NOT_FOUND if no
// account has the old id. It returns CONFLICT if the new id has an account that is more than a twin (an account that
// createProfile created), if an account with that id is being deleted, or if the account differs from move.Seen. It
// returns DATABASE_MISMATCH if a table or constraint that does not belong to this program prevents the move; its name
// goes to the log only.
func (s *Store) MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error) {
	var account *model.Account
	err := s.moveOne(ctx, s.pool, move, false, &account)
	var refusal moveRefusal
	switch {
	case errors.Is(err, refusedGone):
		return nil, errUnknownAccount()
	case errors.Is(err, refusedTaken):
		return nil, apperr.New(apperr.Conflict, "this Cognito user already has an account")
	case errors.As(err, &refusal) && refusal.isAboutSchema():
		return nil, apperr.Wrap(apperr.DatabaseMismatch, refusal, "the account cannot be moved: the server log has the reason")
	case errors.As(err, &refusal):
		return nil, apperr.New(apperr.Conflict, "%s", refusal)
	case err != nil:
		return nil, classify(ctx, err)
	}
	return account, nil
}

// moveOne runs the transaction of a move until no other transaction blocks it. If free is set, a locked account counts
// as blocked at once. The error is a moveRefusal or an error of the driver.
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

// errAccountLocked means that another transaction has locked an account.
var errAccountLocked = errors.New("an account is locked")

// isBlocked reports whether another transaction may have caused a move to fail.
func isBlocked(err error) bool {
	var server *pgconn.PgError
	if errors.Is(err, errAccountLocked) || retryable(err) {
		return true
	}
	switch stateOf(err) {
	case lockNotAvailable, queryCanceled:
		return true
	case uniqueViolation: // a follow, counts or an account that was inserted after the move's check
		return errors.As(err, &server) && (server.TableName == "user_follows" || server.TableName == "user_follow_stats" || server.ConstraintName == cognitoIDIndex)
	}
	return false
}

// asRefusal converts a violation of a constraint that does not belong to this program to a moveRefusal. It returns
// other errors unchanged.
func asRefusal(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code[:2] == "23" {
		return moveRefusal(fmt.Sprintf("the constraint %s of the table %s does not allow it", server.ConstraintName, server.TableName))
	}
	return err
}

// randomDelay waits for a random time before the next attempt, at most half a second.
func randomDelay(ctx context.Context, attempt int) error {
	longest := min(10*time.Millisecond<<attempt, 500*time.Millisecond)
	select {
	case <-time.After(rand.N(longest)): //nolint:gosec // not a secret
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin sets the timeouts in a transaction and returns the previous statement_timeout.
func (p moveTimeouts) begin(ctx context.Context, tx pgx.Tx) (statementTimeout string, err error) {
	err = tx.QueryRow(ctx, moveBegin, timeoutSetting(p.lock), timeoutSetting(p.statement)).Scan(&statementTimeout)
	return statementTimeout, err
}

// timeoutSetting formats a duration for a PostgreSQL setting, in milliseconds.
func timeoutSetting(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// lockedMove is a move whose accounts are locked.
type lockedMove struct {
	model.AccountMove
	statementTimeout string // statement_timeout of the session
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

// whyMissing returns the reason for which lockAccounts did not return an account: it does not exist, or it is locked.
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

// lockAccounts locks accounts and returns those that exist. If free is set, it skips accounts that another transaction
// has locked.
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

// checkReferences rejects a move that would make another table lose a row or a reference. The rows that it checks are
// locked.
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
			return moveRefusal("the table " + r.Table + " may refer to rows that would be removed, but cannot be read: grant SELECT on it")
		}
		var referred bool
		// $1 is the twin; empty if there is none.
		args := []any{"", m.From}
		if m.twin {
			args[0] = m.To
		}
		if err := tx.QueryRow(ctx, *r.Query, args...).Scan(&referred); err != nil {
			return err
		}
		if referred {
			return moveRefusal("the table " + r.Table + " refers to an account, counts or follows that would be removed: point its rows to the other account first")
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

// moveAccount merges the twin into the account and gives the account the new id.
func (m *lockedMove) moveAccount(ctx context.Context, tx pgx.Tx) (*model.Account, error) {
	var hash *string
	if m.DisablePassword {
		hash = new(writtenHash(""))
	}
	args := []any{m.From, m.To, hash}
	var twinValues [8]*string // values of the twin
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
