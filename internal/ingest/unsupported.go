package ingest

import (
	"bytes"
	"errors"
	"regexp"
)

// unsupportedFormats are text formats that are not tables, recognized by their first lines.
var unsupportedFormats = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{
		regexp.MustCompile(`^\{\s*("|\}|$)|^\[\s*(["{\[\]0-9]|$)`),
		`the file is JSON: convert it to CSV, for example with jq -r '.[] | [.follower_id, .following_id] | @csv', and import that with --no-header`,
	},
	{
		regexp.MustCompile(`(?is)^(<[?!][^>]*>\s*)*<graphml\b`),
		"the file is a graph in GraphML: export the edges as CSV",
	},
	{
		regexp.MustCompile(`(?is)^(<[?!][^>]*>\s*)*<gexf\b`),
		"the file is a graph in GEXF: export the edges as CSV, in Gephi with the Data Laboratory",
	},
	{
		regexp.MustCompile(`(?is)^<(!doctype|\?xml|html|head|body|table|[a-z]+[\s>])`),
		"the file is HTML or XML, possibly an error page of a server: export the edges as CSV",
	},
	{
		regexp.MustCompile(`(?i)^(--[^\n]*\n)*(--\s*postgresql database dump|-- mysql dump|/\*!|set [a-z_]+ =|insert\s+into|create\s+table|copy\s+\S+.*from\s+stdin)`),
		`the file is an SQL dump: export the table itself: psql -c "\copy (SELECT follower_id, following_id, created_at FROM user_follows) TO edges.csv CSV HEADER"`,
	},
	{
		regexp.MustCompile(`(?i)^(strict\s+)?(di)?graph\b[^,;\t]*[\[{]?\s*(\n|$)|^creator\s+"`),
		"the file is a graph in DOT or GML: export the edges as CSV",
	},
	{
		regexp.MustCompile(`(?i)^\*(vertices|network|arcs|edges)\b`),
		"the file is a Pajek graph: export the edges as CSV",
	},
	{
		regexp.MustCompile(`^-\[ RECORD [0-9]+ \]`),
		`the file is psql's expanded output: turn that off with \x off, or better, export with \copy (SELECT …) TO edges.csv CSV HEADER`,
	},
	{
		regexp.MustCompile(`(?i)^@relation\b`),
		"the file is in Weka's ARFF: export the edges as CSV",
	},
}

// refuseUnsupported returns an error for a sample in an unsupported format.
func refuseUnsupported(sample []byte) error {
	sample = bytes.TrimLeft(sample[:min(len(sample), 4096)], " \t\r\n\ufeff")
	for _, format := range unsupportedFormats {
		if format.pattern.Match(sample) {
			return errors.New(format.text)
		}
	}
	return nil
}
