// Package graphdump has the form in which one version of the graph leaves memory: a stream of bytes with all accounts,
// times of counts, lists and orders, sorted so that a reader can compare it with SQL row by row.
//
// A dump begins with a line that names its version. The sections follow in the order of their numbers, each as its
// number, its records and a zero byte. A record begins with the byte 1. Integers are varints of encoding/binary, texts
// have their length before them, and an optional text has its length plus one, or 0. The end is the number of the
// section End and the totals: a dump without it was cut off.
package graphdump

import "followgraph/internal/timestamp"

// Magic is the first line of a dump. A change of the form needs another one.
const Magic = "followgraph graph dump 2\n"

// Section is a part of a dump.
type Section byte

// The sections, in their order.
const (
	Users      Section = iota + 1 // User records, by Cognito id
	Counts                        // CountsTime records, by Cognito id
	Followers                     // Owner records, by Cognito id, each with the Follow records of its list
	Following                     // the same for the other list
	ByCreation                    // Place records: the order of all users by creation
	ByUsername                    // Place records: the order by username, in which a search finds an equal one
	ByName                        // Place records: the words of full names, in which a search finds an equal one
	ByWord                        // Place records: the words of all names, one record for each word of a user
	End
)

// User is an account. Cognito ids are sorted by bytes.
type User struct {
	CognitoID    string
	ID           int64
	Username     string
	Firstname    *string
	Lastname     *string
	Avatar       *string
	Role         string
	TokenVersion int64
	CreatedAt    timestamp.Timestamp // exact; the order of creation uses it
	// The times that answers show, in microseconds since 1970.
	ShownCreatedAt, ShownUpdatedAt int64
	ShownCountsAt                  *int64 // stats.updatedAt
}

// CountsTime is the time of a row of counts. The counts themselves are the lengths of the lists.
type CountsTime struct {
	CognitoID string
	At        timestamp.Timestamp
}

// Owner is a Cognito id with a list. Every account and every id with a list that is not empty has a record.
type Owner struct {
	CognitoID string
	Length    int64 // of the list
	Count     int64 // as stats shows it; -1 if there is no account
}

// Follow is an element of a list, in the order of pages: the newest first.
type Follow struct {
	Other []byte // Cognito id; valid until the next record is read
	At    timestamp.Timestamp
	ID    int64
	// Found reports whether the lookup of this pair of users finds this follow. Relations and follows between users use
	// that lookup instead of the list.
	Found bool
}

// Place is an account's place in an order of all users: by time in ByCreation, by text in the others, then by id.
type Place struct {
	At        timestamp.Timestamp
	Text      string
	ID        int64 // users.id
	CognitoID string
}

// Totals are the numbers that the version itself has.
type Totals struct{ Accounts, Follows int64 }
