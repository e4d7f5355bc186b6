package shape

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/baseline"
)

// person is a user as most shapes select it.
type person struct {
	CognitoID string     `json:"cognitoId"`
	Username  string     `json:"username"`
	Firstname *string    `json:"firstname"`
	Lastname  *string    `json:"lastname"`
	Stats     stats      `json:"stats"`
	Followers *followers `json:"followers,omitempty"`
}

type stats struct {
	Followers  int64 `json:"followersCount"`
	Followings int64 `json:"followingsCount"`
}

type followers struct {
	Nodes []*person `json:"nodes"`
}

// personFields are the fields of a person in GraphQL.
const personFields = "cognitoId username firstname lastname stats { followersCount followingsCount }"

// The statements of both baselines look up users and counts one by one. LIMIT 1 states that there is only one of each,
// so that no plan joins whole tables.

// userSQL selects the user with a Cognito id as u, and its counts as c.
func userSQL(id, u, c string) string {
	return fmt.Sprintf(`(SELECT cognito_id, username, firstname, lastname FROM users WHERE cognito_id = %[1]s LIMIT 1) %[2]s
LEFT JOIN LATERAL (
    SELECT followers_count, followings_count FROM user_follow_stats WHERE user_id = %[1]s LIMIT 1
) %[3]s ON true`, id, u, c)
}

// The statements of limit-onesql build every object of the answer from a row whose columns have the names of the
// fields, and nest rows. json_agg then writes a list with everything in it into one buffer. With json_build_object, Q3
// takes 10% more of PostgreSQL's time. Concatenating text with || and to_json is not faster.

// statsSQL selects the object of counts as s, from the counts c, which may be missing.
func statsSQL(c, s string) string {
	return fmt.Sprintf(`CROSS JOIN LATERAL (
    SELECT coalesce(%[1]s.followers_count, 0) AS "followersCount", coalesce(%[1]s.followings_count, 0) AS "followingsCount"
) %[2]s`, c, s)
}

// personSQL returns the query for a person. For each further page size it nests the newest followers, as followers.
// from is the source of the person's id. Names end with the level; len(sizes) levels remain.
//
// The page index contains everything that a page reads, in order. Nested loops keep the order, so json_agg does not
// sort.
func personSQL(from, id string, sizes ...int) string {
	level := len(sizes)
	u, c, s := fmt.Sprint("u", level), fmt.Sprint("c", level), fmt.Sprint("s", level)
	followers := ""
	if level > 0 {
		page := fmt.Sprintf(`(
    SELECT follower_id FROM user_follows WHERE following_id = %s ORDER BY created_at DESC, id DESC LIMIT %d
) f%d CROSS JOIN LATERAL `, id, sizes[0], level)
		followers = fmt.Sprintf(`, (SELECT list FROM (SELECT (
    SELECT coalesce(json_agg(person), '[]') FROM (%s) person
) AS nodes) list) AS followers`, personSQL(page, fmt.Sprintf("f%d.follower_id", level), sizes[1:]...))
	}
	return fmt.Sprintf(`SELECT %[1]s.cognito_id AS "cognitoId", %[1]s.username, %[1]s.firstname, %[1]s.lastname, %[2]s AS stats%[3]s
FROM %[4]s%[5]s
%[6]s`, u, s, followers, from, userSQL(id, u, c), statsSQL(c, s))
}

// answerSQL wraps a query for the field's value, one column, into a statement for the whole answer.
func answerSQL(field, value string) string {
	return fmt.Sprintf("SELECT json_build_object('data', json_build_object('%s', (%s)))", field, value)
}

// answerRowSQL is answerSQL for an object that is built from the query's row. The value is null if there is no row.
func answerRowSQL(field, query string) string {
	return answerSQL(field, "SELECT row_to_json(value) FROM ("+query+") value")
}

var peopleSQL = `SELECT k.ord, u.cognito_id, u.username, u.firstname, u.lastname,
    coalesce(c.followers_count, 0), coalesce(c.followings_count, 0)
FROM unnest($1::varchar[]) WITH ORDINALITY AS k (id, ord)
CROSS JOIN LATERAL ` + userSQL("k.id", "u", "c")

// people reads users with one statement. An unknown user is nil.
func people(ctx context.Context, db *baseline.Statements, ids []string) ([]*person, error) {
	list := make([]*person, len(ids))
	rows, err := db.Query(ctx, peopleSQL, ids)
	if err != nil {
		return nil, err
	}
	return list, eachPerson(rows, func(i int, p *person) { list[i] = p })
}

var followersOfSQL = `SELECT k.ord, u.cognito_id, u.username, u.firstname, u.lastname,
    coalesce(c.followers_count, 0), coalesce(c.followings_count, 0)
FROM unnest($1::varchar[]) WITH ORDINALITY AS k (owner, ord)
CROSS JOIN LATERAL (
    SELECT follower_id FROM user_follows WHERE following_id = k.owner ORDER BY created_at DESC, id DESC LIMIT $2
) f
CROSS JOIN LATERAL ` + userSQL("f.follower_id", "u", "c")

// follow reads the followers of all these users with one statement, and returns them.
func follow(ctx context.Context, db *baseline.Statements, owners []*person, first int) ([]*person, error) {
	ids := make([]string, len(owners))
	for i, owner := range owners {
		ids[i] = owner.CognitoID
		owner.Followers = &followers{Nodes: make([]*person, 0, first)}
	}
	rows, err := db.Query(ctx, followersOfSQL, ids, first)
	if err != nil {
		return nil, err
	}
	next := make([]*person, 0, len(owners)*first)
	return next, eachPerson(rows, func(i int, p *person) {
		owners[i].Followers.Nodes = append(owners[i].Followers.Nodes, p)
		next = append(next, p)
	})
}

// eachPerson reads rows of an ordinal and a person.
func eachPerson(rows pgx.Rows, take func(i int, p *person)) error {
	defer rows.Close()
	for rows.Next() {
		var ordinal int
		p := new(person)
		if err := rows.Scan(&ordinal, &p.CognitoID, &p.Username, &p.Firstname, &p.Lastname,
			&p.Stats.Followers, &p.Stats.Followings); err != nil {
			return err
		}
		take(ordinal-1, p)
	}
	return rows.Err()
}
