package observe

import "net/netip"

// AccountEvent is what a caller did, tried to do, or saw of an account that is not open to everyone. It names people by
// their Cognito ids. It has no password, token, or private field, and no text of a client's but such an id.
type AccountEvent struct {
	Action  AccountAction
	Outcome Outcome
	Code    string // of the error, as the client gets it; empty where there is none
	Reason  Reason // what the code does not tell; empty where there is no more to tell

	Actor    string   // the caller's Cognito id, Anonymous or CommandLine
	Subjects []string // Cognito ids of the accounts; empty where the account does not exist or it is not known
	Address  netip.Addr
	Role     string   // that was given, of SetRole and CreateAccount
	Fields   []string // of the account, by their names in the API, that were to be changed
}

// The actors who have no Cognito id.
const (
	Anonymous   = "anonymous"
	CommandLine = "command line"
)

// AccountAction is what was done.
type AccountAction string

// The actions.
const (
	SignIn         AccountAction = "sign_in"
	Register       AccountAction = "register"
	CreateProfile  AccountAction = "create_profile"
	CreateAccount  AccountAction = "create_account" // on the command line
	ClaimAccount   AccountAction = "claim_account"  // of the older service, by its password
	LinkAccount    AccountAction = "link_account"   // to a Cognito user, by a verified claim
	UpdateProfile  AccountAction = "update_profile"
	ChangePassword AccountAction = "change_password"
	SetRole        AccountAction = "set_role"
	DeleteAccount  AccountAction = "delete_account"
	ReadPrivate    AccountAction = "read_private" // of others
)

// AccountActions are all actions.
var AccountActions = []AccountAction{
	SignIn, Register, CreateProfile, CreateAccount, ClaimAccount, LinkAccount, UpdateProfile, ChangePassword, SetRole, DeleteAccount, ReadPrivate,
}

// Outcome is what became of an action.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // for the caller's mistake, or because the caller may not do it
	Failed  Outcome = "failed"  // for a fault of the server's, or because the client left: it may have been done all the same
)

// Outcomes are all outcomes.
var Outcomes = []Outcome{Done, Refused, Failed}

// Reason is why an action was refused.
type Reason string

// The reasons.
const (
	UnknownUsername    Reason = "unknown_username"
	WrongPassword      Reason = "wrong_password"
	NoPassword         Reason = "no_password"         // the account has none
	TooManyAttempts    Reason = "too_many_attempts"   // of this network, or at this account
	TooManyAccounts    Reason = "too_many_accounts"   // were made from this network
	TooManyClaims      Reason = "too_many_claims"     // of usernames, email addresses and phone numbers
	HashingBusy        Reason = "hashing_busy"        // others are signing in
	RegistrationClosed Reason = "registration_closed" // on this server
	NotOperator        Reason = "not_operator"        // the caller may not act on others
)
