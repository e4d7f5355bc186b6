package model

// Payload is the result of a mutation. Users returns its positions for users. social sets each to an account with only
// a Cognito id. A loader then loads the account as it is after the mutation.
type Payload interface {
	Users() []PayloadUser
}

// PayloadUser is one position for a user. Field is the name of its field, or of the list that contains it.
type PayloadUser struct {
	Field string
	User  **User
}

// Users returns the new account.
func (p *RegisterPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns the new account.
func (p *CreateProfilePayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns the claimed account.
func (p *ClaimAccountPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns the account that signed in.
func (p *LoginPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns the changed account.
func (p *UpdateProfilePayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns the changed account.
func (p *ChangePasswordPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns the changed account.
func (p *SetRolePayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users returns nil: the account is deleted.
func (p *DeleteAccountPayload) Users() []PayloadUser { return nil }

// Users returns the followed user and the caller.
func (p *FollowUserPayload) Users() []PayloadUser {
	return []PayloadUser{{"user", &p.User}, {"viewer", &p.Viewer}}
}

// Users returns the followed users and the caller.
func (p *FollowUsersPayload) Users() []PayloadUser {
	users := make([]PayloadUser, 0, len(p.Results)+1)
	for i := range p.Results {
		users = append(users, PayloadUser{"results", &p.Results[i].User})
	}
	return append(users, PayloadUser{"viewer", &p.Viewer})
}

// Users returns the user who is no longer followed, and the caller.
func (p *UnfollowUserPayload) Users() []PayloadUser {
	return []PayloadUser{{"user", &p.User}, {"viewer", &p.Viewer}}
}

// Users returns the former follower and the caller.
func (p *RemoveFollowerPayload) Users() []PayloadUser {
	return []PayloadUser{{"user", &p.User}, {"viewer", &p.Viewer}}
}
