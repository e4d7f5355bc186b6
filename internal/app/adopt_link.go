package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strconv"

	"followgraph/internal/config"
	"followgraph/internal/localfile"
	"followgraph/internal/model"
	"followgraph/internal/profile"
	"followgraph/internal/store"
	"followgraph/internal/userpool"
	"followgraph/internal/wording"
)

// AdoptLink holds the options of linking accounts to the users of a Cognito user pool.
type AdoptLink struct {
	Sources        []string // files with users of the pool; - is standard input
	Partial        bool     // pages of the pool may be missing
	Region         string   // country of phone numbers without a country code; empty: none
	Column         string   // column of the table users with Cognito ids; empty: none
	IDs            bool     // follows refer to users.id
	Unmarked       bool     // also link accounts whose id is not marked as generated
	TrustUsernames bool
	EndPasswords   bool
	DryRun         bool
	Report         string // file for what is not linked; empty: none
	Linked         string // file for what is linked; empty: none
}

// Check returns an error that names an invalid flag.
func (a AdoptLink) Check() error {
	if a.Region != "" {
		if err := profile.CheckRegion(a.Region); err != nil {
			return fmt.Errorf("--region: %w", err)
		}
	}
	seen := map[string]bool{}
	for _, source := range a.Sources {
		if seen[source] {
			return fmt.Errorf("the file %s is given twice", source)
		}
		seen[source] = true
	}
	switch {
	case len(a.Sources) == 0 && a.Column == "" && !a.IDs:
		return errors.New("a file with the users of the pool, --column or --ids is required")
	case a.IDs && (len(a.Sources) > 0 || a.Column != ""):
		return errors.New("--ids excludes files and --column: first link by users.id, then link to the pool with --unmarked")
	case a.Column == "cognito_id":
		return errors.New("--column must not be cognito_id: the ids are stored in that column, and its values are used already")
	}
	return nil
}

// LinkAccounts assigns Cognito ids to accounts. It writes the result to out and shows progress on terminal.
func LinkAccounts(ctx context.Context, c config.Common, a AdoptLink, log *slog.Logger, out, terminal io.Writer) (err error) {
	options := store.LinkOptions{
		Region: a.Region, Column: a.Column, WithPool: len(a.Sources) > 0, IDs: a.IDs, Unmarked: a.Unmarked,
		TrustUsernames: a.TrustUsernames, EndPasswords: a.EndPasswords, DryRun: a.DryRun,
	}
	report, err := a.open("--report", a.Report, []string{"account_id", "pool_user", "reason"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	linked, err := a.open("--linked", a.Linked, []string{"account_id", "pool_user", "rule"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, linked.close()) }()
	options.OnProblem = func(p store.LinkProblem) error {
		return report.write(number(p.Account), p.CognitoID, string(p.Kind)+": "+p.Reason)
	}
	options.OnLink = func(l store.Link) error { return linked.write(number(l.Account), l.CognitoID, l.Rule.String()) }
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		display := newProgressDisplay(terminal)
		defer display.close()
		options.Progress = storeProgress(display)
		result, err := opened.LinkAccounts(ctx, a.users(ctx, log), options)
		if err != nil {
			return err
		}
		display.close()
		a.printResult(out, result)
		return nil
	})
}

// users returns the users of all sources.
func (a AdoptLink) users(ctx context.Context, log *slog.Logger) iter.Seq2[model.PoolUser, error] {
	return func(yield func(model.PoolUser, error) bool) {
		var last, others int64
		for _, path := range a.Sources {
			more, err := a.file(ctx, path, log, &last, &others, yield)
			if err != nil {
				yield(model.PoolUser{}, fmt.Errorf("%s: %w", path, err))
				return
			}
			if !more {
				return
			}
		}
		if others > 0 && last == 0 {
			const missing = "pages of the pool are missing: the last page refers to a further one (PaginationToken or NextToken)"
			if !a.Partial {
				yield(model.PoolUser{}, errors.New(missing+"; run list-users without --no-paginate and --max-items, or set --partial"))
				return
			}
			log.WarnContext(ctx, missing)
		}
	}
}

// file yields the users of one source, and reports whether the consumer wants more.
func (a AdoptLink) file(
	ctx context.Context, path string, log *slog.Logger, last, others *int64, yield func(model.PoolUser, error) bool,
) (more bool, err error) {
	source, _, err := openSource(ctx, path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	reader, err := userpool.NewReader(source)
	if err != nil {
		return false, err
	}
	for user, err := range reader.All() {
		if err != nil {
			return false, err
		}
		if !yield(user, nil) {
			return false, nil
		}
	}
	*last += reader.LastPages
	*others += reader.OtherPages
	if reader.WithoutID > 0 {
		log.WarnContext(ctx, "rows without a Cognito id are ignored", "file", path, "rows", reader.WithoutID)
	}
	return true, nil
}

// printResult writes the result. After a dry run it writes the result that a real run would have.
func (a AdoptLink) printResult(out io.Writer, r store.LinkResult) {
	linked, sum := "linked", int64(0)
	if a.DryRun {
		linked = "would be linked"
	}
	if len(a.Sources) > 0 {
		fmt.Fprintf(out, "pool: %s, %d of them with an account already\n", wording.Count(r.PoolUsers, "user"), r.Settled)
	}
	for _, rule := range store.LinkRules {
		if n := r.Linked[rule]; n > 0 || slices.Contains(a.rules(), rule) {
			fmt.Fprintf(out, "%s by %s: %d\n", linked, rule, n)
			sum += n
		}
	}
	fmt.Fprintf(out, "%s: %d of %s\n", linked, sum, wording.Count(r.Accounts, "account"))
	fmt.Fprintf(out, "left: %d ambiguous, %d refused, %s without a pool user, %s without an account", r.Left[store.LinkAmbiguous], r.Left[store.LinkRefused],
		wording.Count(r.WithoutUser, "account"), wording.Count(r.Left[store.LinkUnknown]-r.WithoutUser, "pool user"))
	if a.Report == "" && len(r.Left) > 0 {
		fmt.Fprint(out, " (--report FILE lists them)")
	}
	fmt.Fprintln(out)
	if r.Unmarked > 0 {
		fmt.Fprintf(out, "not checked: %s whose ids are neither marked as generated nor among the ids that were read (to check them, give the whole pool and set --unmarked)\n", wording.Count(r.Unmarked, "account"))
	}
	share := 100.0
	if r.Follows > 0 {
		share = 100 * float64(r.Complete) / float64(r.Follows)
	}
	have := "have"
	if a.DryRun {
		have = "would have"
	}
	fmt.Fprintf(out, "follows: %d, of which %d (%.1f %%) %s both users\n", r.Follows, r.Complete, share, have)
}

// rules returns the rules that the options select.
func (a AdoptLink) rules() (rules []store.LinkRule) {
	if len(a.Sources) > 0 {
		rules = append(rules, store.ByUsername, store.ByPhoneNumber, store.ByEmail)
	}
	if a.Column != "" {
		rules = append(rules, store.ByColumn)
	}
	if a.IDs {
		rules = append(rules, store.ByNumber)
	}
	return rules
}

// number formats the number of an account; it returns an empty text for 0.
func number(account int64) string {
	if account == 0 {
		return ""
	}
	return strconv.FormatInt(account, 10)
}

// listing is an optional CSV file.
type listing struct {
	file io.Closer
	rows *csv.Writer
}

func (a AdoptLink) open(flag, path string, header []string) (listing, error) {
	if path == "" {
		return listing{}, nil
	}
	for _, source := range a.Sources {
		if isSameFile(source, path) {
			return listing{}, fmt.Errorf("%s must not be one of the input files", flag)
		}
	}
	file, err := localfile.Replace(path)
	if err != nil {
		return listing{}, fmt.Errorf("%s: %w", flag, err)
	}
	l := listing{file: file, rows: csv.NewWriter(file)}
	return l, l.write(header...)
}

func (l listing) write(row ...string) error {
	if l.rows == nil {
		return nil
	}
	return l.rows.Write(row)
}

func (l listing) close() error {
	if l.rows == nil {
		return nil
	}
	l.rows.Flush()
	return errors.Join(l.rows.Error(), l.file.Close())
}
