package resident

import (
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// checkEvery is how many elements a long walk visits before it checks whether the operation has ended.
const checkEvery = 1024

// afterLast is behind a prefix the end of the texts that begin with it.
const afterLast = "\U0010FFFF"

// search reads the users whose username, first and last name, or last and first name begins with the key's query, all
// in their folded form. A later stage does not return users of an earlier one. The bounds are those of
// internal/store/sql/search_page.sql.
func (r *pageReader) search(key *model.ConnectionKey) error {
	low := r.searchKey(key.Query)
	high := low + afterLast
	left := key.Page.Fetch()
	for i := range r.users.stages {
		stage := i
		if key.Page.Backward {
			stage = len(r.users.stages) - 1 - i
		}
		number := uint8(stage + 1)
		text, id := low, int64(0)
		if key.Page.Backward {
			text = high
		}
		if cursor := key.Page.Cursor; key.Page.HasCursor {
			switch {
			case cursor.List == number && key.Page.Backward:
				text, id = min(cursor.Text, high), cursor.ID
			case cursor.List == number:
				text, id = max(cursor.Text, low), cursor.ID
			case cursor.List > number != key.Page.Backward:
				continue // the position is past this stage
			}
		}
		if err := r.searchStage(key, stage, stagePivot(stage, text, id), low, high, &left); left == 0 || err != nil {
			return err
		}
	}
	return nil
}

func (r *pageReader) searchStage(key *model.ConnectionKey, stage int, pivot *userRow, low, high string, left *int) (err error) {
	visited := 0
	walk(r.users.stages[stage], pivot, key.Page.Backward, func(row *userRow) bool {
		text := row.keys[stage].text
		if key.Page.Backward && text < low || !key.Page.Backward && text >= high {
			return false
		}
		if visited++; visited%checkEvery == 0 {
			if err = interrupted(r.ctx); err != nil {
				return false
			}
		}
		if row.matchesBefore(stage, low) {
			return true
		}
		*left--
		r.add(row.number, page.Cursor{Kind: key.Kind, List: uint8(stage + 1), Text: text, ID: row.id})
		return *left > 0
	})
	return err
}
