// Package ingest reads CSV files of users and follows, sorts out their bad rows and has the store
// import the good ones.
//
// A file has a header line; it is plain or gzip, UTF-8 with or without a byte order mark, its lines
// end in LF or CRLF. Blank lines are skipped. A record is one line of at most 64 KiB, so that memory is
// bounded whatever the file; fields may be quoted (RFC 4180), but not hold line breaks.
package ingest

import (
	"bytes"
	"context"
	"io"
	"iter"
	"maps"

	"followgraph/internal/model"
	"followgraph/internal/store"
)

// Store is what an import writes to.
type Store interface {
	ImportFollows(context.Context, iter.Seq2[model.FollowRecord, error], store.ImportOptions) (store.ImportResult, error)
	ImportUsers(context.Context, iter.Seq2[model.UserRecord, error], store.UserImportOptions) (store.ImportResult, error)
}

// Options steer an import. The zero value allows no bad row.
type Options struct {
	CreateUsers bool           // make accounts for ids that have none; for edges alone
	MaxRejects  int64          // with more bad rows than this nothing at all is imported
	Rejects     io.Writer      // gets the bad rows as CSV: line, cause, record; may be nil
	SkipVacuum  bool           // see store.ImportOptions
	TotalBytes  int64          // the size of the input, for Progress; 0 where it is unknown
	Progress    func(Progress) // called often, never twice at a time; may be nil
}

// PhaseRead is the phase before those of the store.
const PhaseRead store.ImportPhase = "reading"

// Progress tells how far an import is. While it reads, bytes of the input measure that, compressed
// ones for a compressed file; afterwards rows do. A total is 0 where it is unknown.
type Progress struct {
	Phase             store.ImportPhase
	Rows, TotalRows   int64
	Bytes, TotalBytes int64
}

// Report counts what became of the lines of a file, the header left out.
type Report struct {
	store.ImportResult
	Lines    int64 // = Rows + Rejected + Blank, where reading came to the end
	Blank    int64
	Rejected int64
	Causes   map[Cause]int64 // of the rejected ones
}

// Edges imports a file of follows with the columns follower_id, following_id (Cognito ids) and
// optionally created_at (RFC 3339) or epoch_seconds. Where more rows are bad than allowed the error is a
// *RejectedError. The Report is true beside an error as well. See store.ImportFollows for what holds
// after an interruption.
func Edges(ctx context.Context, db Store, source io.Reader, opts Options) (Report, error) {
	bad, err := newRejects(opts.Rejects, opts.MaxRejects)
	if err != nil {
		return Report{}, err
	}
	edges, err := openTable(ctx, source, edgeParser, bad)
	if err != nil {
		return Report{}, err
	}
	defer edges.close()
	result, err := db.ImportFollows(ctx, edges.rows(reading(edges, opts)), store.ImportOptions{
		CreateUsers: opts.CreateUsers,
		SkipVacuum:  opts.SkipVacuum,
		Progress:    writing(opts),
	})
	return report(edges, result, err)
}

// Users imports a file of users with the column id or cognito_id and optionally username, firstname
// or first_name, lastname or last_name, email, phone_number, avatar, country, city, zipcode, role, and
// created_at (RFC 3339) or epoch_seconds. A user who is there already stays as they are; one whose
// username, email or phone number belongs to another is a bad row. Errors are as those of Edges.
func Users(ctx context.Context, db Store, source io.Reader, opts Options) (Report, error) {
	bad, err := newRejects(opts.Rejects, opts.MaxRejects)
	if err != nil {
		return Report{}, err
	}
	users, err := openTable(ctx, source, userParser, bad)
	if err != nil {
		return Report{}, err
	}
	defer users.close()
	users.located = func(user *model.UserRecord, line int64, record []byte) {
		user.Line, user.Record = line, bytes.Clone(record)
	}
	result, err := db.ImportUsers(ctx, users.rows(reading(users, opts)), store.UserImportOptions{
		ImportOptions: store.ImportOptions{SkipVacuum: opts.SkipVacuum, Progress: writing(opts)},
		Conflict: func(conflict store.UserConflict) error {
			return bad.add(conflict.Line, conflictCauses[conflict.Kind], conflict.Record)
		},
		Approve: bad.judge,
	})
	return report(users, result, err)
}

var conflictCauses = map[store.ConflictKind]Cause{
	{Column: "username"}:                   UsernameTaken,
	{Column: "email"}:                      EmailTaken,
	{Column: "phone_number"}:               PhoneNumberTaken,
	{Column: "username", Within: true}:     UsernameTwice,
	{Column: "email", Within: true}:        EmailTwice,
	{Column: "phone_number", Within: true}: PhoneNumberTwice,
}

func reading[T any](t *table[T], opts Options) func() {
	if opts.Progress == nil {
		return func() {}
	}
	return func() {
		opts.Progress(Progress{
			Phase: PhaseRead, Rows: t.tally.lines, Bytes: t.in.bytes.Load(), TotalBytes: opts.TotalBytes,
		})
	}
}

func writing(opts Options) func(store.ImportProgress) {
	if opts.Progress == nil {
		return nil
	}
	return func(p store.ImportProgress) {
		opts.Progress(Progress{Phase: p.Phase, Rows: p.Done, TotalRows: p.Total})
	}
}

func report[T any](t *table[T], result store.ImportResult, err error) (Report, error) {
	if flushErr := t.rejects.flush(); err == nil {
		err = flushErr
	}
	return Report{
		ImportResult: result,
		Lines:        t.tally.lines,
		Blank:        t.tally.blank,
		Rejected:     t.rejects.total,
		Causes:       maps.Clone(t.rejects.causes),
	}, err
}
