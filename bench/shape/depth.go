package shape

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
	"followgraph/internal/page"
)

// depthSize is the page size of Q4.
const depthSize = 50

var depthDocument = fmt.Sprintf(`query Q4($id: String!, $cursor: String!) {
  user(cognitoId: $id) {
    followers(first: %d, after: $cursor) {
      nodes { %s }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }
}`, depthSize, personFields)

// depth reads a page deep in the longest list: with 50,000 followers about 25,000 deep.
var depth = Shape{
	Name:  "Q4",
	Title: "a page of 50 in the middle of the longest list",
	Operations: []baseline.Operation{{
		Name: "Q4",
		SQL:  answerSQL("user", depthSQL),
		Args: func(v baseline.Variables) ([]any, error) {
			at, id, err := parseCursor(v)
			return []any{v.ID, at, id}, err
		},
		Levels: readDepth,
	}},
	Requests: requestDepth,
}

// depthSQL scans the page index twice: once for the users of the page, and once, with one extra row, for the end of the
// page and whether another follows. A second scan costs less than keeping the rows as arrays.
var depthSQL = fmt.Sprintf(`
    SELECT json_build_object('followers', json_build_object(
        'nodes', (SELECT coalesce(json_agg(person), '[]') FROM (%[3]s) person),
        'totalCount', coalesce((SELECT followers_count FROM user_follow_stats WHERE user_id = $1), 0),
        'pageInfo', (
            SELECT json_build_object(
                'hasNextPage', count(*) > %[1]d,
                'endCursor', (extract(epoch FROM (array_agg(created_at))[least(count(*), %[1]d)]) * 1000000)::bigint || '.' ||
                    (array_agg(id))[least(count(*), %[1]d)])
            FROM %[2]s
        )
    )) FROM users WHERE cognito_id = $1`,
	depthSize, behindSQL(depthSize+1), personSQL(behindSQL(depthSize)+" CROSS JOIN LATERAL ", "f.follower_id"))

// behindSQL selects a page of follows after a position, as f.
func behindSQL(size int) string {
	return fmt.Sprintf(`(
    SELECT follower_id, created_at, id FROM user_follows
    WHERE following_id = $1 AND (created_at, id) < ($2::timestamptz, $3::bigint)
    ORDER BY created_at DESC, id DESC LIMIT %d
) f`, size)
}

// parseCursor returns the position of a Followgraph cursor, which all servers get. The baselines' own cursors contain
// the same values: microseconds and id as decimal digits.
func parseCursor(v baseline.Variables) (time.Time, int64, error) {
	first := depthSize
	parsed, err := page.Parse(page.Followers, page.Args{First: &first, After: &v.Cursor})
	return parsed.Cursor.Time(), parsed.Cursor.ID, err
}

// depthPageSQL also reads the user of the extra row, which is cheaper than another statement.
var depthPageSQL = `SELECT f.created_at, f.id, u.cognito_id, u.username, u.firstname, u.lastname,
    coalesce(c.followers_count, 0), coalesce(c.followings_count, 0)
FROM ` + behindSQL(depthSize+1) + ` CROSS JOIN LATERAL ` + userSQL("f.follower_id", "u", "c")

func readDepth(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type user struct {
		Followers struct {
			Nodes      []*person `json:"nodes"`
			TotalCount int64     `json:"totalCount"`
			PageInfo   struct {
				HasNextPage bool    `json:"hasNextPage"`
				EndCursor   *string `json:"endCursor"`
			} `json:"pageInfo"`
		} `json:"followers"`
	}
	var data struct {
		User *user `json:"user"`
	}
	at, id, err := parseCursor(v)
	if err != nil {
		return nil, err
	}
	owners, err := people(ctx, db, []string{v.ID})
	if err != nil || owners[0] == nil {
		return data, err
	}
	data.User = new(user)
	list := &data.User.Followers
	list.TotalCount = owners[0].Stats.Followers
	list.Nodes = make([]*person, 0, depthSize)
	rows, err := db.Query(ctx, depthPageSQL, v.ID, at, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		if len(list.Nodes) == depthSize {
			list.PageInfo.HasNextPage = true
			continue
		}
		p := new(person)
		if err := rows.Scan(&at, &id, &p.CognitoID, &p.Username, &p.Firstname, &p.Lastname,
			&p.Stats.Followers, &p.Stats.Followings); err != nil {
			return nil, err
		}
		list.Nodes = append(list.Nodes, p)
	}
	if len(list.Nodes) > 0 {
		cursor := fmt.Sprintf("%d.%d", at.UnixMicro(), id)
		list.PageInfo.EndCursor = &cursor
	}
	return data, rows.Err()
}

// requestDepth selects positions around the middle of the longest list, up to a fiftieth of its length to either side.
func requestDepth(ctx context.Context, s *Source) ([]load.Request, error) {
	var id string
	var followers int
	err := s.Conn.QueryRow(ctx, `SELECT following_id, count(*) FROM user_follows
		GROUP BY following_id ORDER BY count(*) DESC, following_id LIMIT 1`).Scan(&id, &followers)
	if err != nil {
		return nil, err
	}
	rows, _ := s.Conn.Query(ctx, `SELECT created_at, id FROM user_follows WHERE following_id = $1
		ORDER BY created_at DESC, id DESC`, id)
	type position struct {
		At time.Time
		ID int64
	}
	positions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[position])
	if err != nil {
		return nil, err
	}
	middle, spread := followers/2, followers/50
	requests := make([]load.Request, s.Count)
	for i := range requests {
		behind := middle - spread + s.Random.IntN(2*spread+1)
		at := positions[behind-1]
		v := baseline.Variables{
			ID:     id,
			Cursor: page.Cursor{Kind: page.Followers, At: at.At.UnixMicro(), ID: at.ID}.String(),
		}
		if requests[i], err = request(depthDocument, "Q4", v, min(depthSize, followers-behind)); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// CursorField is the field of answers that contains a cursor. Each server has its own format.
const CursorField = "endCursor"
