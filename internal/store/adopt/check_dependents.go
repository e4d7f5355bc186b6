package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// checkDependents reports the objects that refer to the tables. The switch replaces the tables, so it must drop and
// recreate these objects. Rules, policies and generated columns of the tables themselves move with them.
func (c *checker) checkDependents(ctx context.Context) error {
	var remade []Dependent
	for _, dependent := range c.shape.Dependents {
		what := fmt.Sprintf("The %s %s refers to %s", dependent.Kind, dependent.Identity, strings.Join(slices.Concat(dependent.On, dependent.Via), ", "))
		switch {
		case dependent.Extension != "":
			c.blocks("dependent", fmt.Sprintf("%s, and belongs to the extension %s", what, dependent.Extension), "DROP EXTENSION "+quote(dependent.Extension))
		case dependent.Kind == KindColumn, dependent.Kind == KindType:
			c.blocks("dependent", fmt.Sprintf("%s as a row type, and the switch replaces these tables: give it another type", what))
		case dependent.Kind == KindMatView:
			c.blocks("dependent", what+", and filling it again would make the switch slow: drop it before prepare, and create it again after the switch",
				append([]string{dependent.Drop, "-- after the switch:", dependent.Create}, dependent.Restore...)...)
		case dependent.Kind == KindView, dependent.Kind == KindFunction, dependent.Kind == KindRule, dependent.Kind == KindPolicy:
			if dependent.Drop != "" {
				remade = append(remade, dependent)
			}
		}
	}
	if len(remade) == 0 {
		return nil
	}
	names := make([]string, len(remade))
	var sql []string
	for i, dependent := range remade {
		names[i] = dependent.Kind + " " + dependent.Identity
	}
	for _, dependent := range slices.Backward(remade) {
		sql = append(sql, dependent.Drop)
	}
	for _, dependent := range remade {
		sql = append(append(sql, dependent.Create), dependent.Restore...)
	}
	c.add(Finding{Kind: Notes, Code: "dependents", Number: int64(len(remade)), SQL: sql, What: fmt.Sprintf(
		"The switch drops and recreates the objects that refer to the tables, with owners, grants and comments, by statements such as these: %s", strings.Join(names, ", "))})
	return c.checkUsers(ctx, remade)
}

// checkUsers reports objects that use a function or view which the switch must recreate, if it cannot recreate those
// objects.
func (c *checker) checkUsers(ctx context.Context, remade []Dependent) error {
	var classes, oids []uint32
	for _, dependent := range remade {
		classes, oids = append(classes, dependent.ClassID), append(oids, dependent.OID)
	}
	_, err := c.query(ctx, "look for users of the dependents", statement("check_users"), []any{classes, oids}, func(rows pgx.Rows) error {
		var user, used string
		_, err := pgx.ForEachRow(rows, []any{&user, &used}, func() error {
			c.blocks("dependent", fmt.Sprintf("The %s uses %s, which the switch must drop and recreate: drop it before prepare, and add it again after the switch", user, used))
			return nil
		})
		return err
	})
	return err
}

// checkTriggers notes the team's triggers on the three tables.
func (c *checker) checkTriggers() {
	for _, table := range c.shape.Tables() {
		for _, trigger := range table.Triggers {
			if strings.HasPrefix(trigger.Function, Schema+".") {
				continue
			}
			name := fmt.Sprintf("%s on %s", trigger.Name, table.Name)
			switch {
			case trigger.Enabled == "D":
				c.notes("trigger", fmt.Sprintf("The trigger %s is disabled and remains disabled", name))
				continue
			case table.Name != UsersTable && strings.Contains(trigger.Source, StatsTable):
				c.notes("trigger", fmt.Sprintf("The trigger %s seems to keep the counts. From prepare on the database keeps them itself, and ignores what the trigger writes into %s", name, StatsTable))
			default:
				c.notes("trigger", fmt.Sprintf("The trigger %s is kept. It calls %s for rows that Followgraph writes, too", name, trigger.Function))
			}
		}
	}
}

// checkFunctions notes functions that name the tables in their source text. The catalog does not record that
// dependency.
func (c *checker) checkFunctions(ctx context.Context) error {
	var names []string
	_, err := c.query(ctx, "look for functions that name the tables", statement("check_functions"), []any{Schema}, func(rows pgx.Rows) error {
		var err error
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil || len(names) == 0 {
		return err
	}
	c.add(Finding{Kind: Notes, Code: "functions", Number: int64(len(names)), What: fmt.Sprintf(
		"These functions name the tables in their source: %s. A function that declares users.id as integer, for example in RETURNS TABLE, fails after the switch: declare bigint before", strings.Join(names, ", "))})
	return nil
}

// newIndexes are the indexes and constraints that Followgraph adds, with their leading columns.
var newIndexes = map[string][]string{
	"ix_users_cognito_id": {"cognito_id"}, "ix_users_created_at": {"created_at", "id"}, "ix_users_username_search": nil,
	"ix_users_firstname_search": nil, "ix_users_lastname_search": nil, "ix_users_words_search": nil, "ix_users_name_search": nil, "ix_users_username_case": nil, "ix_users_email_case": nil,
	"ck_user_follows_not_self": nil, "ix_user_follow_stats_deleted_at": nil, "ix_user_follow_stats_followers_count": {"followers_count", "user_id"},
	"ck_user_follow_stats_followers_count": nil, "ck_user_follow_stats_followings_count": nil,
}

// checkNames reports indexes and constraints of the team under names that Followgraph needs.
func (c *checker) checkNames() {
	for _, table := range c.shape.Tables() {
		for _, index := range table.Indexes {
			keys, taken := newIndexes[index.Name]
			// An index with the same leading columns is replaced by that of Followgraph.
			if !taken || len(index.Keys) <= len(keys) && slices.Equal(index.Keys, keys[:len(index.Keys)]) && index.Predicate == "" {
				continue
			}
			c.blocks("index-name", fmt.Sprintf("The index %s of %s belongs to the team, but Followgraph creates an index of that name: rename it", index.Name, table.Name),
				fmt.Sprintf("ALTER INDEX %s RENAME TO %s", quote(index.Schema, index.Name), quote("team_"+index.Name)))
		}
		for _, constraint := range table.Constraints {
			if _, taken := newIndexes[constraint.Name]; taken && constraint.Type == "c" {
				c.blocks("constraint-name", fmt.Sprintf("The constraint %s of %s belongs to the team, but Followgraph creates a constraint of that name: rename it", constraint.Name, table.Name),
					fmt.Sprintf("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", c.name(table.Name), quote(constraint.Name), quote("team_"+constraint.Name)))
			}
		}
		for _, index := range table.Indexes {
			if !index.Valid {
				c.notes("invalid-index", fmt.Sprintf("The index %s of %s is invalid: a CREATE INDEX CONCURRENTLY has failed", index.Name, table.Name),
					"DROP INDEX CONCURRENTLY "+quote(index.Schema, index.Name))
			}
		}
	}
}
