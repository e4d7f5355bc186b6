package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"

	"followgraph/internal/config"
	"followgraph/internal/profile"
	"followgraph/internal/store/adopt"
	"followgraph/internal/wording"
)

// ErrBlocked is returned if the check finds something that blocks an adoption.
var ErrBlocked = errors.New("the adoption is blocked: fix what is listed under \"blocks\", then check again")

// AdoptCheckOptions holds the flags of `adopt check`.
type AdoptCheckOptions struct {
	Region string // ISO 3166 country of phone numbers without a country code, such as CH; empty: none
	JSON   bool   // print the report as JSON
}

// Check returns an error if the options are invalid.
func (o AdoptCheckOptions) Check() error {
	if o.Region == "" {
		return nil
	}
	return profile.CheckRegion(o.Region)
}

// AdoptCheck writes the kind of the database, what blocks its adoption and what the adoption would repair. It changes
// nothing. It returns ErrBlocked if anything blocks the adoption.
func AdoptCheck(ctx context.Context, c config.Common, options AdoptCheckOptions, log *slog.Logger, out io.Writer) (err error) {
	parse := func(number string) (string, error) { return profile.ParseLocalPhoneNumber(number, options.Region) }
	db, err := openSessions(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	report, err := adopt.CheckDatabase(ctx, db.url, adopt.CheckOptions{ParsePhoneNumber: parse})
	if err != nil {
		return err
	}
	if options.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(report)
	} else {
		err = writeReport(out, report)
	}
	if err == nil && report.Blocked() {
		return ErrBlocked
	}
	return err
}

// headings are the headings of the parts of a report.
var headings = []struct {
	kind    adopt.Kind
	heading string
}{
	{adopt.Blocks, "blocks (run the statements with psql, then check again)"},
	{adopt.Repairs, "prepare repairs"},
	{adopt.Notes, "notes"},
}

func writeReport(out io.Writer, report *adopt.Report) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "database\t%s\n", report.Database)
	fmt.Fprintf(table, "tables\t%s\n", report.What)
	if report.State != "" {
		fmt.Fprintf(table, "adoption\t%s\n", report.State)
	}
	for _, size := range report.Sizes {
		rows := "rows not counted"
		if size.Rows >= 0 {
			rows = wording.Count(size.Rows, "row")
			if size.Estimated {
				rows = "about " + rows
			}
		}
		fmt.Fprintf(table, "%s\t%s, %s with indexes\n", size.Table, rows, megabytes(size.Bytes))
	}
	if report.Duration > 0 {
		fmt.Fprintf(table, "prepare\tabout %s, and about %s of disk until the switch\n", wording.Duration(report.Duration), megabytes(report.Disk))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	blocks := false
	for _, part := range headings {
		hasHeading := false
		for _, finding := range report.Findings {
			if finding.Kind != part.kind {
				continue
			}
			if !hasHeading {
				fmt.Fprintf(out, "\n%s\n", part.heading)
				hasHeading = true
			}
			writeFinding(out, finding)
		}
		blocks = blocks || hasHeading && part.kind == adopt.Blocks
	}
	if !blocks {
		_, err := fmt.Fprintln(out, "\nnothing blocks")
		return err
	}
	return nil
}

func writeFinding(out io.Writer, finding adopt.Finding) {
	fmt.Fprintf(out, "- %s.", finding.What)
	if len(finding.IDs) > 0 {
		ids := strings.Trim(fmt.Sprint(finding.IDs), "[]")
		if int64(len(finding.IDs)) < finding.Number {
			ids += " …"
		}
		fmt.Fprintf(out, " Ids of users: %s.", ids)
	}
	fmt.Fprintln(out)
	for _, sql := range finding.SQL {
		if !strings.HasPrefix(sql, "--") {
			sql += ";"
		}
		fmt.Fprintln(out, "    "+strings.ReplaceAll(sql, "\n", "\n    "))
	}
}

func megabytes(n int64) string {
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
