package profile

import "strings"

// ReservedNames are the usernames that are reserved unless the configuration says otherwise: those that a reader takes for
// the operator's, those of mailboxes (RFC 2142), and those that mean something in an address or a program.
var ReservedNames = strings.Fields(`
	admin administrator administration moderator moderation mod staff team official owner root sysadmin superuser
	support help helpdesk service security abuse legal privacy billing followgraph system
	contact feedback info hostmaster postmaster webmaster mailer-daemon noreply no-reply noc
	mail email www web api graphql playground explorer healthz readyz metrics status static
	account accounts login logout signin signout signup register settings
	me self viewer anonymous everyone null nil none undefined nan true false default
`)

// Reserved are usernames that only an operator gives to an account.
type Reserved map[string]struct{}

// NewReserved makes the set of these names.
func NewReserved(names []string) Reserved {
	reserved := Reserved{}
	for _, name := range names {
		reserved[skeleton(name)] = struct{}{}
	}
	return reserved
}

// Has reports whether a username is one of the names, or reads like one.
func (r Reserved) Has(username string) bool {
	_, ok := r[skeleton(username)]
	return ok
}

// confusables are the characters of usernames that read like others (UTS #39, confusables.txt), after upper case was
// folded: there is no other alphabet in them.
var confusables = strings.NewReplacer("0", "o", "1", "i", "l", "i", "m", "rn", ".", "", "-", "", "_", "")

// skeleton is what names that read alike have in common, after UTS #39, section 4: Adm1n_ is like admin. Names of
// punctuation alone are like themselves.
func skeleton(name string) string {
	folded := Fold(name)
	if like := confusables.Replace(folded); like != "" {
		return like
	}
	return folded
}
