package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/wording"
)

// sampledFollows is about how many follows checkMapping reads.
const sampledFollows = 10000

// minMappedShare is the minimum share of the sampled ids that a column must contain. checkMapping then assumes that
// follows refer to this column.
const minMappedShare = 0.05

// checkMapping finds the column of users that follows refer to.
func (c *checker) checkMapping(ctx context.Context) error {
	sample := ""
	if rows := c.shape.Follows.Rows; rows > 5*sampledFollows {
		// SYSTEM samples whole pages, so that the statement does not read all of them.
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
		columnShare, err := c.shareOf(ctx, ids, "users."+column,
			fmt.Sprintf(`SELECT FROM %s AS u WHERE u.%s::text COLLATE "C" = sample.id COLLATE "C"`, c.name(UsersTable), quote(column)))
		if err != nil {
			return err
		}
		if columnShare > share {
			best, share = column, columnShare
		}
	}
	kept, err := c.keptShare(ctx, ids)
	if err != nil {
		return err
	}
	if kept >= minMappedShare && kept > share {
		c.notes("mapping", fmt.Sprintf("%s.links, which an undone adoption has kept, contains %s of the ids in follows (%d sampled): prepare uses these links. "+
			"After the switch, `followgraph adopt link` is only needed for accounts that are not linked yet", Schema, percent(kept), len(ids)))
		return nil
	}
	c.noteMapping(best, share, len(ids))
	if share < minMappedShare {
		return nil
	}
	return c.countMissingAccounts(ctx, best)
}

// shareOf returns the share of ids for which a subquery returns a row. The subquery refers to an id as sample.id. The
// share is 0 if counting takes too long.
func (c *checker) shareOf(ctx context.Context, ids []string, where, subquery string) (float64, error) {
	var count int64
	counted, err := c.row(ctx, "look for the ids of follows in "+where,
		`SELECT count(*) FROM unnest($1::text[]) AS sample (id) WHERE EXISTS (`+subquery+`)`, []any{ids}, &count)
	if err != nil || !counted {
		return 0, err
	}
	return float64(count) / float64(len(ids)), nil
}

// keptShare returns the share of ids that an undone adoption has kept for accounts that still exist.
func (c *checker) keptShare(ctx context.Context, ids []string) (float64, error) {
	if !c.shape.Adopting {
		return 0, nil
	}
	var links *string
	if _, err := c.row(ctx, "look for kept links", `SELECT to_regclass($1)::text`, []any{Schema + ".links"}, &links); err != nil || links == nil {
		return 0, err
	}
	return c.shareOf(ctx, ids, Schema+".links",
		fmt.Sprintf(`SELECT FROM %s AS l JOIN %s AS u ON u.id = l.user_id WHERE l.cognito_id COLLATE "C" = sample.id COLLATE "C"`, quote(Schema, "links"), c.name(UsersTable)))
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// candidates returns the columns of users that follows may refer to.
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

// noteMapping adds a note with the options of `followgraph adopt link` that fit the database.
func (c *checker) noteMapping(best string, share float64, sampled int) {
	switch {
	case share < minMappedShare:
		c.notes("mapping", fmt.Sprintf("No column of users contains the ids in follows (%d sampled), so they are ids of the Cognito pool. After the switch, run `followgraph adopt link` with a list of the pool's users", sampled))
	case best == "cognito_id":
		c.notes("mapping", fmt.Sprintf("users.cognito_id contains %s of the ids in follows (%d sampled): it is kept as the mapping to Cognito", percent(share), sampled))
	case best == "id":
		c.notes("mapping", fmt.Sprintf("users.id contains %s of the ids in follows (%d sampled): after the switch, run `followgraph adopt link %s`", percent(share), sampled, linkByID))
	default:
		c.notes("mapping", fmt.Sprintf("users.%s contains %s of the ids in follows (%d sampled): after the switch, run `followgraph adopt link %s`", best, percent(share), sampled, fmt.Sprintf(linkByColumn, best)))
	}
}

// Options of `followgraph adopt link`.
const (
	linkByID     = "--ids"
	linkByColumn = "--column %s"
)

// countMissingAccounts counts the follows that name an id without an account, if the column of the accounts' ids is
// known.
func (c *checker) countMissingAccounts(ctx context.Context, column string) error {
	var number int64
	sql := strings.ReplaceAll(c.template("check_missing_accounts"), "__COLUMN__", quote(column))
	counted, err := c.row(ctx, "count the follows that name an id without an account", sql, nil, &number)
	if err == nil && counted && number > 0 {
		c.add(Finding{Kind: Notes, Code: "no-account", Number: number, What: fmt.Sprintf(
			"In %s an id is not in users.%s. These follows are kept, and are shown once an account has the id", wording.Count(number, "follow"), column)})
	}
	return err
}
