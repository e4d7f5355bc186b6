package store

// LinkRule is the rule that matched an account and a pool user.
type LinkRule int

// The rules, in their order. sql/link_match.sql contains their numbers.
const (
	ByMapping LinkRule = iota
	ByUsername
	ByPhoneNumber
	ByEmail
	ByColumn
	ByNumber
)

// LinkRules lists all rules.
var LinkRules = []LinkRule{ByMapping, ByUsername, ByPhoneNumber, ByEmail, ByColumn, ByNumber}

func (r LinkRule) String() string {
	return [...]string{"id in the mapping", "username", "phone number", "verified email", "column", "users.id"}[r]
}

// Link is an account that is linked, or would be in a dry run.
type Link struct {
	Account   int64 // users.id
	CognitoID string
	Rule      LinkRule
}

// LinkProblem is an account or a pool user that is not linked, or an account and a user that match but are not linked.
type LinkProblem struct {
	Account   int64  // users.id; 0: none
	CognitoID string // of the pool; empty: none
	Kind      LinkProblemKind
	Reason    string
}

// LinkProblemKind classifies problems.
type LinkProblemKind string

// The kinds of problems.
const (
	LinkUnknown   LinkProblemKind = "unknown"   // nothing matches
	LinkAmbiguous LinkProblemKind = "ambiguous" // more than two match
	LinkRefused   LinkProblemKind = "refused"   // two match, but must not be linked
)

// linkProblems maps the problems that the statements report. Any other problem is a moveRefusal.
var linkProblems = map[string]struct {
	kind   LinkProblemKind
	reason string
}{
	"no user":          {LinkUnknown, "no pool user matches"},
	"no account":       {LinkUnknown, "no account matches"},
	"several users":    {LinkAmbiguous, "several pool users match the account"},
	"several accounts": {LinkAmbiguous, "the pool user matches several accounts"},
	"unconfirmed":      {LinkRefused, "the pool user is UNCONFIRMED"},
	"not in pool":      {LinkRefused, "the column names an id that the pool does not have"},
	"taken":            {LinkRefused, string(refusedTaken)},
	"contradicted":     {LinkRefused, "only the usernames agree: phone number or email address differ (--trust-usernames links them)"},
}

// LinkResult counts what was linked, or would be in a dry run.
type LinkResult struct {
	PoolUsers int64 // ids in the pool
	Settled   int64 // ids in the pool that already had an account
	Accounts  int64 // accounts to link
	Linked    map[LinkRule]int64
	Left      map[LinkProblemKind]int64
	// WithoutUser counts the accounts among the LinkUnknown problems. The others are pool users.
	WithoutUser int64
	Unmarked    int64 // accounts that were ignored because LinkOptions.Unmarked was not set

	Follows, Complete int64 // all follows, and those between two accounts
}
