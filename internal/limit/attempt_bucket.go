package limit

import "time"

// bucket is a kind of limit in Attempts. Instances send its number to each other, so a number never gets another meaning.
type bucket uint8

const (
	bucketKnown bucket = iota // not a limit: the network is known to the account
	bucketPair
	bucketPairOfSite
	bucketSignIn
	bucketSignInOfSite
	bucketFirst
	bucketFirsts
	bucketShared
	bucketClaim
	bucketClaimOfSite
	bucketClaimOfCaller
	bucketConflict
	bucketConflictOfSite
	bucketConflictOfCaller
	bucketRegistration
	bucketRegistrationOfSite
	buckets
)

// ofSite returns the bucket of the site that belongs to a network's.
func (b bucket) ofSite() bucket { return b + 1 }

// charge returns a charge to a bucket.
func (a *Attempts) charge(b bucket, key uint64) charge {
	of := &a.claims
	var rate Rate
	switch b {
	case bucketPair:
		of, rate = &a.accounts, a.limits.Account
	case bucketPairOfSite:
		of, rate = &a.accounts, a.limits.Account.times(siteAttempts)
	case bucketSignIn:
		of, rate = &a.addresses, a.limits.Address
	case bucketSignInOfSite:
		of, rate = &a.addresses, a.limits.Address.times(siteAttempts)
	case bucketFirst:
		of, rate = &a.firsts, firstTries
	case bucketFirsts:
		of, rate = &a.accounts, Rate{AtOnce: a.limits.Account.AtOnce * firstShare, Every: max(1, a.limits.Account.Every/6)}
	case bucketShared:
		of, rate = &a.accounts, Rate{AtOnce: a.limits.Account.AtOnce * sharedShare, Every: a.limits.Account.Every}
	case bucketClaim:
		rate = claimsOfNetwork
	case bucketClaimOfSite:
		rate = claimsOfNetwork.times(siteAttempts)
	case bucketClaimOfCaller:
		rate = claimsOfCaller
	case bucketConflict:
		rate = conflictsOfNetwork
	case bucketConflictOfSite:
		rate = conflictsOfNetwork.times(siteAttempts)
	case bucketConflictOfCaller:
		rate = conflictsOfCaller
	case bucketRegistration:
		rate = a.limits.Registrations
	case bucketRegistrationOfSite:
		rate = a.limits.Registrations.times(siteAttempts)
	default: // not a limit
		rate = Rate{AtOnce: 1, Every: time.Second}
	}
	return charge{of, key, rate, b}
}
