// Package ingest reads tables of users and follows, rejects bad rows and passes the good ones to the store for import.
//
// It detects the format of a file: the delimiter, the columns and the comments (sniff.go). Options.Format overrides the
// detection. It rejects ambiguous files. Lines end in LF, CRLF or CR. Fields may be quoted (RFC 4180). A record has at
// most 64 KiB, which bounds memory.
//
// A file passes through textfile.Open, line.go (lines), split.go (fields), table.go (records and rejects) and the
// parsers in edge.go and user.go.
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

// Store is the destination of an import.
type Store interface {
	ImportFollows(context.Context, iter.Seq2[model.FollowRecord, error], store.ImportOptions) (store.ImportResult, error)
	ImportUsers(context.Context, iter.Seq2[model.UserRecord, error], store.UserImportOptions) (store.ImportResult, error)
}

// Options configure an import. The zero value allows no bad row.
type Options struct {
	Format      Format         // format of the file; empty fields are detected
	DryRun      bool           // write nothing; Report contains what an import would do
	Understood  func(Layout)   // called when the layout is known, before any row is read; may be nil
	CreateUsers bool           // create accounts for ids without one; only for edges
	MaxRejects  int64          // with more bad rows than this, nothing is imported
	Rejects     io.Writer      // receives the bad rows as CSV: line, cause, record; may be nil
	SkipVacuum  bool           // see store.ImportOptions
	TotalBytes  int64          // size of the input, for Progress; 0: unknown
	Progress    func(Progress) // called often, never concurrently; may be nil
}

// PhaseRead is the phase before those of the store.
const PhaseRead store.ImportPhase = "reading"

// Progress is the progress of an import. In PhaseRead the unit is bytes of the input, before decompression. In later
// phases it is rows. A total of 0 is unknown.
type Progress struct {
	Phase             store.ImportPhase
	Rows, TotalRows   int64
	Bytes, TotalBytes int64
}

// Report counts the lines of a file after the header.
type Report struct {
	store.ImportResult
	Lines    int64 // = Rows + Rejected + Blank if the file was read to its end; a record counts as one line
	Blank    int64 // lines that are not rows: blank ones, and those of the next three fields
	Comments int64
	Headers  int64 // repeated headers
	Others   int64 // rules, row counts and the end of COPY's data
	Rejected int64
	Causes   map[Cause]int64 // number of rejected rows by cause
	Rejects  string          // the causes with the line of the first rejected row, in words; empty if there is none
	NoZone   int64           // times without a time zone, taken for UTC
	NoTime   int64           // rows with an empty time in a file with times; they get the time of the import
	First    []string        // in a dry run: the first rows as they were parsed
}

// Edges imports a file of follows with the columns follower_id and following_id (Cognito ids), and optionally
// created_at (RFC 3339, or as PostgreSQL writes times) or epoch_seconds. If more rows are bad than allowed, the error
// is a *RejectedError. The Report is valid even with an error. See store.ImportFollows for the state after an
// interruption.
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

// Users imports a file of users with the column id or cognito_id, and optionally username, firstname or first_name,
// lastname or last_name, email, phone_number, avatar, country, city, zipcode, role, and created_at or epoch_seconds.
// Existing users do not change. A user whose username, email or phone number belongs to another user is a bad row.
// Errors are as for Edges.
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
	users.locate = func(user *model.UserRecord, line int64, record []byte) {
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
		Rejects:      t.rejects.describe(),
	}, err
}
