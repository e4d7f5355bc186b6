package store

// LinkRule is how an account was found to be a pool user's.
type LinkRule int

// The rules, in their order. Their numbers stand in sql/link_match.sql.
const (
	ByMapping LinkRule = iota
	ByUsername
	ByPhoneNumber
	ByEmail
	ByColumn
	ByNumber
)

// LinkRules are all rules.
var LinkRules = []LinkRule{ByMapping, ByUsername, ByPhoneNumber, ByEmail, ByColumn, ByNumber}

func (r LinkRule) String() string {
	return [...]string{"id in the mapping", "username", "phone number", "verified email", "column", "users.id"}[r]
}

// Link is an account that is linked.
type Link struct {
	Account   int64 // users.id
	CognitoID string
	Rule      LinkRule
}

// LinkProblem is what is not linked. Either side may be missing.
type LinkProblem struct {
	Account   int64  // users.id, 0: none
	CognitoID string // of the pool, empty: none
	Kind      LinkProblemKind
	Reason    string
}

// LinkProblemKind sorts problems.
type LinkProblemKind string

// The kinds of problems.
const (
	LinkUnknown   LinkProblemKind = "unknown"   // there is no other side
	LinkAmbiguous LinkProblemKind = "ambiguous" // more than two may belong together
	LinkRefused   LinkProblemKind = "refused"   // two may belong together, and must not be linked
)

// linkProblems are what the statements call problems. All others are a moveRefusal.
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

// LinkResult counts what was linked, or would be.
type LinkResult struct {
	PoolUsers int64 // ids that the pool has
	Settled   int64 // those of them that had an account before
	Accounts  int64 // that were to be linked
	Linked    map[LinkRule]int64
	Left      map[LinkProblemKind]int64
	// WithoutUser are the accounts among those that are unknown. The others are pool users.
	WithoutUser int64
	Unmarked    int64 // accounts that were not looked at, because LinkOptions.Unmarked was not set

	Follows, Complete int64 // follows, and those of which both users are accounts
}
