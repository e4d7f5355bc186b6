package changes

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// sourceOf returns what identifies a database, with changes.
func sourceOf(t *testing.T, url string, change func(*Source)) func(context.Context) (Source, error) {
	t.Helper()
	s, err := inspect(t.Context(), Options{URL: url})
	require.NoError(t, err)
	source := Source{System: s.server.System, Database: s.server.DatabaseOID, Name: s.server.Database, WALLevel: "logical", Tables: map[string]uint32{}}
	require.NotZero(t, source.System)
	require.NotZero(t, source.Database)
	for name, table := range s.tables {
		source.Tables[name] = table.OID
	}
	change(&source)
	return func(context.Context) (Source, error) { return source, nil }
}

func TestDiagnoseSource(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	other := withOption(t, url, "-c search_path=other")
	exec(t, connect(t, url), otherTables)
	for name, test := range map[string]struct {
		source func(context.Context) (Source, error)
		want   []Code
		text   string
	}{
		"the same database": {sourceOf(t, url, func(*Source) {}), nil, ""},
		"another system": {
			sourceOf(t, url, func(s *Source) { s.System++ }), []Code{OtherSource}, "another database system",
		},
		"another database": {sourceOf(t, testdb.New(t), func(*Source) {}), []Code{OtherSource}, "give --stream-url the same name of the database"},
		"another schema":   {sourceOf(t, other, func(*Source) {}), []Code{OtherSource}, "give both the same search_path"},
		"a standby":        {sourceOf(t, url, func(s *Source) { s.IsStandby = true }), []Code{Standby}, "give --database-url the address of the primary"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := Options{URL: url, Source: test.source}
			problems, err := Diagnose(t.Context(), opts)
			require.NoError(t, err)
			require.Equal(t, test.want, codes(problems))
			if test.want == nil {
				start(t, opts)
				return
			}
			require.Contains(t, problems[0].String(), test.text)
			_, err = Open(t.Context(), opts)
			require.True(t, IsMissing(err), "%v", err)
		})
	}
	away := errors.New("away")
	_, err := Open(t.Context(), Options{URL: url, Source: func(context.Context) (Source, error) { return Source{}, away }})
	require.ErrorIs(t, err, away)
}
