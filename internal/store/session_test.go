package store

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestPlannerSettings checks that a setting of the operator wins over that of the program, wherever it stands.
func TestPlannerSettings(t *testing.T) {
	t.Parallel()
	ours := map[string]string{"plan_cache_mode": "force_generic_plan", "enable_memoize": "off", "jit": "off"}
	for name, test := range map[string]struct {
		params map[string]string // of the URL
		alter  string            // of the database
		want   map[string]string // other than ours
	}{
		"no setting":                {},
		"the address":               {params: map[string]string{"plan_cache_mode": "auto"}, want: map[string]string{"plan_cache_mode": "auto"}},
		"the address, in capitals":  {params: map[string]string{"PLAN_CACHE_MODE": "auto"}, want: map[string]string{"plan_cache_mode": "auto"}},
		"the options of the client": {params: map[string]string{"options": "-c jit=on"}, want: map[string]string{"jit": "on"}},
		"the database":              {alter: "plan_cache_mode = force_custom_plan", want: map[string]string{"plan_cache_mode": "force_custom_plan"}},
		"the database, another":     {alter: "enable_memoize = on", want: map[string]string{"enable_memoize": "on"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := testdb.New(t)
			parsed, err := url.Parse(databaseURL)
			require.NoError(t, err)
			if test.alter != "" {
				before, err := Open(t.Context(), databaseURL, Options{MaxConns: 1})
				require.NoError(t, err)
				execute(t, before, "ALTER DATABASE "+pgx.Identifier{strings.TrimPrefix(parsed.Path, "/")}.Sanitize()+" SET "+test.alter)
				before.Close()
			}
			query := parsed.Query()
			for param, value := range test.params {
				query.Set(param, value)
			}
			parsed.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // pgx does not decode a plus
			s, err := Open(t.Context(), parsed.String(), Options{MaxConns: 1})
			require.NoError(t, err)
			defer s.Close()
			for setting, value := range ours {
				if other, ok := test.want[setting]; ok {
					value = other
				}
				var got string
				require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got))
				require.Equal(t, value, got, setting)
			}
		})
	}
}
