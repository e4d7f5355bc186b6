package changes

import (
	"context"
	"fmt"
)

// Source identifies the database that the rest of the program uses, if the stream has another address. Two addresses of
// a cluster, also of its standbys, have the same numbers of databases and tables.
type Source struct {
	System    uint64 // system identifier of the cluster
	Database  uint32 // number of the database
	Name      string // of the database
	WALLevel  string // of its server
	IsStandby bool   // whether its server is in recovery
	// MayLogOpen reports whether the role may execute pg_log_standby_snapshot. Otherwise a slot on a standby is created
	// after up to 15 s.
	MayLogOpen bool
	Tables     map[string]uint32 // numbers of the tables; 0 for one that does not exist
}

// source asks for the Source, nil if the stream has no other address.
func (o *Options) source(ctx context.Context) (*Source, error) {
	if o.Source == nil {
		return nil, nil
	}
	source, err := o.Source(ctx)
	if err != nil {
		return nil, fmt.Errorf("identify the database of the stream: %w", err)
	}
	return &source, nil
}

// sourceProblems returns why the stream would have the commits of another database.
func (s *state) sourceProblems() []Problem {
	of := s.source
	if of == nil {
		return nil
	}
	switch {
	case of.IsStandby:
		return []Problem{{Standby, "the server of --database-url is a standby", "give --database-url the address of the primary server"}}
	case of.System != s.server.System:
		return []Problem{{OtherSource, "--stream-url leads to another database system than --database-url", "give --stream-url the address of the same server or of one of its standbys"}}
	case of.Database != s.server.DatabaseOID:
		return []Problem{{
			OtherSource, fmt.Sprintf("--stream-url leads to the database %s, and --database-url to %s", s.server.Database, of.Name),
			"give --stream-url the same name of the database",
		}}
	}
	for name, oid := range of.Tables {
		if t := s.tables[name]; t != nil && t.OID != oid {
			return []Problem{{
				OtherSource, fmt.Sprintf("--stream-url finds the table %s in the schema %s, and --database-url elsewhere", name, t.Schema),
				"give both the same search_path",
			}}
		}
	}
	return nil
}
