package connection_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/connection"
	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// with adds parameters to a database URL.
func with(t *testing.T, databaseURL string, params map[string]string) string {
	t.Helper()
	parsed, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := parsed.Query()
	for name, value := range params {
		query.Set(name, value)
	}
	parsed.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // pgx does not decode a plus
	return parsed.String()
}

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := connection.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

// execute runs a statement on a connection that this package did not open.
func execute(t *testing.T, databaseURL, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func show(t *testing.T, conn *pgx.Conn, setting string) (value string) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&value))
	return value
}

// unusualSettings lists settings of a database, a role or a URL, and the values that must apply anyway.
var unusualSettings = map[string][2]string{
	"client_encoding":               {"LATIN1", "UTF8"},
	"DateStyle":                     {"German, DMY", "ISO, MDY"},
	"TimeZone":                      {"Asia/Kathmandu", "UTC"},
	"IntervalStyle":                 {"iso_8601", "postgres"},
	"bytea_output":                  {"escape", "hex"},
	"extra_float_digits":            {"-15", "1"},
	"standard_conforming_strings":   {"off", "on"},
	"default_transaction_isolation": {"serializable", "read committed"},
	"transform_null_equals":         {"on", "off"},
	"array_nulls":                   {"off", "on"},
}

func TestSettings(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	parsed, err := url.Parse(database)
	require.NoError(t, err)
	name := pgx.Identifier{strings.TrimPrefix(parsed.Path, "/")}.Sanitize()
	address := map[string]string{}
	for setting, values := range unusualSettings {
		execute(t, database, "ALTER DATABASE "+name+" SET "+setting+" TO '"+values[0]+"'")
		address[strings.ToLower(setting)] = values[0]
	}
	for way, databaseURL := range map[string]string{"of the database": database, "of the address": with(t, database, address)} {
		conn := connect(t, databaseURL)
		for setting, values := range unusualSettings {
			require.Equal(t, values[1], show(t, conn, setting), "%s, %s", setting, way)
		}
	}
}

// TestSharedSession checks that a session that a pooler shares gets no settings that other programs would inherit, and
// that a missing setting is reported.
func TestSharedSession(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	conn, err := pgx.Connect(t.Context(), with(t, database, map[string]string{
		"bytea_output": "escape", "default_transaction_isolation": "repeatable read",
	}))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	err = connection.SettleAs(t.Context(), conn.PgConn(), conn.PgConn().PID()+1)
	var unfit *connection.UnfitError
	require.ErrorAs(t, err, &unfit)
	require.ErrorContains(t, err, `default_transaction_isolation is "repeatable read"`)
	require.ErrorContains(t, err, "ALTER ROLE")
	require.Equal(t, "escape", show(t, conn, "bytea_output"))

	_, err = conn.Exec(t.Context(), "SET default_transaction_isolation = 'read committed'")
	require.NoError(t, err)
	require.NoError(t, connection.SettleAs(t.Context(), conn.PgConn(), conn.PgConn().PID()+1))
	_, err = conn.Exec(t.Context(), "SET client_encoding = 'LATIN1'")
	require.NoError(t, err)
	require.ErrorContains(t, connection.SettleAs(t.Context(), conn.PgConn(), 0), "client_encoding LATIN1")
	_, err = conn.Exec(t.Context(), "SET client_encoding = 'UTF8'; SET standard_conforming_strings = off")
	require.NoError(t, err)
	require.ErrorContains(t, connection.SettleAs(t.Context(), conn.PgConn(), 0), "standard_conforming_strings is off")
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	parsed, err := url.Parse(database)
	require.NoError(t, err)
	base := parsed.Path
	for _, encoding := range []string{"LATIN1", "SQL_ASCII", "WIN1252"} {
		name := strings.TrimPrefix(base, "/") + "_" + strings.ToLower(encoding)
		execute(t, database, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0 LOCALE 'C' ENCODING '"+encoding+"'")
		t.Cleanup(func() {
			conn, err := pgx.Connect(context.Background(), database)
			require.NoError(t, err)
			_, err = conn.Exec(context.Background(), "DROP DATABASE "+pgx.Identifier{name}.Sanitize())
			require.NoError(t, err)
			require.NoError(t, conn.Close(context.Background()))
		})
		parsed.Path = "/" + name
		_, err := connection.Connect(t.Context(), parsed.String())
		var unfit *connection.UnfitError
		require.ErrorAs(t, err, &unfit)
		require.Equal(t, err, unfit, "without the words around it")
		require.ErrorContains(t, err, "the database "+name+" has the encoding "+encoding)
		require.ErrorContains(t, err, "ENCODING 'UTF8'")
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		params    map[string]string
		wantError string
	}{
		{map[string]string{}, ""},
		{map[string]string{"default_query_exec_mode": "cache_statement"}, ""},
		{map[string]string{"default_query_exec_mode": "cache_describe"}, ""},
		{map[string]string{"default_query_exec_mode": "cache_describe", "statement_cache_capacity": "0"}, ""},
		{map[string]string{"default_query_exec_mode": "describe_exec"}, "use default_query_exec_mode=cache_describe"},
		{map[string]string{"default_query_exec_mode": "exec"}, "use default_query_exec_mode=cache_describe"},
		{map[string]string{"default_query_exec_mode": "simple_protocol"}, "use default_query_exec_mode=cache_describe"},
		{map[string]string{"statement_cache_capacity": "0"}, "add default_query_exec_mode=cache_describe"},
		{map[string]string{"statement_cache_capacity": "-1"}, "add default_query_exec_mode=cache_describe"},
		{map[string]string{"default_query_exec_mode": "cache_describe", "description_cache_capacity": "0"}, "leave the capacity out"},
	} {
		config, err := pgx.ParseConfig(with(t, "postgres://user:secret@127.0.0.1/g", test.params))
		require.NoError(t, err)
		err = connection.Configure(config)
		if test.wantError == "" {
			require.NoError(t, err, test.params)
			continue
		}
		var unfit *connection.UnfitError
		require.ErrorAs(t, err, &unfit)
		require.ErrorContains(t, err, test.wantError)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	_, err := connection.Connect(t.Context(), "postgres://user:secret@127.0.0.1:x/g")
	require.ErrorContains(t, err, "database url")
	require.NotContains(t, err.Error(), "secret")
	_, err = connection.Connect(t.Context(), "postgres://user:secret@127.0.0.1:1/g")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}
