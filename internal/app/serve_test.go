package app_test

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/testdb"
)

func TestServePages(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t))
	for path, want := range map[string]struct {
		status   int
		kind     string
		contains string
	}{
		"/healthz":    {http.StatusOK, "text/plain; charset=utf-8", "ok"},
		"/readyz":     {http.StatusOK, "text/plain; charset=utf-8", "ready"},
		"/playground": {http.StatusOK, "text/html; charset=utf-8", "<html"},
		"/nowhere":    {http.StatusNotFound, "text/plain; charset=utf-8", "not found"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			got := s.get(t, path)
			require.Equal(t, want.status, got.status)
			require.Equal(t, want.kind, got.header.Get("Content-Type"))
			require.Contains(t, string(got.body), want.contains)
		})
	}
}

func TestServeChosenPages(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	execute(t, database, `UPDATE users SET username = 'ada' WHERE cognito_id = 'ada'`)
	const explorer, link = "<title>Followgraph</title>", `<meta name="playground"`
	for name, test := range map[string]struct {
		flags      []string
		home, user int // statuses of / and /users/ada
		playground int
	}{
		"all":            {nil, http.StatusOK, http.StatusOK, http.StatusOK},
		"no playground":  {[]string{"--playground=false"}, http.StatusOK, http.StatusOK, http.StatusNotFound},
		"no explorer":    {[]string{"--explorer=false"}, http.StatusFound, http.StatusNotFound, http.StatusOK},
		"no page at all": {[]string{"--explorer=false", "--playground=false"}, http.StatusNotFound, http.StatusNotFound, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, database, test.flags...)
			home := s.get(t, "/")
			require.Equal(t, test.home, home.status)
			require.Equal(t, test.user, s.get(t, "/users/ada").status)
			require.Equal(t, test.playground, s.get(t, "/playground").status)
			require.Equal(t, http.StatusOK, s.get(t, "/healthz").status)
			require.Equal(t, http.StatusNotFound, s.get(t, "/nothing").status)
			switch test.home {
			case http.StatusOK:
				require.Contains(t, string(home.body), explorer)
				require.Equal(t, test.playground == http.StatusOK, strings.Contains(string(home.body), link))
			case http.StatusFound:
				require.Equal(t, "/playground", home.header.Get("Location"))
			}
		})
	}
}

func TestServeGraphQL(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	s := start(t, database)
	const query = `query Fans($who: String) { user(cognitoId: $who) { stats { followersCount } followers(first: 1) { nodes { cognitoId } } } }`
	const want = `{"data":{"user":{"stats":{"followersCount":2},"followers":{"nodes":[{"cognitoId":"cleo"}]}}}}`

	t.Run("POST", func(t *testing.T) {
		t.Parallel()
		got := s.post(t, query, map[string]any{"who": "ada"})
		require.Equal(t, http.StatusOK, got.status)
		require.Equal(t, "application/json; charset=utf-8", got.header.Get("Content-Type"))
		require.JSONEq(t, want, string(got.body))
	})
	t.Run("GET", func(t *testing.T) {
		t.Parallel()
		parameters := url.Values{"query": {query}, "operationName": {"Fans"}, "variables": {`{"who":"ada"}`}}
		got := s.get(t, "/graphql?"+parameters.Encode())
		require.Equal(t, http.StatusOK, got.status)
		require.JSONEq(t, want, string(got.body))
	})
	t.Run("the newer media type", func(t *testing.T) {
		t.Parallel()
		const newer = "application/graphql-response+json"
		got := s.do(t, http.MethodGet, "/graphql?query={__typename}", http.Header{"Accept": {newer}}, nil)
		require.Equal(t, http.StatusOK, got.status)
		require.Equal(t, newer+"; charset=utf-8", got.header.Get("Content-Type"))
		require.JSONEq(t, `{"data":{"__typename":"Query"}}`, string(got.body))
	})
}

func TestServeRequestID(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t))
	for name, test := range map[string]struct {
		sent string
		kept bool
	}{
		"a caller's":          {"Case-7.a_b", true},
		"none":                {"", false},
		"one that is too odd": {"two words", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do(t, http.MethodGet, "/graphql?query={__typename}", http.Header{"X-Request-Id": {test.sent}}, nil)
			id := got.header.Get("X-Request-Id")
			require.NotEmpty(t, id)
			require.Equal(t, test.kept, id == test.sent)
		})
	}
}

func TestServeTiming(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	// With a configured database, auto does not send timings.
	for _, flag := range []string{"--server-timing=off", "--server-timing=auto"} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			got := start(t, database, flag).get(t, "/graphql?query={user(cognitoId:\"ada\"){id}}")
			require.Equal(t, http.StatusOK, got.status)
			require.Empty(t, got.header.Values("Server-Timing"))
		})
	}
	t.Run("on", func(t *testing.T) {
		t.Parallel()
		s := start(t, database, "--server-timing=on")
		got := s.get(t, "/graphql?query={user(cognitoId:\"ada\"){id}}")
		require.Regexp(t, `^sql;desc="1 statements";dur=\d+\.\d{3}$`, got.header.Get("Server-Timing"))
		got = s.get(t, "/graphql?query={__typename}")
		require.Regexp(t, `^sql;desc="0 statements";dur=0\.000$`, got.header.Get("Server-Timing"))
	})
}

func TestServeRefusesDatabaseWithoutMigrations(t *testing.T) {
	t.Parallel()
	common, serve := configured(t, testdb.NewEmpty(t))
	err := app.Serve(t.Context(), common, serve, quiet, io.Discard)
	require.ErrorContains(t, err, "followgraph migrate up")
	require.NotContains(t, err.Error(), "\n")
}

func TestServeRefusesAddressInUse(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	first := start(t, database)
	common, serve := configured(t, database)
	serve.Listen = first.address[len("http://"):]
	err := app.Serve(t.Context(), common, serve, quiet, io.Discard)
	require.ErrorContains(t, err, "--listen "+serve.Listen)
}

func TestServeRefusesAdminAddressInUse(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	first := start(t, database).address[len("http://"):]
	common, serve := configured(t, database, "--admin-listen", first)
	err := app.Serve(t.Context(), common, serve, quiet, io.Discard)
	require.ErrorContains(t, err, "--admin-listen "+first)
}

// TestServeTakesItsAddressesFirst checks that a server whose address is in use creates nothing.
func TestServeTakesItsAddressesFirst(t *testing.T) {
	t.Parallel()
	first := start(t, testdb.New(t)).address[len("http://"):]
	for name, flags := range map[string][]string{
		"--listen":       {"--listen", first},
		"--admin-listen": {"--admin-listen", first},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			common, serve := configured(t, "", flags...)
			common.Database.DataDir = filepath.Join(t.TempDir(), "data")
			err := app.Serve(t.Context(), common, serve, quiet, io.Discard)
			require.ErrorContains(t, err, name+" "+first)
			require.NoDirExists(t, common.Database.DataDir)
		})
	}
}

func TestServeAnswersToItsHosts(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), "--admin-listen", "127.0.0.1:0", "--allowed-host", "api.example")
	operators := s.operators(t)
	for host, want := range map[string]int{
		"localhost": http.StatusOK, "127.0.0.1:1": http.StatusOK, "[::1]": http.StatusOK, "API.example:443": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, "127.0.0.2": http.StatusMisdirectedRequest,
	} {
		for _, address := range []string{s.address, operators.address} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/healthz", nil)
			require.NoError(t, err)
			request.Host = host
			response, err := s.client.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, want, response.StatusCode, "%s at %s", host, address)
		}
	}
}

// TestServeNamesGoodPlace checks that the server announces the page of the user who has the most followers.
func TestServeNamesGoodPlace(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	execute(t, database, `UPDATE users SET username = 'Żółw' WHERE cognito_id = 'ada'`)
	for name, flags := range map[string][]string{"memory": nil, "sql": {"--graph=sql"}} {
		s := start(t, database, flags...)
		require.Equal(t, "Explorer: "+s.address+"/\n", <-s.more, name)
		require.Equal(t, "Begin with the user who has the most followers: "+s.address+"/users/%C5%BB%C3%B3%C5%82w\n", <-s.more, name)
		require.Equal(t, "Playground: "+s.address+"/playground\n", <-s.more, name)
	}
	empty := start(t, testdb.New(t))
	<-empty.more
	require.Equal(t, "Playground: "+empty.address+"/playground\n", <-empty.more)
}
