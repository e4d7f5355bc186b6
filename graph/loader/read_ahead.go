package loader

import (
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Page is a page of followers or following that a query selects for users that it looks up.
type Page struct {
	Kind      page.Kind
	Args      page.Args
	Lookahead Lookahead
}

// readAhead makes the lookup of users also read their pages, in one round trip. It applies to users that the query names
// by Cognito id, because a page needs only the Cognito id of its owner. A wrong guess does no harm: the pages of a user
// that does not exist are not used, and the field of an invalid page reports its error.
//
// With several root fields, nothing is read ahead, because the pages of one level would then take two statements.
func (l *Loaders) readAhead(users []model.UserKey, pages []Page) {
	if !l.alone {
		return
	}
	for _, ahead := range pages {
		number, err := l.number(model.ConnectionKey{Kind: ahead.Kind}, ahead.Args, ahead.Lookahead)
		if err != nil {
			continue
		}
		for _, user := range users {
			if user.CognitoID != "" {
				l.connections.foresee(pageKey{number, user.CognitoID})
			}
		}
	}
}
