package ingest

import (
	"bytes"
	"errors"
	"regexp"
)

// otherKinds are texts that are no tables, known by how they begin.
var otherKinds = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{
		regexp.MustCompile(`^\{\s*("|\}|$)|^\[\s*(["{\[\]0-9]|$)`),
		`the file is JSON: make CSV of it, such as with jq -r '.[] | [.follower_id, .following_id] | @csv', and import that with --no-header`,
	},
	{
		regexp.MustCompile(`(?is)^<(!doctype|\?xml|html|head|body|table|graphml|gexf|[a-z]+[\s>])`),
		"the file is HTML or XML, such as the page of a server in place of the file: export the edges as CSV",
	},
	{
		regexp.MustCompile(`(?i)^(--[^\n]*\n)*(--\s*postgresql database dump|-- mysql dump|/\*!|set [a-z_]+ =|insert\s+into|create\s+table|copy\s+\S+.*from\s+stdin)`),
		`the file is a dump in SQL: export the table itself: psql -c "\copy (SELECT follower_id, following_id, created_at FROM user_follows) TO edges.csv CSV HEADER"`,
	},
	{
		regexp.MustCompile(`(?i)^(strict\s+)?(di)?graph\b[^,;\t]*[\[{]?\s*(\n|$)|^creator\s+"`),
		"the file is a graph in the language DOT or GML: export the edges as CSV",
	},
	{
		regexp.MustCompile(`(?i)^\*(vertices|network|arcs|edges)\b`),
		"the file is a graph of Pajek: export the edges as CSV",
	},
	{
		regexp.MustCompile(`^-\[ RECORD [0-9]+ \]`),
		`the file is psql's expanded output: turn it off with \x off, or better export with \copy (SELECT …) TO edges.csv CSV HEADER`,
	},
	{
		regexp.MustCompile(`(?i)^@relation\b`),
		"the file is ARFF, of Weka: export the edges as CSV",
	},
}

// refuseOther names a text that is no table.
func refuseOther(sample []byte) error {
	sample = bytes.TrimLeft(sample[:min(len(sample), 4096)], " \t\r\n\ufeff")
	for _, other := range otherKinds {
		if other.pattern.Match(sample) {
			return errors.New(other.text)
		}
	}
	return nil
}
