package adopt

import (
	"fmt"
	"slices"
	"strings"
)

// step is a revision of the service: the columns of its tables, each with the family of its type.
type step struct {
	revision string // of Alembic
	version  string // of the migration that replays it
	columns  map[string]map[string]family
}

// LastRevision is the service's last revision, which an adoption starts from.
const LastRevision = "e67a8cedc427"

// steps are all revisions of the service in the order of migrations/, which replays them. The first one has no id in
// the service's documentation.
var steps = func() []step {
	users := map[string]family{"id": number, "username": letters, "email": letters, "password_hash": letters}
	with := func(more map[string]family, without ...string) map[string]family {
		next := map[string]family{}
		for name, family := range users {
			if !slices.Contains(without, name) {
				next[name] = family
			}
		}
		for name, family := range more {
			next[name] = family
		}
		users = next
		return next
	}
	base := users
	fullname := with(map[string]family{"fullname": letters, "avatar": octets})
	profile := with(map[string]family{
		"firstname": letters, "lastname": letters, "phone_number": letters, "role": role, "country": letters, "city": letters,
		"zipcode": letters, "created_at": moment, "updated_at": moment,
	}, "fullname")
	avatar := with(map[string]family{"avatar": letters})
	follows := map[string]family{"id": number, "follower_id": letters, "following_id": letters, "created_at": moment}
	stats := map[string]family{"user_id": letters, "followers_count": number, "followings_count": number, "updated_at": moment}
	return []step{
		{"base", "20250501000000", map[string]map[string]family{UsersTable: base}},
		{"130a2475f44f", "20250506000000", map[string]map[string]family{UsersTable: fullname}},
		{"b4c6717d0af8", "20250527000000", map[string]map[string]family{UsersTable: profile}},
		{"8d2c20ede788", "20250527000001", map[string]map[string]family{UsersTable: avatar}},
		{"94a653acee01", "20250620000000", map[string]map[string]family{UsersTable: avatar, FollowsTable: follows}},
		{LastRevision, "20250620000001", map[string]map[string]family{UsersTable: avatar, FollowsTable: follows, StatsTable: stats}},
	}
}()

// family is a group of types that convert into each other without loss.
type family string

const (
	number  family = "a whole number"
	letters family = "character varying"
	octets  family = "bytea"
	moment  family = "timestamp with time zone"
	role    family = "the enum of roles"
)

// takes reports whether the type of a column belongs to the family.
func (f family) takes(shape *Shape, column *Column) bool {
	switch f {
	case number:
		return slices.Contains([]string{"smallint", "integer", "bigint"}, column.Base)
	case letters:
		return slices.Contains([]string{"character varying", "text", "character"}, column.Base)
	case octets:
		return column.Base == "bytea"
	case moment:
		return slices.Contains([]string{"timestamp with time zone", "timestamp without time zone"}, column.Base)
	case role:
		return shape.RoleEnum != nil
	}
	return false
}

// misfit is the difference between tables and a step.
type misfit struct {
	missing []string // table, or table.column
	types   []string // table.column, with both types
	later   []string // tables and columns of a later step
}

func (m misfit) count() int { return len(m.missing) + len(m.types) + len(m.later) }

func (m misfit) String() string {
	var parts []string
	if len(m.missing) > 0 {
		parts = append(parts, "missing: "+strings.Join(m.missing, ", "))
	}
	if len(m.types) > 0 {
		parts = append(parts, "with another type: "+strings.Join(m.types, ", "))
	}
	if len(m.later) > 0 {
		parts = append(parts, "of a later revision: "+strings.Join(m.later, ", "))
	}
	return strings.Join(parts, "; ")
}

// table returns one of the three tables by name, nil if it does not exist.
func (s *Shape) table(name string) *Table {
	switch name {
	case UsersTable:
		return s.Users
	case FollowsTable:
		return s.Follows
	case StatsTable:
		return s.Stats
	}
	return nil
}

// against compares the tables with a step. Other columns, which the team has added, do not count.
func (s *Shape) against(at int) misfit {
	var m misfit
	for _, table := range []string{UsersTable, FollowsTable, StatsTable} {
		columns := steps[at].columns[table]
		current := s.table(table)
		switch {
		case columns == nil && current != nil:
			m.later = append(m.later, table)
			continue
		case current == nil && columns != nil:
			m.missing = append(m.missing, table)
			continue
		case current == nil:
			continue
		}
		for _, name := range sorted(columns) {
			switch column := current.Column(name); {
			case column == nil:
				m.missing = append(m.missing, table+"."+name)
			case !columns[name].takes(s, column):
				m.types = append(m.types, fmt.Sprintf("%s.%s (%s, not %s)", table, name, column.Type, columns[name]))
			}
		}
		for i := range steps {
			for _, name := range sorted(steps[i].columns[table]) {
				if columns[name] == "" && current.Column(name) != nil && !slices.Contains(m.later, table+"."+name) {
					m.later = append(m.later, table+"."+name)
				}
			}
		}
	}
	return m
}

// Step returns the revision of the service that the tables match best, the version of the migration that replays it,
// and the difference, which is empty if they match exactly. If several match equally well, it returns the latest.
func (s *Shape) Step() (revision, version, difference string) {
	best, least := 0, -1
	for i := range steps {
		if count := s.against(i).count(); least == -1 || count <= least {
			best, least = i, count
		}
	}
	return steps[best].revision, steps[best].version, s.against(best).String()
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Roles are the labels of the enum of roles in their order.
var Roles = []string{"END_USER", "OWNER", "AGENT", "BROKER", "TC_ADMIN", "OPT_USER"}
