package store

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/profile"
)

var (
	importUsersKnown     = statement("import_users_known", nil)
	importUsersContest   = statement("import_users_contest", nil)
	importUsersConflicts = statement("import_users_conflicts", nil)
)

// UserImportOptions steer an import of users; CreateUsers has no meaning in it.
type UserImportOptions struct {
	ImportOptions

	// Conflict is called for each row that gives a username, email address or phone number of somebody
	// else, in the order of the rows. It may be nil; its error ends the import.
	Conflict func(UserConflict) error

	// Approve is called after that and before anything is written; its error is returned and nothing
	// is imported. It may be nil. It is called again when, meanwhile, somebody took what a row gives.
	Approve func() error
}

// UserConflict is a row of users that stays out.
type UserConflict struct {
	Line   int64  // UserRecord's
	Record []byte // UserRecord's
	Kind   ConflictKind
}

// ConflictKind says what belongs to somebody else.
type ConflictKind struct {
	Column string // username, email or phone_number; of the first two the case makes no difference
	Within bool   // given by an earlier row of the import, not by an account
}

// ImportUsers makes accounts. One whose Cognito id is there already stays as it is and counts as
// unchanged, so does a later row of the same id. Rows in conflict with others are left out and not
// counted in the result.
//
// Nothing is written before rows has ended and Approve agreed; an error that rows yields is returned as
// it is. After an interruption the same import once more makes the accounts that are missing.
//
// The caller sees to it that all fields have the form that package profile asks for.
func (s *Store) ImportUsers(
	ctx context.Context, rows iter.Seq2[model.UserRecord, error], opts UserImportOptions,
) (ImportResult, error) {
	var result ImportResult
	m, err := s.startImport(ctx, opts.ImportOptions)
	if err != nil {
		return result, err
	}
	defer m.close(ctx)

	if result.Rows, err = m.stageUsers(ctx, rows); err != nil {
		return result, err
	}
	m.opts.Progress(ImportProgress{Phase: PhaseCheck})
	if _, err := m.conn.Exec(ctx, importUsersKnown); err != nil {
		return result, classify(ctx, err)
	}
	var conflicts int64
	contested := func(ctx context.Context) error {
		count, err := m.contestedUsers(ctx, opts)
		conflicts += count
		return err
	}
	if err := contested(ctx); err != nil {
		return result, err
	}
	pending, err := m.settleNames(ctx)
	if err != nil {
		return result, err
	}
	if opts.DryRun {
		result.Rows -= conflicts
		result.Added, result.Unchanged = pending, result.Rows-pending
		return result, nil
	}
	// An id whose account is being deleted is free only once that is done.
	if _, err := s.Sweep(ctx); err != nil {
		return result, err
	}
	result.Added, err = m.makeAccounts(ctx, PhaseMerge, result.Rows, pending, contested)
	if err != nil {
		return result, err
	}
	result.Rows -= conflicts
	result.Unchanged = result.Rows - result.Added
	return result, m.vacuum(ctx, "users")
}

var userColumns = []string{
	"line", "source_line", "record", "cognito_id", "plain", "username", "firstname", "lastname", "avatar",
	"email", "phone_number", "role", "country", "city", "zipcode", "created_at",
	"folded_username", "folded_email", "small_email", "capital_email",
}

func (m *importer) stageUsers(ctx context.Context, rows iter.Seq2[model.UserRecord, error]) (int64, error) {
	if err := m.script(ctx, importUsersStage); err != nil {
		return 0, err
	}
	staged, err := stage(ctx, m, "import_users", userColumns, rows, func(line int64, row model.UserRecord) []any {
		var createdAt any
		if !row.CreatedAt.IsZero() {
			createdAt = row.CreatedAt
		}
		// Letters A to Z need no further cases: the database folds them.
		var small, capital any
		if cases := profile.CasesOf(row.Email); cases.Lower != cases.Upper {
			small, capital = cases.Lower, cases.Upper
		}
		return []any{
			line, row.Line, row.Record, row.CognitoID, profile.CheckUsername("user_"+row.CognitoID) == nil,
			optional(row.Username), optional(row.Firstname), optional(row.Lastname), optional(row.Avatar),
			optional(row.Email), optional(row.PhoneNumber), optional(row.Role),
			optional(row.Country), optional(row.City), optional(row.Zipcode), createdAt,
			optional(profile.Fold(row.Username)), optional(profile.Fold(row.Email)), small, capital,
		}
	})
	if err != nil {
		return 0, err
	}
	return staged, m.script(ctx, importUsersReady)
}

// optional makes an unset field NULL.
func optional(field string) any {
	if field == "" {
		return nil
	}
	return field
}

// contestedUsers takes the rows in conflict with others out, reports them and asks for approval.
func (m *importer) contestedUsers(ctx context.Context, opts UserImportOptions) (int64, error) {
	tag, err := m.conn.Exec(ctx, importUsersContest)
	if err != nil {
		return 0, classify(ctx, err)
	}
	conflicts := tag.RowsAffected()
	if conflicts > 0 {
		rows, _ := m.conn.Query(ctx, importUsersConflicts)
		var c UserConflict
		scans := []any{&c.Line, &c.Kind.Column, &c.Kind.Within, &c.Record}
		if _, err := pgx.ForEachRow(rows, scans, func() error {
			if opts.Conflict == nil {
				return nil
			}
			return opts.Conflict(c)
		}); err != nil {
			return conflicts, classify(ctx, err)
		}
	}
	if opts.Approve == nil {
		return conflicts, nil
	}
	return conflicts, opts.Approve()
}

// settleNames gives way with derived usernames and phone numbers to those that rows of the import
// give, and returns how many accounts are to be made.
func (m *importer) settleNames(ctx context.Context) (pending int64, err error) {
	for range accountRounds {
		tag, err := m.conn.Exec(ctx, importUsersSalt)
		if err != nil {
			return 0, classify(ctx, err)
		}
		if tag.RowsAffected() == 0 {
			err := m.conn.QueryRow(ctx, importUsersPending).Scan(&pending)
			return pending, classify(ctx, err)
		}
	}
	return 0, fmt.Errorf("no free usernames or phone numbers found in %d attempts: give all users one of their own", accountRounds)
}
