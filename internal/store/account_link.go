package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/profile"
	"followgraph/internal/store/nopassword"
)

// LinkOptions controls how accounts are linked to the users of a Cognito user pool.
type LinkOptions struct {
	// Region is the country, such as CH, of phone numbers without a country code; empty: none.
	Region string
	// Column is the column of users that holds Cognito ids; empty: none.
	Column string
	// WithPool accepts an id of Column only if the pool contains it.
	WithPool bool
	// IDs uses each account's number (users.id) as its Cognito id. It is for databases whose follows refer to accounts
	// by number. No other rule applies.
	IDs bool
	// Unmarked also links accounts whose id is neither in the pool nor marked as generated.
	Unmarked bool
	// TrustUsernames links by username even if the phone number or email address differs and neither is equal.
	TrustUsernames bool
	// EndPasswords removes the passwords of the accounts that are linked.
	EndPasswords bool
	// DryRun changes nothing.
	DryRun bool

	OnLink    func(Link) error        // called for each link, in the order of accounts; may be nil
	OnProblem func(LinkProblem) error // called for each account or user that is not linked; may be nil
	Progress  func(ImportProgress)    // may be nil
}

// The phases of linking, before and after PhaseMerge.
const (
	PhaseMatch ImportPhase = "matching"
	PhaseLink  ImportPhase = "linking"
	PhaseShare ImportPhase = "counting follows"
)

// linkSQL is the template data of the statements that depend on options.
type linkSQL struct {
	Unmarked, TrustUsernames, NeedsPool bool
	Column, NoPasswords                 string // as SQL
}

var (
	linkStage     = statement("link_stage", nil)
	linkPoolReady = statement("link_pool_ready", nil)
	linkSettled   = statement("link_settled", nil)
	linkUnmarked  = statement("link_unmarked", nil)
	linkColumn    = statement("link_column", nil)
	linkNamed     = statement("link_ids_named", nil)
	linkReady     = statement("link_ready", nil)
	linkChunk     = statement("link_chunk", nil)
	linkFailed    = statement("link_failed", nil)
	linkLinked    = statement("link_linked", nil)
	linkReport    = statement("link_report", nil)
	linkShare     = statement("link_share", nil)
	movePlain     = statement("move_plain", nil)
)

const (
	// linkRows is the number of accounts that are read and normalized at once.
	linkRows = 5000
	// linkChunkRows is the number of accounts per transaction, for accounts that have no other rows.
	linkChunkRows = 200
)

// LinkAccounts replaces the generated ids of accounts with the Cognito ids of the matching pool users. It links an
// account and a user if a rule matches them, and no rule matches either of them with a second candidate. Existing links
// do not change. LinkAccounts may run while services use the database. It may be run again after an error: links that
// were made before the error remain.
func (s *Store) LinkAccounts(ctx context.Context, pool iter.Seq2[model.PoolUser, error], opts LinkOptions) (LinkResult, error) {
	result := LinkResult{Linked: map[LinkRule]int64{}, Left: map[LinkProblemKind]int64{}}
	m, err := s.startImport(ctx, ImportOptions{Progress: opts.Progress})
	if err != nil {
		return result, err
	}
	defer m.close(ctx)
	l := linker{importer: m, store: s, opts: opts, result: &result}
	for _, step := range []func(context.Context) error{
		l.checkColumn, func(ctx context.Context) error { return l.stagePool(ctx, pool) }, l.stageAccounts, l.match, l.move, l.report, l.share,
	} {
		if err := step(ctx); err != nil {
			return result, err
		}
	}
	return result, nil
}

// linker is one run of LinkAccounts.
type linker struct {
	*importer
	store  *Store
	opts   LinkOptions
	result *LinkResult
}

func (l *linker) sql() linkSQL {
	data := linkSQL{Unmarked: l.opts.Unmarked, TrustUsernames: l.opts.TrustUsernames, NeedsPool: l.opts.WithPool, NoPasswords: "'" + nopassword.Hash + "', '" + nopassword.Before + "'"}
	if l.opts.Column != "" {
		data.Column = pgx.Identifier{l.opts.Column}.Sanitize()
	}
	return data
}

func (l *linker) checkColumn(ctx context.Context) error {
	if l.opts.Column == "" {
		return nil
	}
	var there bool
	if err := l.conn.QueryRow(ctx, linkColumn, l.opts.Column).Scan(&there); err != nil {
		return classify(ctx, err)
	}
	if !there {
		return fmt.Errorf("the table users has no column %q", l.opts.Column)
	}
	return nil
}

func (l *linker) stagePool(ctx context.Context, pool iter.Seq2[model.PoolUser, error]) error {
	if err := l.script(ctx, linkStage); err != nil {
		return err
	}
	columns := []string{"line", "cognito_id", "username", "folded_username", "phone_number", "folded_email", "account", "unconfirmed"}
	_, err := stage(ctx, l.importer, "link_pool", columns, pool, func(line int64, user model.PoolUser) []any {
		var account any
		if user.AccountID != 0 {
			account = user.AccountID
		}
		return []any{
			line, user.CognitoID, optional(user.Username), optional(profile.Fold(user.Username)),
			l.phoneNumber(user.PhoneNumber), optional(profile.Fold(user.Email)), account, user.Unconfirmed,
		}
	})
	if err != nil {
		return err
	}
	if err := l.script(ctx, linkPoolReady); err != nil {
		return err
	}
	if err := l.conn.QueryRow(ctx, linkSettled).Scan(&l.result.PoolUsers, &l.result.Settled); err != nil {
		return classify(ctx, err)
	}
	if !l.opts.Unmarked {
		if err := l.conn.QueryRow(ctx, linkUnmarked).Scan(&l.result.Unmarked); err != nil {
			return classify(ctx, err)
		}
	}
	return nil
}

// phoneNumber returns a phone number in the form used for comparison, or nil if the text is not a phone number.
func (l *linker) phoneNumber(text string) any {
	number, err := profile.ParseLocalPhoneNumber(text, l.opts.Region)
	if err != nil {
		return nil
	}
	return number
}

// stagedAccount is a row of sql/link_accounts.sql.
type stagedAccount struct {
	Account               int64
	CognitoID, Username   string
	PhoneNumber, Email, G *string
}

func (l *linker) stageAccounts(ctx context.Context) error {
	next := statementText("link_accounts", l.sql())
	columns := []string{"account", "cognito_id", "username", "folded_username", "phone_number", "folded_email", "given"}
	for last := int64(0); ; {
		rows, _ := l.conn.Query(ctx, next, last, linkRows)
		batch, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stagedAccount])
		if err != nil {
			return classify(ctx, err)
		}
		if len(batch) == 0 {
			return nil
		}
		last = batch[len(batch)-1].Account
		_, err = l.conn.CopyFrom(ctx, pgx.Identifier{"pg_temp", "link_accounts"}, columns, pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			a := batch[i]
			return []any{
				a.Account, a.CognitoID, optional(a.Username), optional(profile.Fold(a.Username)), l.phoneNumber(deref(a.PhoneNumber)),
				optional(profile.Fold(deref(a.Email))), givenID(deref(a.G)),
			}, nil
		}))
		if err != nil {
			return classify(ctx, err)
		}
		l.result.Accounts += int64(len(batch))
		l.opts.progress(ImportProgress{Phase: PhaseMatch, Done: l.result.Accounts})
	}
}

func (o LinkOptions) progress(p ImportProgress) {
	if o.Progress != nil {
		o.Progress(p)
	}
}

// givenID returns an id from LinkOptions.Column, or nil if it is not a valid Cognito id.
func givenID(id string) any {
	if !globalid.ValidCognitoID(id) || globalid.IsLocalID(id) {
		return nil
	}
	return id
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (l *linker) match(ctx context.Context) error {
	name := "link_match"
	if l.opts.IDs {
		name = "link_ids"
		var named int64
		if err := l.conn.QueryRow(ctx, linkNamed).Scan(&named); err != nil {
			return classify(ctx, err)
		}
		if named == 0 && l.result.Accounts > 0 {
			return errors.New("no follow names an account by its number (users.id): are the ids of the follows those of a Cognito user pool?")
		}
	}
	if err := l.script(ctx, statementText(name, l.sql())); err != nil {
		return err
	}
	return l.script(ctx, linkReady)
}

// move links the matched accounts.
func (l *linker) move(ctx context.Context) error {
	if l.opts.DryRun {
		return nil
	}
	var total int64
	if err := l.conn.QueryRow(ctx, "SELECT count(*) FROM pg_temp.link_moves").Scan(&total); err != nil {
		return classify(ctx, err)
	}
	_, done, err := l.chunks(ctx, total, linkChunkRows, l.moveChunk, func(done int64) {
		l.opts.progress(ImportProgress{PhaseLink, done, total})
	})
	if err != nil {
		return fmt.Errorf("linking stopped at account %d of %d, run it again to complete it: %w", done, total, err)
	}
	return nil
}

// linkMove is a row of sql/link_chunk.sql.
type linkMove struct {
	Account      int64
	OldID, NewID string
}

// moveChunk moves all accounts that have no other rows in one transaction, and each other account in a separate
// transaction.
func (l *linker) moveChunk(ctx context.Context, from, to int64) (int64, error) {
	rows, _ := l.conn.Query(ctx, linkChunk, from, to)
	moves, err := pgx.CollectRows(rows, pgx.RowToStructByPos[linkMove])
	if err != nil {
		return 0, err
	}
	done, err := l.movePlain(ctx, moves)
	if err != nil && asRefusal(err) == err && !isBlocked(err) { //nolint:errorlint // asRefusal returns another error or the same one
		return 0, err
	}
	for _, move := range moves {
		if done[move.OldID] {
			continue
		}
		var account *model.Account
		err := l.store.moveOne(ctx, l.conn, model.AccountMove{From: move.OldID, To: move.NewID, DisablePassword: l.opts.EndPasswords}, true, &account)
		var refusal moveRefusal
		if errors.As(err, &refusal) {
			_, err = l.conn.Exec(ctx, linkFailed, move.Account, string(refusal))
		}
		if err != nil {
			return 0, err
		}
	}
	return int64(len(moves)), nil
}

// movePlain moves accounts and returns their old ids. If it returns an error, it has moved none.
func (l *linker) movePlain(ctx context.Context, moves []linkMove) (done map[string]bool, err error) {
	ids := make(map[string]string, len(moves))
	old := make([]string, len(moves))
	for i, move := range moves {
		old[i], ids[move.OldID] = move.OldID, move.NewID
	}
	err = pgx.BeginTxFunc(ctx, l.conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := defaultMoveTimeouts.begin(ctx, tx); err != nil {
			return err
		}
		accounts, err := lockAccounts(ctx, tx, true, old...)
		if err != nil {
			return err
		}
		var from, to []string
		for id := range accounts {
			from, to = append(from, id), append(to, ids[id])
		}
		var hash *string
		if l.opts.EndPasswords {
			hash = new(writtenHash(""))
		}
		rows, _ := tx.Query(ctx, movePlain, from, to, hash)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		done = make(map[string]bool, len(ids))
		for _, id := range ids {
			done[id] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// report calls OnLink and OnProblem for each result.
func (l *linker) report(ctx context.Context) error {
	rows, _ := l.conn.Query(ctx, linkLinked)
	var link Link
	var rule int
	if _, err := pgx.ForEachRow(rows, []any{&link.Account, &link.CognitoID, &rule}, func() error {
		link.Rule = LinkRule(rule)
		l.result.Linked[link.Rule]++
		if l.opts.OnLink == nil {
			return nil
		}
		return l.opts.OnLink(link)
	}); err != nil {
		return classify(ctx, err)
	}
	rows, _ = l.conn.Query(ctx, linkReport)
	var account *int64
	var cognitoID *string
	var by *int
	var what string
	_, err := pgx.ForEachRow(rows, []any{&account, &cognitoID, &by, &what}, func() error {
		problem := LinkProblem{CognitoID: deref(cognitoID), Kind: LinkRefused, Reason: what}
		if account != nil {
			problem.Account = *account
		}
		if problemOf, ok := linkProblems[what]; ok {
			problem.Kind, problem.Reason = problemOf.kind, problemOf.reason
		}
		if by != nil {
			problem.Reason = fmt.Sprintf("%s (by %s)", problem.Reason, LinkRule(*by))
		}
		l.result.Left[problem.Kind]++
		if problem.Kind == LinkUnknown && account != nil {
			l.result.WithoutUser++
		}
		if l.opts.OnProblem == nil {
			return nil
		}
		return l.opts.OnProblem(problem)
	})
	return classify(ctx, err)
}

func (l *linker) share(ctx context.Context) error {
	l.opts.progress(ImportProgress{Phase: PhaseShare})
	return classify(ctx, l.conn.QueryRow(ctx, linkShare).Scan(&l.result.Follows, &l.result.Complete))
}
