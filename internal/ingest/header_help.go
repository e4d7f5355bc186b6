package ingest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// directions are the column names of other programs: the follower first.
var directions = [][2]string{
	{"Source", "Target"}, {"FromNodeId", "ToNodeId"}, {"from", "to"}, {"follower", "following"}, {"follower", "followed"},
	{"follower", "followee"}, {"src", "dst"}, {"V1", "V2"}, {"user_id", "friend_id"}, {"from_id", "to_id"}, {"node1", "node2"},
	{"source_id", "target_id"}, {"sourceId", "targetId"}, {"follower_id", "followed_id"}, {"follower_id", "followee_id"}, {"START_ID", "END_ID"},
}

// explainHeader returns an error that explains why a line is not a valid header and how to fix it.
func (n *sniffer) explainHeader(line []byte) error {
	c := n.nearest(line)
	if c == nil {
		return fmt.Errorf("line %d: the header has a quote that is not closed or not doubled", n.plan.line)
	}
	if c.err != nil {
		return fmt.Errorf("line %d: %w", n.plan.line, c.err)
	}
	problem := fmt.Sprintf("line %d: the header has no column %s: it has %s", n.plan.line, c.missing, list(c.header))
	return fmt.Errorf("%s; %s", problem, n.help(c))
}

// nearest returns the candidate whose delimiter splits a line into the most fields.
func (n *sniffer) nearest(line []byte) *candidate {
	var nearest *candidate
	for _, delimiter := range n.candidates() {
		c := n.try(line, delimiter)
		if c == nil || nearest != nil && (len(c.header) <= len(nearest.header) || delimiter == blanks && len(nearest.header) > 1) {
			continue
		}
		nearest = c
	}
	return nearest
}

func (n *sniffer) help(c *candidate) string {
	if len(n.given) > 0 && len(n.given) < 2 && n.schema.isGraph {
		return "add it to --columns"
	}
	for i, name := range c.header {
		if at := n.schema.column(strings.ToLower(name)); at >= 0 && n.schema.columns[at].isID && name != strings.ToLower(name) {
			return fmt.Sprintf("column names are lower case: give --columns %s=%d, or rename it", strings.ToLower(name), i+1)
		}
	}
	if len(c.header) < n.schema.least {
		return "give --delimiter if another character separates the columns"
	}
	if n.looksLikeRow(c.header) {
		return fmt.Sprintf("if this is a row and the file has no header: --no-header --columns %s", n.schema.example)
	}
	if !n.schema.isGraph {
		return fmt.Sprintf("if another column contains the ids: --columns cognito_id=%s", quoted(c.header[0], 1))
	}
	for _, pair := range directions {
		at := [2]int{
			slices.IndexFunc(c.header, func(name string) bool { return strings.EqualFold(plainName(name), pair[0]) }),
			slices.IndexFunc(c.header, func(name string) bool { return strings.EqualFold(plainName(name), pair[1]) }),
		}
		if at[0] >= 0 && at[1] >= 0 && at[0] != at[1] {
			return fmt.Sprintf("if %s follows %s: --columns follower=%s,following=%s", c.header[at[0]], c.header[at[1]],
				quoted(c.header[at[0]], at[0]+1), quoted(c.header[at[1]], at[1]+1))
		}
	}
	if slices.ContainsFunc(c.header, func(name string) bool { return n.schema.column(name) >= 0 }) {
		return fmt.Sprintf("name the columns with the ids: --columns %s, or names instead of the numbers", n.schema.example)
	}
	return fmt.Sprintf("if this is the header, name the columns with the ids: --columns %[1]s, or names instead of the numbers; "+
		"if this is a row and the file has no header: --no-header --columns %[1]s", n.schema.example)
}

// plainName returns the name of a column without the group in a header of Neo4j's import, such as :START_ID(User).
func plainName(name string) string {
	if at := strings.IndexByte(name, ':'); at >= 0 {
		name, _, _ = strings.Cut(name[at+1:], "(")
	}
	return name
}

// looksLikeRow reports whether a header contains numbers or times, or values that occur again in later rows.
func (n *sniffer) looksLikeRow(header []string) bool {
	if slices.ContainsFunc(header, func(name string) bool { return isNumber(name) || isTime(name) }) {
		return true
	}
	for _, row := range n.rows(n.plan.skip + 1) {
		if bytes.Equal(row, n.lines[n.plan.skip]) {
			continue
		}
		for _, name := range header {
			if len(name) > 3 && bytes.Contains(row, []byte(name)) {
				return true
			}
		}
	}
	return false
}

// quoted returns a column's name if it is safe in a shell and in --columns, otherwise its number.
func quoted(name string, position int) string {
	for i := range len(name) {
		if !isWord(name[i]) && name[i] != '-' && name[i] != '.' {
			return fmt.Sprint(position)
		}
	}
	if name == "" || allDigits(name) {
		return fmt.Sprint(position)
	}
	return name
}
