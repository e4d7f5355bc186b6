package observe

import "net/netip"

// AccountEvent is an action on accounts: a change, an attempt to change, or a read of private fields. It identifies
// people by their Cognito ids. It contains no password, token or private field, and no client text other than such an
// id.
type AccountEvent struct {
	Action  AccountAction
	Outcome Outcome
	Code    string // of the error, as the client receives it; empty without an error
	Reason  Reason // detail beyond the code; may be empty

	Actor    string   // the caller's Cognito id, Anonymous or CommandLine
	Subjects []string // Cognito ids of the accounts; empty if the account does not exist or is unknown
	Address  netip.Addr
	Role     string   // the new role, for SetRole and CreateAccount
	Fields   []string // account fields to change, by their names in the API
}

// Actors without a Cognito id.
const (
	Anonymous   = "anonymous"
	CommandLine = "command line"
)

// AccountAction is a kind of action on accounts.
type AccountAction string

// The actions.
const (
	SignIn         AccountAction = "sign_in"
	Register       AccountAction = "register"
	CreateProfile  AccountAction = "create_profile"
	CreateAccount  AccountAction = "create_account" // on the command line
	ClaimAccount   AccountAction = "claim_account"  // an account of the older service, by its password
	LinkAccount    AccountAction = "link_account"   // an account to a Cognito user, by a verified claim
	UpdateProfile  AccountAction = "update_profile"
	ChangePassword AccountAction = "change_password"
	SetRole        AccountAction = "set_role"
	DeleteAccount  AccountAction = "delete_account"
	ReadPrivate    AccountAction = "read_private" // private fields of other users
)

// AccountActions lists all actions.
var AccountActions = []AccountAction{
	SignIn, Register, CreateProfile, CreateAccount, ClaimAccount, LinkAccount, UpdateProfile, ChangePassword, SetRole, DeleteAccount, ReadPrivate,
}

// Outcome is the result of an action.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // invalid input, or the caller has no permission
	Failed  Outcome = "failed"  // a fault of the server, or the client disconnected; the action may have taken effect
)

// Outcomes lists all outcomes.
var Outcomes = []Outcome{Done, Refused, Failed}

// Reason is the reason why an action was refused.
type Reason string

// The reasons.
const (
	UnknownUsername    Reason = "unknown_username"
	WrongPassword      Reason = "wrong_password"
	NoPassword         Reason = "no_password"         // the account has none
	TooManyAttempts    Reason = "too_many_attempts"   // from this network, or for this account
	TooManyAccounts    Reason = "too_many_accounts"   // created from this network
	TooManyClaims      Reason = "too_many_claims"     // probes of usernames, email addresses and phone numbers
	HashingBusy        Reason = "hashing_busy"        // too many other sign-ins wait
	RegistrationClosed Reason = "registration_closed" // on this server
	NotOperator        Reason = "not_operator"        // only operators may act on other accounts
)
