package store

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store/connection"
	"followgraph/internal/testdb"
)

// TestUnusualSettings checks that results do not depend on the database's settings.
func TestUnusualSettings(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.New(t)
	parsed, err := url.Parse(databaseURL)
	require.NoError(t, err)
	before, err := Open(t.Context(), databaseURL, Options{MaxConns: 2})
	require.NoError(t, err)
	defer before.Close()
	for setting, value := range map[string]string{
		"client_encoding": "LATIN1", "DateStyle": "German, DMY", "TimeZone": "Asia/Kathmandu", "IntervalStyle": "iso_8601",
		"bytea_output": "escape", "extra_float_digits": "-15", "standard_conforming_strings": "off",
		"default_transaction_isolation": "serializable",
	} {
		execute(t, before, "ALTER DATABASE "+pgx.Identifier{strings.TrimPrefix(parsed.Path, "/")}.Sanitize()+" SET "+setting+" TO '"+value+"'")
	}
	for _, mode := range []string{"cache_statement", "cache_describe"} {
		query := parsed.Query()
		query.Set("default_query_exec_mode", mode)
		parsed.RawQuery = query.Encode()
		s, err := Open(t.Context(), parsed.String(), Options{MaxConns: 2})
		require.NoError(t, err)

		account := newAccountNamed(mode)
		account.Firstname, account.City = stringPtr("Zoë 🙂 "+mode), stringPtr(`back\slash`)
		createAccount(t, s, account)
		privates, err := s.Privates(t.Context(), []string{account.CognitoID})
		require.NoError(t, err)
		require.Equal(t, `back\slash`, *privates[0].City)
		pages, err := s.Pages(t.Context(), []model.ConnectionKey{{
			Kind: page.Search, Query: "zoë 🙂 " + mode, Page: page.Request{Limit: 10}, Projection: model.Projection{Users: true, Details: true},
		}})
		require.NoError(t, err)
		require.Equal(t, account.Firstname, pages[0][0].Node.Firstname)
		require.WithinDuration(t, time.Now(), pages[0][0].Node.CreatedAt, time.Minute)

		at := time.Date(2025, 3, 4, 5, 6, 7, 8000, time.UTC)
		_, err = s.ImportFollows(t.Context(), Rows([]model.FollowRecord{{FollowerID: "importer " + mode, FollowingID: account.CognitoID, CreatedAt: at}}),
			ImportOptions{CreateUsers: true})
		require.NoError(t, err)
		pages, err = s.Pages(t.Context(), []model.ConnectionKey{{Kind: page.Followers, User: account.CognitoID, Page: page.Request{Limit: 10}}})
		require.NoError(t, err)
		require.Equal(t, at, pages[0][0].FollowedAt())
		change, err := s.Follow(t.Context(), model.FollowKey{FollowerID: account.CognitoID, FollowingID: "importer " + mode})
		require.NoError(t, err)
		require.True(t, change.Changed)
		require.NoError(t, s.SetRole(t.Context(), account.CognitoID, model.UserRoleOptUser))
		s.Close()
	}
}

func TestOpenUnfit(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	separator := "?"
	if strings.Contains(databaseURL, "?") {
		separator = "&"
	}
	for _, params := range []string{"default_query_exec_mode=exec", "default_query_exec_mode=describe_exec", "default_query_exec_mode=simple_protocol", "statement_cache_capacity=0"} {
		_, err := Open(t.Context(), databaseURL+separator+params, Options{})
		var unfit *connection.UnfitError
		require.ErrorAs(t, err, &unfit)
		require.ErrorContains(t, err, "default_query_exec_mode=cache_describe")
	}
}
