package operation

import (
	"followgraph/internal/live"
	"followgraph/internal/page"
	"followgraph/internal/traversal"
)

// Field is what a field of the schema needs. The zero value is plain data that every read of the object returns.
type Field struct {
	// CallSite is the cost of each selection of a field with a resolver, in addition to 1 for each object that the
	// resolver is called for. It is 0 for plain data, and for mutations: MaxMutationRootFields limits their number.
	CallSite float64
	// Each is the cost of each object that the resolver is called for, in addition to 1.
	Each float64
	// EachID is the cost of each id in the lists of the field's arguments. EachPair is the cost of each pair of ids from its
	// two lists, up to AllPairs for all of them. They are added only for a field with a CallSite.
	EachID, EachPair, AllPairs float64
	// MaxScalars is the maximum number of scalars in the lists of each field of the returned object, besides one for each
	// id: there is at most one for each pair of ids. They cost nothing, but take memory.
	MaxScalars float64
	// Lookup reports whether the resolver makes a lookup with the loaders.
	Lookup bool
	// Details and Counts report whether the field needs these columns of a user, see model.Projection.
	Details, Counts bool
	// Total reports whether the elements of the connection must be counted.
	Total bool
	// TotalCost is the cost of totalCount in the connection that the field returns, for each connection.
	TotalCost float64
	// Ahead is the connection whose page can be read together with the user, 0 for none.
	Ahead page.Kind
	// Elements is the maximum number of elements in the list of a mutation's payload, a subscription's event or a path, 0
	// if it has no list. ElementPerID reports whether it is instead one for each id in the list of an argument
	// or of the input.
	Elements     float64
	ElementPerID bool
	// HashesPassword reports whether a mutation hashes a password. That sets its workload class.
	HashesPassword bool
	// ReadsBudget reports whether the field returns the caller's budget, which differs each time.
	ReadsBudget bool
	// OfViewer reports whether the value, or an error in it, depends on the caller. Subscriptions that select no such field
	// share their events.
	OfViewer bool
}

const (
	// callSiteCost is the usual Field.CallSite: the arguments, contexts and look-ahead of a selection take as much as
	// 20 objects.
	callSiteCost = 20
	// pathCallSite is what the most expensive search takes, between stars in BenchmarkPath of internal/resident: 60 ms.
	pathCallSite = 12_500
	// adjacencyPair is what a lookup of one pair takes from memory, at most 0.2 µs in BenchmarkAdjacency of
	// internal/resident. adjacencyPairs is what an adjacency takes at most: 25 ms for as many lookups as it may make.
	adjacencyPair, adjacencyPairs = 0.04, 5_000
	// suggestionsCallSite is higher because the statement of suggestions reads up to 10,100 follows.
	suggestionsCallSite = 1_000
	// searchCallSite is what a search takes that reads as much as it may, from memory among 500,000 users: 40 ms. By SQL it
	// takes ten times as long. See docs/benchmarks.md.
	searchCallSite = 8_000
	// followersOrderCost is added for a page of users by followers that may read the ids of all users from SQL, which
	// takes longer the more users there are: 130 ms of processor time for 500,000. In memory it takes no longer than another
	// page. One such page at a time is read from a server, and an operation can have as many of them as searches.
	followersOrderCost = 8_000
	// topCost is the cost of reading 1,000 users of a list. By SQL that takes 5 ms of processor time, so as many lists as an
	// operation can have take as long as the six searches that it can have. Memory takes up to 0.2 ms in BenchmarkTop of
	// internal/resident.
	topCost = 100

	// Of Field.TotalCost. 1 is about 5 µs of processor time, and BenchmarkTotals of internal/resident takes 0.2 ms for two
	// lists of 50,000 follows, and 26 ns for each user of a search, of up to 100,000.
	usersTotal  = 1     // a known number
	commonTotal = 400   // 1 ms; by SQL up to 30 ms, for a walk of 10,000 follows, which a page may take too
	searchTotal = 5_000 // 25 ms: users are farther apart in memory than those of the benchmark
)

// fields has a line for every field of Query, Mutation, Subscription and User. Fields of other types are plain data: they
// have a line only if they need something else. TestEveryFieldHasALine fails for a field without its line.
var fields = map[string]Field{
	"Query.viewer":       {CallSite: callSiteCost, Lookup: true},
	"Query.rateLimit":    {CallSite: callSiteCost, ReadsBudget: true},
	"Query.node":         {CallSite: callSiteCost, Lookup: true},
	"Query.nodes":        {CallSite: callSiteCost, Lookup: true},
	"Query.user":         {CallSite: callSiteCost, Lookup: true},
	"Query.users":        {CallSite: callSiteCost, Lookup: true, TotalCost: usersTotal},
	"Query.searchUsers":  {CallSite: searchCallSite, Lookup: true, TotalCost: searchTotal},
	"Query.graphTotals":  {CallSite: callSiteCost, Lookup: true},
	"Query.follows":      {CallSite: callSiteCost, Lookup: true},
	"Query.adjacency":    {CallSite: callSiteCost, EachID: 1, EachPair: adjacencyPair, AllPairs: adjacencyPairs, MaxScalars: traversal.MaxAdjacent}, // without a loader: no other field reads the same
	"Query.shortestPath": {CallSite: pathCallSite, Lookup: true, Elements: traversal.MaxLength + 1},
	"Query.distances":    {CallSite: pathCallSite, Lookup: true},
	"Query.__schema":     {CallSite: callSiteCost},
	"Query.__type":       {CallSite: callSiteCost},

	"Mutation.register":       {HashesPassword: true},
	"Mutation.createProfile":  {},
	"Mutation.claimAccount":   {HashesPassword: true},
	"Mutation.login":          {HashesPassword: true},
	"Mutation.updateProfile":  {},
	"Mutation.changePassword": {HashesPassword: true},
	"Mutation.setRole":        {},
	"Mutation.deleteAccount":  {},
	"Mutation.followUser":     {},
	"Mutation.followUsers":    {ElementPerID: true},
	"Mutation.unfollowUser":   {},
	"Mutation.removeFollower": {},

	"Subscription.statsChanged":     {CallSite: callSiteCost, Lookup: true, ElementPerID: true},
	"Subscription.followersChanged": {CallSite: callSiteCost, Lookup: true, Elements: live.MaxCommitChanges},
	"Subscription.relationsChanged": {CallSite: callSiteCost, Lookup: true, ElementPerID: true, OfViewer: true},
	"Subscription.followersGained":  {CallSite: callSiteCost, Lookup: true, Elements: live.MaxCommitChanges, OfViewer: true},

	"User.id":                {},
	"User.cognitoId":         {},
	"User.username":          {},
	"User.firstname":         {},
	"User.lastname":          {},
	"User.avatar":            {Details: true},
	"User.role":              {Details: true},
	"User.createdAt":         {Details: true},
	"User.updatedAt":         {Details: true},
	"User.stats":             {Counts: true},
	"User.email":             {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.phoneNumber":       {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.country":           {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.city":              {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.zipcode":           {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.isViewer":          {CallSite: callSiteCost, OfViewer: true}, // needs no lookup
	"User.viewerCanFollow":   {CallSite: callSiteCost, OfViewer: true}, // needs no lookup
	"User.viewerIsFollowing": {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.isFollowingViewer": {CallSite: callSiteCost, Lookup: true, OfViewer: true},
	"User.followers":         {CallSite: callSiteCost, Lookup: true, Ahead: page.Followers},
	"User.following":         {CallSite: callSiteCost, Lookup: true, Ahead: page.Following},
	"User.friends":           {CallSite: callSiteCost, Lookup: true, TotalCost: commonTotal},
	"User.followersInCommon": {CallSite: callSiteCost, Lookup: true, TotalCost: commonTotal},
	"User.followingInCommon": {CallSite: callSiteCost, Lookup: true, TotalCost: commonTotal},
	"User.followersYouKnow":  {CallSite: callSiteCost, Lookup: true, TotalCost: commonTotal, OfViewer: true},
	"User.suggestions":       {CallSite: suggestionsCallSite, Lookup: true, OfViewer: true},
	"User.topFollowers":      {CallSite: callSiteCost, Lookup: true, Each: topCost},
	"User.topFollowing":      {CallSite: callSiteCost, Lookup: true, Each: topCost},

	"UserConnection.totalCount":      {Total: true},
	"FollowerConnection.totalCount":  {Counts: true}, // of the user whose followers they are
	"FollowingConnection.totalCount": {Counts: true},
}

// FieldOf returns what a field of an object type needs.
func FieldOf(object, field string) Field { return fields[object+"."+field] }
