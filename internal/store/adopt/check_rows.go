package adopt

import (
	"context"
	"fmt"
	"strings"
	"time"

	"followgraph/internal/store/searchkey"
	"followgraph/internal/wording"
)

// firstMoment and lastMoment bound the times that RFC 3339, and so the API, can represent.
const (
	firstMoment = "0001-01-01 00:00:00+00"
	lastMoment  = "9999-12-31 23:59:59.999999+00"
)

// checkRows counts what prepare repairs, in one pass over each table.
func (c *checker) checkRows(ctx context.Context) error {
	for at, table := range c.shape.Tables() {
		var conditions, words []string
		count := func(condition, what string) {
			conditions, words = append(conditions, fmt.Sprintf("count(*) FILTER (WHERE %s)", condition)), append(words, what)
		}
		for i := range table.Columns {
			column := &table.Columns[i]
			if steps[len(steps)-1].columns[table.Name][column.Name] != moment {
				continue
			}
			name := quote(column.Name)
			count(name+" IS NULL", "null-time\x00"+table.Name+"."+column.Name+" is null in %s and becomes "+replacement(table.Name, column.Name))
			count(fmt.Sprintf("%s NOT BETWEEN '%s' AND '%s'", name, firstMoment, lastMoment),
				"infinite-time\x00"+table.Name+"."+column.Name+" is infinite or outside the years 1 to 9999 in %s and becomes "+replacement(table.Name, column.Name))
		}
		switch table.Name {
		case UsersTable:
			count("role IS NULL", "null-role\x00users.role is null in %s and becomes END_USER")
			count("password_hash IS NOT NULL AND password_hash !~ '^\\$2[abxy]?\\$[0-9]{2}\\$[./A-Za-z0-9]{53}$'", "password-hash\x00users.password_hash is not a bcrypt hash in %s: these accounts cannot sign in with a password")
		case FollowsTable:
			count("follower_id = following_id", "self-follow\x00Self-follows in %s are dropped; `followgraph adopt undo` restores them")
		case StatsTable:
			count("followers_count IS NULL OR followings_count IS NULL", "null-count\x00A count is null in %s of user_follow_stats and is recounted")
		}
		if len(conditions) == 0 {
			continue
		}
		numbers := make([]int64, len(conditions)+1)
		targets := make([]any, len(numbers))
		for i := range numbers {
			targets[i] = &numbers[i]
		}
		counted, err := c.row(ctx, "read "+table.Name, fmt.Sprintf("SELECT count(*), %s FROM %s", strings.Join(conditions, ", "), c.name(table.Name)), nil, targets...)
		if err != nil {
			return err
		}
		if !counted {
			continue
		}
		c.report.Sizes[at].Rows, c.report.Sizes[at].Estimated = numbers[0], false
		for i, number := range numbers[1:] {
			if number == 0 {
				continue
			}
			code, what, _ := strings.Cut(words[i], "\x00")
			kind := Repairs
			if code == "password-hash" {
				kind = Notes
			}
			c.add(Finding{Kind: kind, Code: code, Number: number, What: fmt.Sprintf(what, wording.Count(number, "row"))})
		}
	}
	return nil
}

// replacement describes the value that replaces a missing time.
func replacement(table, column string) string {
	switch {
	case table == StatsTable:
		return "the current time"
	case column == "updated_at":
		return "created_at"
	default:
		return "the time of the neighboring row by id"
	}
}

// sampledCounts is a mask for the hashes of ids. It selects one in 32 ids if comparing the counts of all ids takes too
// long.
const sampledCounts = 31

// checkCounts compares the counts with the follows in one snapshot.
func (c *checker) checkCounts(ctx context.Context) error {
	var missing, drifts, times int64
	about := ""
	for _, bits := range []int64{0, sampledCounts} {
		counted, err := c.try(ctx, "compare the counts with the follows", c.template("check_counts"), []any{bits}, &missing, &drifts)
		if err != nil {
			return err
		}
		if times = bits + 1; counted {
			break
		}
		if about = "about "; bits == sampledCounts {
			c.noteTimeout("compare the counts with the follows")
			return nil
		}
	}
	if drifts > 0 {
		c.add(Finding{Kind: Repairs, Code: "drift", Number: drifts * times, What: fmt.Sprintf("Counts differ from the follows in %s of user_follow_stats and are recounted", about+wording.Count(drifts*times, "row"))})
	}
	if missing > 0 {
		c.add(Finding{Kind: Repairs, Code: "missing-count", Number: missing * times, What: fmt.Sprintf("user_follow_stats has no row for %s with follows: prepare adds it", about+wording.Count(missing*times, "id"))})
	}
	return nil
}

// checkLetterCase counts accounts whose usernames or email addresses differ only in case.
func (c *checker) checkLetterCase(ctx context.Context) error {
	for _, column := range []string{"username", "email"} {
		var accounts int64
		var ids []int64
		sql := strings.NewReplacer("__COLUMN__", quote(column), "__FOLDED__", searchkey.Folded(quote(column)+"::text")).Replace(c.template("check_letter_case"))
		counted, err := c.row(ctx, "compare "+column+"s without case", sql, []any{maxIDs}, &accounts, &ids)
		if err != nil {
			return err
		}
		if counted && accounts > 0 {
			c.add(Finding{Kind: Notes, Code: "letter-case", Number: accounts, IDs: ids, What: fmt.Sprintf(
				"The %ss of %d accounts differ from another account's only in case: they are kept, and are case-sensitive; a new one must differ in more than case", column, accounts)})
		}
	}
	return nil
}

// Rates of prepare in rows per second, including indexes. They were measured with 200,000 users and 3,000,000 follows
// on two cores shared with other work, so prepare usually takes less.
const (
	followRate = 45000
	userRate   = 15000
	statsRate  = 40000
	fixedTime  = 2 * time.Second
)

// estimate computes how long prepare takes and how much disk space it needs.
func (c *checker) estimate() {
	rates := map[string]int64{UsersTable: userRate, FollowsTable: followRate, StatsTable: statsRate}
	c.report.Duration = fixedTime
	for at, table := range c.shape.Tables() {
		rows := max(0, c.report.Sizes[at].Rows)
		c.report.Duration += time.Duration(float64(rows) / float64(rates[table.Name]) * float64(time.Second)).Round(time.Second)
		// The factor allows for new indexes: those of follows have more columns, and users has additional ones.
		c.report.Disk += table.Bytes * 3 / 2
	}
}
