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

// UserImportOptions configures an import of users. CreateUsers has no effect here.
type UserImportOptions struct {
	ImportOptions

	// Conflict is called in the order of the rows for each row whose username, email address or phone number another
	// user has. An error that it returns ends the import. It may be nil.
	Conflict func(UserConflict) error

	// Approve is called after the calls of Conflict and before the first write. If it returns an error, ImportUsers
	// returns that error and imports nothing. It is called again if another writer takes a value of a row in the
	// meantime. It may be nil.
	Approve func() error
}

// UserConflict is a row of users that is not imported.
type UserConflict struct {
	Line   int64  // UserRecord.Line
	Record []byte // UserRecord.Record
	Kind   ConflictKind
}

// ConflictKind is the value that another user has.
type ConflictKind struct {
	Column string // username, email or phone_number; the first two are compared without case
	Within bool   // the other user is an earlier row of the import, not an account
}

// ImportUsers creates accounts. If an account with a row's Cognito id exists, or an earlier row has the same id, the
// row counts as unchanged. Rows in conflict with others are left out and are not counted in the result.
//
// ImportUsers writes after it has read all rows and Approve has returned nil. It returns an error of rows unchanged.
// After an interruption, running the same import again creates the missing accounts.
//
// The caller must ensure that all fields are valid according to package profile.
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
	// An id whose account is being deleted becomes free only when the deletion is complete.
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
	"folded_username", "folded_email",
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
		return []any{
			line, row.Line, row.Record, row.CognitoID, profile.CheckUsername("user_"+row.CognitoID) == nil,
			optional(row.Username), optional(row.Firstname), optional(row.Lastname), optional(row.Avatar),
			optional(row.Email), optional(row.PhoneNumber), optional(row.Role),
			optional(row.Country), optional(row.City), optional(row.Zipcode), createdAt,
			optional(profile.Fold(row.Username)), optional(profile.Fold(row.Email)),
		}
	})
	if err != nil {
		return 0, err
	}
	return staged, m.script(ctx, importUsersReady)
}

// optional returns NULL for an empty field.
func optional(field string) any {
	if field == "" {
		return nil
	}
	return field
}

// contestedUsers removes the rows in conflict with others, reports them and asks for approval.
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

// settleNames replaces each derived username and phone number that a row of the import also contains. It returns the
// number of accounts to create.
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
	return 0, fmt.Errorf("no free usernames or phone numbers found in %d attempts: give every user a username and a phone number", accountRounds)
}
