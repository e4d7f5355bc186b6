package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// sampledFollows is about how many follows are read to find out what their ids are.
const sampledFollows = 10000

// minMappedShare is a share of ids below which a column is not taken for the one that follows name.
const minMappedShare = 0.05

// checkMapping finds out what the ids of follows are: which column of users has them.
func (c *checker) checkMapping(ctx context.Context) error {
	sample := ""
	if rows := c.shape.Follows.Rows; rows > 5*sampledFollows {
		// Whole pages, so that not all are read.
		sample = fmt.Sprintf(" TABLESAMPLE SYSTEM (%f)", 100*float64(sampledFollows)/float64(rows))
	}
	var ids []string
	counted, err := c.query(ctx, "read ids of follows", fmt.Sprintf(`
		WITH sample AS MATERIALIZED (SELECT follower_id::text AS a, following_id::text AS b FROM %s%s LIMIT %d)
		SELECT a FROM sample WHERE a IS NOT NULL UNION SELECT b FROM sample WHERE b IS NOT NULL`, c.name(FollowsTable), sample, 2*sampledFollows), nil, func(rows pgx.Rows) error {
		var err error
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil || !counted || len(ids) == 0 {
		return err
	}
	best, share := "", 0.0
	for _, column := range c.candidates() {
		var found int64
		counted, err := c.row(ctx, "look for the ids of follows in users."+column, fmt.Sprintf(
			`SELECT count(*) FROM unnest($1::text[]) AS sample (id) WHERE EXISTS (SELECT FROM %s AS u WHERE u.%s::text COLLATE "C" = sample.id COLLATE "C")`,
			c.name(UsersTable), quote(column)), []any{ids}, &found)
		if err != nil {
			return err
		}
		if s := float64(found) / float64(len(ids)); counted && s > share {
			best, share = column, s
		}
	}
	c.noteMapping(best, share, len(ids))
	if share < minMappedShare {
		return nil
	}
	return c.countMissingAccounts(ctx, best)
}

// candidates are the columns of users that may hold what follows name.
func (c *checker) candidates() []string {
	var names []string
	for _, column := range c.shape.Users.Columns {
		usual := slices.Contains([]string{"password_hash", "firstname", "lastname", "avatar", "country", "city", "zipcode"}, column.Name)
		if !usual && slices.Contains([]string{"character varying", "text", "character", "uuid", "smallint", "integer", "bigint"}, column.Base) {
			names = append(names, column.Name)
		}
	}
	return names
}

// noteMapping says which way of linking fits.
func (c *checker) noteMapping(best string, share float64, sampled int) {
	percent := fmt.Sprintf("%.0f %%", 100*share)
	switch {
	case share < minMappedShare:
		c.notes("mapping", fmt.Sprintf("No column of users has the ids that follows name (%d ids looked at): they are those of the Cognito pool. After the switch, run `followgraph adopt link` with a list of the pool's users", sampled))
	case best == "cognito_id":
		c.notes("mapping", fmt.Sprintf("users.cognito_id has %s of the ids that follows name (%d looked at): it is the mapping, and is kept", percent, sampled))
	case best == "id":
		c.notes("mapping", fmt.Sprintf("users.id is what follows name, in %s of %d ids looked at: after the switch, run `followgraph adopt link %s`", percent, sampled, linkByID))
	default:
		c.notes("mapping", fmt.Sprintf("users.%s has %s of the ids that follows name (%d looked at): after the switch, run `followgraph adopt link %s`", best, percent, sampled, fmt.Sprintf(linkByColumn, best)))
	}
}

// Options of `followgraph adopt link`.
const (
	linkByID     = "--ids"
	linkByColumn = "--column %s"
)

// countMissingAccounts counts the follows of which an end has no account, where the accounts' ids are known.
func (c *checker) countMissingAccounts(ctx context.Context, column string) error {
	var number int64
	sql := strings.ReplaceAll(c.template("check_missing_accounts"), "__COLUMN__", quote(column))
	counted, err := c.row(ctx, "count the follows that name nobody", sql, nil, &number)
	if err == nil && counted && number > 0 {
		c.add(Finding{Kind: Notes, Code: "nobody", Number: number, What: fmt.Sprintf(
			"%d follows name an id that users.%s does not have: they stay, and are shown once an account has the id", number, column)})
	}
	return err
}
