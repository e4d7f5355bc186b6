package model

// Payload is what a mutation answers. Users are its places for users: the rules put in accounts that have nothing but
// a Cognito id, for a loader to look up as they are after the mutation.
type Payload interface {
	Users() []PayloadUser
}

// PayloadUser is one place for a user, under the name of its field, or of the list that its field is in.
type PayloadUser struct {
	Field string
	User  **User
}

// Users is the new account.
func (p *RegisterPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is the new account.
func (p *CreateProfilePayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is the claimed account.
func (p *ClaimAccountPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is who signed in.
func (p *LoginPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is the changed account.
func (p *UpdateProfilePayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is the changed account.
func (p *ChangePasswordPayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is the changed account.
func (p *SetRolePayload) Users() []PayloadUser { return []PayloadUser{{"user", &p.User}} }

// Users is nobody: the account is gone.
func (p *DeleteAccountPayload) Users() []PayloadUser { return nil }

// Users is the one who is followed, and the caller.
func (p *FollowUserPayload) Users() []PayloadUser {
	return []PayloadUser{{"user", &p.User}, {"viewer", &p.Viewer}}
}

// Users is those who are followed, and the caller.
func (p *FollowUsersPayload) Users() []PayloadUser {
	users := make([]PayloadUser, 0, len(p.Results)+1)
	for i := range p.Results {
		users = append(users, PayloadUser{"results", &p.Results[i].User})
	}
	return append(users, PayloadUser{"viewer", &p.Viewer})
}

// Users is the one who was followed, and the caller.
func (p *UnfollowUserPayload) Users() []PayloadUser {
	return []PayloadUser{{"user", &p.User}, {"viewer", &p.Viewer}}
}

// Users is the one who followed, and the caller.
func (p *RemoveFollowerPayload) Users() []PayloadUser {
	return []PayloadUser{{"user", &p.User}, {"viewer", &p.Viewer}}
}
