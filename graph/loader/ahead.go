package loader

import (
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// Page is a page of followers or following that a query selects of users whom it looks up.
type Page struct {
	Kind     page.Kind
	Args     page.Args
	Lookahead Lookahead
}

// readAhead has pages of users read together with the users, in one round trip, where they are named by the Cognito id
// that is all a page needs of its owner. It is a guess without consequences: whoever asks for such a page finds
// it, a user who does not exist has nobody ask, and what is wrong with a page is told to the field that asks for it.
//
// Beside other root fields nothing is read ahead: the pages of one level would take two statements then.
func (l *Loaders) readAhead(users []model.UserKey, pages []Page) {
	if !l.alone {
		return
	}
	for _, ahead := range pages {
		name, err := l.name(model.ConnectionKey{Kind: ahead.Kind}, ahead.Args, ahead.Lookahead)
		if err != nil {
			continue
		}
		for _, user := range users {
			if user.CognitoID != "" {
				l.connections.foresee(pageKey{name, user.CognitoID})
			}
		}
	}
}
