package profile

import "strings"

// ReservedNames are the usernames that are reserved by default: names that look like the operator's, names of mailboxes
// (RFC 2142), and names with a meaning in an address or a program.
var ReservedNames = strings.Fields(`
	admin administrator administration moderator moderation mod staff team official owner root sysadmin superuser
	support help helpdesk service security abuse legal privacy billing followgraph system
	contact feedback info hostmaster postmaster webmaster mailer-daemon noreply no-reply noc
	mail email www web api graphql playground explorer healthz readyz metrics status static
	account accounts login logout signin signout signup register settings
	me self viewer anonymous everyone null nil none undefined nan true false default
`)

// Reserved is a set of usernames that only operators can assign.
type Reserved map[string]struct{}

// NewReserved returns the set of these names.
func NewReserved(names []string) Reserved {
	reserved := Reserved{}
	for _, name := range names {
		reserved[skeleton(name)] = struct{}{}
	}
	return reserved
}

// Has reports whether a username is reserved or looks like a reserved one.
func (r Reserved) Has(username string) bool {
	_, ok := r[skeleton(username)]
	return ok
}

// confusables replaces characters of usernames that look alike (UTS #39, confusables.txt), after case folding.
// Usernames have only one alphabet.
var confusables = strings.NewReplacer("0", "o", "1", "i", "l", "i", "m", "rn", ".", "", "-", "", "_", "")

// skeleton returns the same text for names that look alike (UTS #39, section 4): Adm1n_ and admin have the same
// skeleton. A name of punctuation only is its own skeleton.
func skeleton(name string) string {
	folded := Fold(name)
	if like := confusables.Replace(folded); like != "" {
		return like
	}
	return folded
}
