package main

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/bench/shape"
)

func names(servers []server) []string {
	var all []string
	for _, s := range servers {
		all = append(all, s.name)
	}
	return all
}

func TestParse(t *testing.T) {
	t.Parallel()
	o, err := parse(nil, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 100_000, o.dataset.Users)
	require.Equal(t, 2_000_000, o.dataset.Follows)
	require.Len(t, o.shapes, len(shape.All))
	reading, writing := o.shapes[0], o.shapes[len(o.shapes)-1]
	require.Equal(t, []string{"followgraph", "followgraph-sql", "followgraph-gqlgen", "limit-onesql", "limit-levels"}, names(o.under(reading)))
	require.Equal(t, []string{"followgraph", "followgraph-sql", "followgraph-gqlgen", "followgraph-alone", "limit-onesql", "limit-levels"}, names(o.under(writing)))
	require.True(t, o.write())
	require.Equal(t, 16, o.connections)
	require.Equal(t, "followgraph-bench", filepath.Base(o.data))
	require.Equal(t, "go run ./bench", o.command)

	o, err = parse([]string{
		"-users", "1000", "-follows", "5000", "-shapes", "Q4,Q1", "-servers", "limit-levels", "-also", "old=/x/followgraph --executor=gqlgen",
		"-also", "older=/y/followgraph", "-duration", "2s", "-data", "d",
	}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 5_000, o.dataset.Follows)
	require.Equal(t, "Q4", o.shapes[0].Name)
	require.Equal(t, []string{"limit-levels", "old", "older"}, names(o.servers))
	require.Equal(t, server{name: "old", path: "/x/followgraph", flags: []string{"--executor=gqlgen"}}, o.servers[1])
	require.Equal(t, 2*time.Second, o.duration)
	require.Equal(t, "d", o.data)
	require.False(t, o.write())

	o, err = parse([]string{"-flood"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "Q1", o.shapes[0].Name)
	require.Equal(t, []string{"followgraph"}, names(o.servers))

	o, err = parse([]string{"-scaling", "all", "-packed", "-figures", "f"}, io.Discard)
	require.NoError(t, err)
	require.Len(t, o.shapes, 3)
	require.Equal(t, []string{"followgraph", "followgraph-sql"}, names(o.servers))
	require.Equal(t, "f", o.figures)
	require.True(t, o.packed)
	_, err = parse([]string{"-scaling", "all", "-shapes", "Q1"}, io.Discard)
	require.ErrorContains(t, err, "-scaling excludes")
	_, err = parse([]string{"-scaling", "disk,speed"}, io.Discard)
	require.ErrorContains(t, err, `no part "speed"`)

	o, err = parse([]string{"-scenarios", "kills,memory", "-count", "3"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"kills", "memory"}, o.scenario.names)
	require.Equal(t, 3, o.scenario.count)
	o, err = parse([]string{"-scenarios", "all"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, scenarioNames(), o.scenario.names)

	o, err = parse([]string{"-overload"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "Q1", o.shapes[0].Name)
	require.Equal(t, []string{"followgraph"}, names(o.servers))
	require.Equal(t, time.Minute, o.duration)

	o, err = parse([]string{"-growth", "1000,10000", "-temporary"}, io.Discard)
	require.NoError(t, err)
	require.Empty(t, o.data)
	require.Equal(t, []string{"followgraph", "limit-onesql"}, names(o.servers))
	require.Len(t, o.shapes, 2)
	sets := o.datasets()
	require.Len(t, sets, 2)
	require.Equal(t, 200_000, sets[1].Follows)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"more"}, `"more"`},
		{[]string{"-users", "10"}, "users"},
		{[]string{"-shapes", "Q9"}, `"Q9"`},
		{[]string{"-servers", "apache"}, `"apache"`},
		{[]string{"-servers", "none"}, "no server"},
		{[]string{"-servers", "followgraph-alone"}, "no server to measure under Q1"},
		{[]string{"-writes", "0"}, "-writes"},
		{[]string{"-also", "path"}, "name=path"},
		{[]string{"-also", "limit-onesql=x"}, "twice"},
		{[]string{"-growth", "1000"}, "two"},
		{[]string{"-growth", "2000,1000"}, "ascending"},
		{[]string{"-growth", "1000,x"}, "ascending"},
		{[]string{"-growth", "1000,2000", "-users", "5"}, "-users"},
		{[]string{"-svg", "x"}, "-growth"},
		{[]string{"-flood", "-growth", "1000,2000"}, "-flood"},
		{[]string{"-flood", "-shapes", "Q5"}, "-flood"},
		{[]string{"-flood", "-servers", "limit-onesql"}, "-flood"},
		{[]string{"-overload", "-flood"}, "-overload"},
		{[]string{"-overload", "-shapes", "Q1,Q2"}, "-overload"},
		{[]string{"-overload", "-shapes", "Q5"}, "-overload"},
		{[]string{"-scenarios", "kill"}, `"kill"`},
		{[]string{"-rounds", "0"}, "-rounds"},
		{[]string{"-duration", "0s"}, "-duration"},
	} {
		_, err := parse(c.args, io.Discard)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	o := options{servers: []server{{name: "a"}, {name: "b", forWrites: true}, {name: "c"}}}
	reads, writes := shape.Shape{}, shape.Shape{Writes: true}
	require.Equal(t, []string{"a", "b", "c"}, names(o.turn(writes, 0)))
	require.Equal(t, []string{"b", "c", "a"}, names(o.turn(writes, 1)))
	require.Equal(t, []string{"c", "a", "b"}, names(o.turn(writes, 2)))
	require.Equal(t, []string{"a", "b", "c"}, names(o.turn(writes, 3)))
	require.Equal(t, []string{"a", "c"}, names(o.turn(reads, 0)))
	require.Equal(t, []string{"c", "a"}, names(o.turn(reads, 1)))
}

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	parse := func(text string) any {
		answer, err := parseAnswer([]byte(text))
		require.NoError(t, err)
		return answer
	}
	require.Empty(t, difference(
		parse(`{"data":{"a":[{"pageInfo":{"endCursor":"x","hasNextPage":true}}],"n":1}}`),
		parse(`{ "data" : {"n":1, "a" : [{"pageInfo":{"hasNextPage":true,"endCursor":"y"}}]}}`), ""), "formats of cursors and JSON may differ")
	for other, want := range map[string]string{
		`{"data":{"endCursor":null,"n":[1,2]}}`:      ".data.endCursor is a cursor and <nil>",
		`{"data":{"n":[1,2]}}`:                       ".data is map[endCursor:a cursor n:[1 2]] and map[n:[1 2]]",
		`{"data":{"m":[1,2],"n":[1,2]}}`:             "only one has .data.endCursor",
		`{"data":{"endCursor":"x","n":[1,3]}}`:       ".data.n[1] is 2 and 3",
		`{"data":{"endCursor":"x","n":[1]}}`:         ".data.n is [1 2] and [1]",
		`{"data":{"endCursor":"x","n":[1,"2"]}}`:     ".data.n[1] is 2 and 2",
		`{"data":{"endCursor":"x","n":[1,[2]]}}`:     ".data.n[1] is 2 and [2]",
		`{"data":{"endCursor":"x","n":[1,{"x":2}]}}`: ".data.n[1] is 2 and map[x:2]",
	} {
		require.Equal(t, want, difference(parse(`{"data":{"endCursor":"x","n":[1,2]}}`), parse(other), ""))
	}
	_, err := parseAnswer([]byte(`{"data":`))
	require.Error(t, err)
}

func TestParseTiming(t *testing.T) {
	t.Parallel()
	count, err := parseTiming(`sql;desc="7 statements";dur=1.5`)
	require.NoError(t, err)
	require.Equal(t, 7, count)
	_, err = parseTiming("")
	require.ErrorContains(t, err, "Server-Timing")
}
