// Package ingest reads tables of users and follows, sorts out their bad rows and has the store import the good ones.
//
// It finds out how a file is written, as far as Format does not say it: what separates the columns, where they are, what is
// a comment. What could be meant in two ways is refused. Lines end in LF, CRLF or CR. A record has at most 64 KiB, so that
// memory is bounded whatever the file; fields may be quoted (RFC 4180).
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
	Format      Format         // how the file is written
	DryRun      bool           // write nothing; Report tells what an import would do
	Understood  func(Layout)   // called once the layout is known, before any row is read; may be nil
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
	Lines    int64 // = Rows + Rejected + Blank, where reading came to the end; a record counts as one line
	Blank    int64 // lines that are no rows: blank ones, and those counted in the next three
	Comments int64
	Headers  int64 // the header again
	Others   int64 // what programs put around rows: rules, the number of rows
	Rejected int64
	Causes   map[Cause]int64 // of the rejected ones
	NoZone   int64           // times without a time zone, taken for UTC
	NoTime   int64           // rows with an empty time in a file with times; they get the time of the import
	First    []string        // of a dry run: the first rows, as they were understood
}

// Edges imports a file of follows with the columns follower_id, following_id (Cognito ids) and
// optionally created_at (RFC 3339, or as PostgreSQL writes times) or epoch_seconds. Where more rows are bad than allowed the error is a
// *RejectedError. The Report is true beside an error as well. See store.ImportFollows for what holds
// after an interruption.
func Edges(ctx context.Context, db Store, source io.Reader, opts Options) (Report, error) {
	bad, err := newRejects(opts.Rejects, opts.MaxRejects)
	if err != nil {
		return Report{}, err
	}
	edges, err := openTable(ctx, source, kindOf[model.FollowRecord]{edgeSchema, edgeParser}, opts.Format, bad)
	if err != nil {
		return Report{}, err
	}
	defer edges.close()
	understood(opts, edges.layout)
	var first []string
	rows := peek(edges.rows(reading(edges, opts)), opts.DryRun, &first, describeEdge)
	result, err := db.ImportFollows(ctx, rows, store.ImportOptions{
		CreateUsers: opts.CreateUsers,
		DryRun:      opts.DryRun,
		SkipVacuum:  opts.SkipVacuum,
		Progress:    writing(opts),
	})
	return report(edges, result, first, err)
}

// Users imports a file of users with the column id or cognito_id and optionally username, firstname
// or first_name, lastname or last_name, email, phone_number, avatar, country, city, zipcode, role, and
// created_at or epoch_seconds. A user who is there already stays as they are; one whose
// username, email or phone number belongs to another is a bad row. Errors are as those of Edges.
func Users(ctx context.Context, db Store, source io.Reader, opts Options) (Report, error) {
	bad, err := newRejects(opts.Rejects, opts.MaxRejects)
	if err != nil {
		return Report{}, err
	}
	users, err := openTable(ctx, source, kindOf[model.UserRecord]{userSchema, userParser}, opts.Format, bad)
	if err != nil {
		return Report{}, err
	}
	defer users.close()
	users.located = func(user *model.UserRecord, line int64, record []byte) {
		user.Line, user.Record = line, bytes.Clone(record)
	}
	understood(opts, users.layout)
	var first []string
	rows := peek(users.rows(reading(users, opts)), opts.DryRun, &first, describeUser)
	result, err := db.ImportUsers(ctx, rows, store.UserImportOptions{
		ImportOptions: store.ImportOptions{SkipVacuum: opts.SkipVacuum, DryRun: opts.DryRun, Progress: writing(opts)},
		Conflict: func(conflict store.UserConflict) error {
			return bad.add(conflict.Line, fault{cause: conflictCauses[conflict.Kind]}, conflict.Record)
		},
		Approve: bad.judge,
	})
	return report(users, result, first, err)
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

func understood(opts Options, layout Layout) {
	if opts.Understood != nil {
		opts.Understood(layout)
	}
}

func report[T any](t *table[T], result store.ImportResult, first []string, err error) (Report, error) {
	if flushErr := t.rejects.flush(); err == nil {
		err = flushErr
	}
	return Report{
		ImportResult: result,
		Lines:        t.tally.lines,
		Blank:        t.tally.blank,
		Comments:     t.tally.comments,
		Headers:      t.tally.headers,
		Others:       t.tally.others,
		NoZone:       t.times.withoutZone,
		NoTime:       t.times.empty,
		First:        first,
		Rejected:     t.rejects.total,
		Causes:       maps.Clone(t.rejects.causes),
	}, err
}
