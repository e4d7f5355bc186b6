package store

import "followgraph/internal/model"

// searchColumn is the expression that one stage of a search matches. Its folded form has a search index.
type searchColumn struct {
	Number  int
	Column  string
	Earlier []string // the columns of earlier stages: this stage omits users that they found
}

const (
	searchUsername  = "(u.username)"
	searchFirstname = "(u.firstname || ' ' || coalesce(u.lastname, ''))"
	searchLastname  = "(u.lastname || ' ' || coalesce(u.firstname, ''))"
)

var searchPages = forms("search_page", func(f form) any {
	columns := []searchColumn{
		{1, searchUsername, nil},
		{2, searchFirstname, []string{searchUsername}},
		{3, searchLastname, []string{searchUsername, searchFirstname}},
	}
	data := struct {
		form
		Stages                       []searchColumn
		NotPast, Within, From, Start string
	}{form: f, Stages: columns}
	if f.direction == ascending {
		data.NotPast, data.Within = "<=", "< q.high"
		data.From, data.Start = "greatest(k.name, q.low)", "q.low"
	} else {
		data.Stages = []searchColumn{columns[2], columns[1], columns[0]}
		data.NotPast, data.Within = ">=", ">= q.low"
		data.From, data.Start = "least(k.name, q.high)", "q.high"
	}
	return data
})

func queries(keys []model.ConnectionKey) []string {
	return column(keys, func(key model.ConnectionKey) string { return key.Query })
}

// stages returns the stage of each key's position. Without a cursor it is before the first stage, in the direction of
// the walk.
func (w walk) stages(keys []model.ConnectionKey) []int32 {
	return column(keys, func(key model.ConnectionKey) int32 {
		return start(w, key, int32(key.Page.Cursor.List), 0, 4)
	})
}
