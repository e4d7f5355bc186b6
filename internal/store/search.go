package store

import "followgraph/internal/model"

// searchColumn is one of the columns that a search looks through, in the order of its stages.
type searchColumn struct {
	Number  int
	Column  string
	Earlier []string // those before it: who was found there is not found again
}

var searchPages = forms("search_page", func(f form) any {
	columns := []searchColumn{
		{1, "u.username", nil},
		{2, "u.firstname", []string{"u.username"}},
		{3, "u.lastname", []string{"u.username", "u.firstname"}},
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

// stages are the columns that the keys' positions stand at; without a cursor in front of the first one, seen in
// the direction of the walk.
func (w walk) stages(keys []model.ConnectionKey) []int32 {
	return column(keys, func(key model.ConnectionKey) int32 {
		return start(w, key, int32(key.Page.Cursor.List), 0, 4)
	})
}
