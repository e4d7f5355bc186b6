package adopt

import (
	"slices"

	"followgraph/internal/store/nopassword"
)

// Bounds of the times that are kept: RFC 3339, and so every client, has years of four digits.
const (
	firstTime = `'0001-01-01 00:00:00+00'::timestamptz`
	endOfTime = `'10000-01-01 00:00:00+00'::timestamptz`
)

// noPassword is the hash of an account without a password, as SQL.
const noPassword = `'` + nopassword.Hash + `'`

// planCopy plans how to copy the rows of an old table into the new one.
func planCopy(old, made *Table) job {
	j := job{Table: old.Name, From: old.Schema, To: nextSchema, Key: "id", Rows: old.Rows}
	if old.Name == StatsTable {
		j.Key = "user_id"
	}
	if key := old.Column(j.Key); key != nil {
		j.Type = key.Base
	}
	if created := old.Column("created_at"); created != nil && old.Name != StatsTable {
		at := instant(*created)
		j.Created = `CASE WHEN ` + at + ` >= ` + firstTime + ` AND ` + at + ` < ` + endOfTime + ` THEN ` + at + ` END`
	}
	if old.Name == FollowsTable {
		j.Filter = `o.follower_id <> o.following_id`
	}
	columns := made.Columns
	for _, column := range old.Columns {
		if made.Column(column.Name) == nil {
			columns = append(columns, column)
		}
	}
	for _, column := range columns {
		if column.Generated != "" {
			continue
		}
		if value := newValue(old, column); value != "" {
			j.Columns = append(j.Columns, column.Name)
			j.Values = append(j.Values, value)
		}
	}
	return j
}

// instant returns the expression for a time. A time without a zone is UTC, because the service writes
// datetime.utcnow().
func instant(column Column) string {
	if column.Base == "timestamp without time zone" {
		return `(o.` + qualified(column.Name) + ` AT TIME ZONE 'UTC')`
	}
	return `o.` + qualified(column.Name) + `::timestamptz`
}

// newValue returns the expression over o, an old row, for a column of the new table. Empty: the column's default.
func newValue(old *Table, column Column) string {
	from := old.Column(column.Name)
	value := ""
	if from != nil {
		value = `o.` + qualified(column.Name)
		switch {
		case column.Base == "timestamp with time zone":
			value = instant(*from)
		case from.Base == "bytea" && column.Base == "character varying":
			value = `convert_from(` + value + `, 'UTF8')`
		case from.Type != column.Type:
			value += `::text::` + column.Type
		}
	}
	switch old.Name + "." + column.Name {
	case "users.created_at", "user_follows.created_at":
		return `coalesce(o.followgraph_time, now())`
	case "users.updated_at", "user_follow_stats.updated_at":
		if value == "" {
			return ""
		}
		good := `CASE WHEN ` + value + ` >= ` + firstTime + ` AND ` + value + ` < ` + endOfTime + ` THEN ` + value + ` END`
		if old.Name == UsersTable {
			return `coalesce(` + good + `, o.followgraph_time, now())`
		}
		return `coalesce(` + good + `, now())`
	case "users.password_hash":
		if !from.NotNull {
			return `coalesce(` + value + `, ` + noPassword + `)`
		}
	case "users.role":
		return `coalesce(` + value + `, 'END_USER')`
	case "users.cognito_id":
		own := ""
		if from != nil {
			own = `nullif(` + value + `, ''), `
		}
		return `coalesce(` + own + `(SELECT l.cognito_id FROM followgraph_adoption.links AS l WHERE l.user_id = o.id), 'local-' || gen_random_uuid())`
	case "users.token_version":
		// Tokens of an earlier adoption must stay invalid: the service may have changed the password since.
		return `coalesce((SELECT l.token_version + 1 FROM followgraph_adoption.links AS l WHERE l.user_id = o.id), 0)`
	case "user_follow_stats.followers_count", "user_follow_stats.followings_count":
		// The old count includes self-follows, which are not copied.
		return `greatest(` + value + ` - (SELECT count(*) FROM ` + qualified(old.Schema, FollowsTable) + ` AS f WHERE f.follower_id = o.user_id AND f.following_id = o.user_id), 0)`
	}
	return value
}

// oldValue returns the expression over o, a row of the new table, for a column of the old table. Empty: the column's
// default.
func oldValue(before *Table, now *Table, column Column) string {
	from := now.Column(column.Name)
	if from == nil {
		return ""
	}
	value := `o.` + qualified(column.Name)
	if before.Name == StatsTable && (column.Name == "followers_count" || column.Name == "followings_count") {
		value = `(` + value + ` + (SELECT count(*) FROM followgraph_adoption.self_follows AS f WHERE f.follower_id = o.user_id))`
	}
	switch {
	case before.Name == UsersTable && column.Name == "cognito_id" && !column.NotNull:
		// Generated ids were not in the team's column.
		value = `nullif(CASE WHEN ` + value + ` LIKE 'local-%' THEN NULL ELSE ` + value + ` END, '')`
		if column.Type != from.Type {
			value += `::text::` + column.Type
		}
	case column.Base == "timestamp without time zone":
		value = `(` + value + ` AT TIME ZONE 'UTC')`
	case column.Base == "bytea" && from.Base == "character varying":
		value = `convert_to(` + value + `, 'UTF8')`
	case column.Length > 0:
		// The cast cuts longer texts. fits has refused those of unique columns.
		value += `::` + column.Type
	case column.Type != from.Type:
		value += `::text::` + column.Type
	}
	return value
}

// planBack plans how to copy the rows of a table back into the old one.
func planBack(before, now *Table) job {
	j := job{Table: before.Name, From: now.Schema, To: beforeSchema, Key: "id", Rows: now.Rows}
	if before.Name == StatsTable {
		j.Key = "user_id"
	}
	j.Type = now.Column(j.Key).Base
	for _, column := range before.Columns {
		if column.Generated != "" {
			continue
		}
		if value := oldValue(before, now, column); value != "" {
			j.Columns = append(j.Columns, column.Name)
			j.Values = append(j.Values, value)
		}
	}
	return j
}

// unique reports whether the column is a key of a unique index.
func unique(table *Table, column string) bool {
	return slices.ContainsFunc(table.Indexes, func(i Index) bool { return i.Unique && slices.Contains(i.Keys, column) })
}
