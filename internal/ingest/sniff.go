package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxSampleLines is the number of lines from which the format of a file is detected.
const maxSampleLines = 200

// plan is the detected format of a file, in the form that the reader uses.
type plan struct {
	delimiter byte
	comment   string
	header    []string // nil: no header
	line      int64    // line number of the header, or of the first row
	skip      int      // number of lines before the header, or before the first row
	inComment bool     // the header is the last comment
	positions []int    // of the schema's columns
	width     int      // number of fields of a row
	rowNames  bool
	entries   int64 // number of rows that the file declares; -1: none
}

// sniffer detects the format of a file.
type sniffer struct {
	schema schema
	format Format
	given  []assignment
	lines  [][]byte // the first lines of the file
	fixed  bool     // the delimiter is known
	matrix bool     // Matrix Market: a line with sizes comes before the rows
	plan   plan
}

func sniff(sample []byte, isAll bool, s schema, f Format) (plan, error) {
	n := &sniffer{schema: s, format: f, lines: sampleLines(sample, isAll), plan: plan{entries: -1}}
	var err error
	if n.given, err = s.assignments(f.Columns); err != nil {
		return n.plan, err
	}
	if n.plan.delimiter, n.fixed, err = f.delimiter(); err != nil {
		return n.plan, err
	}
	if err := n.preamble(); err != nil {
		return n.plan, err
	}
	if n.plan.inComment {
		return n.plan, n.measure(n.rows(n.plan.skip))
	}
	if n.plan.skip == len(n.lines) {
		if !isAll {
			return n.plan, fmt.Errorf("the first %d lines are blank or comments: is this a table?", n.plan.skip)
		}
		if n.plan.skip == 0 || n.plan.comment == "" {
			return n.plan, errors.New("the file is empty: it needs a header line that names its columns")
		}
		return n.plan, fmt.Errorf("the file has no row: all %d lines are blank or comments", n.plan.skip)
	}
	if !isAll && len(n.lines[n.plan.skip]) >= maxLine {
		return n.plan, fmt.Errorf("line %d has %d bytes or more: is this a table?", n.plan.line, maxLine)
	}
	if err := refuseUnsupported(bytes.Join(n.lines[n.plan.skip:], []byte("\n"))); err != nil {
		return n.plan, err
	}
	if f.NoHeader {
		return n.plan, n.withoutHeader()
	}
	return n.plan, n.withHeader()
}

// sampleLines splits a sample into lines. If it is not the whole file, it omits the last line, which may be incomplete.
func sampleLines(sample []byte, isAll bool) [][]byte {
	var lines [][]byte
	for len(sample) > 0 && len(lines) < maxSampleLines {
		at := bytes.IndexAny(sample, "\r\n")
		if at < 0 {
			if isAll || len(lines) == 0 {
				lines = append(lines, sample)
			}
			break
		}
		lines = append(lines, bytes.TrimPrefix(sample[:at], []byte("\ufeff")))
		if sample[at] == '\r' && at+1 < len(sample) && sample[at+1] == '\n' {
			at++
		}
		sample = sample[at+1:]
	}
	return lines
}

// preamble skips the lines before the header: blank lines, Excel's sep=, comments and the upper rule of a table.
func (n *sniffer) preamble() error {
	p := &n.plan
	for ; p.skip < len(n.lines); p.skip++ {
		line := n.lines[p.skip]
		p.line = int64(p.skip + 1)
		prefix := commentPrefix(line, n.format)
		switch {
		case blank(line), isRule(line):
		case excelHint.Match(line):
			if !n.fixed {
				separator := string(excelHint.FindSubmatch(line)[1])
				if d, ok, err := (Format{Delimiter: separator}).delimiter(); err == nil && ok {
					p.delimiter, n.fixed = d, true
				}
			}
		case prefix != "":
			if err := n.commentLine(line, prefix); err != nil || p.inComment {
				return err
			}
		case n.matrix:
			count, ok := entries(line)
			if !ok {
				return fmt.Errorf("line %d is %.60q, but Matrix Market requires the numbers of rows, columns and entries here", p.line, line)
			}
			p.entries, n.matrix = count, false
		default:
			return nil
		}
	}
	return nil
}

func (n *sniffer) commentLine(line []byte, prefix string) error {
	p := &n.plan
	if err := refuseComment(line, p.line); err != nil && n.schema.isGraph {
		return err
	}
	n.matrix = n.matrix || matrixMarket.Match(line)
	if !n.format.NoHeader {
		// The header may be a comment: "# FromNodeId ToNodeId".
		inner := bytes.TrimLeft(line, prefix+" \t")
		if best := n.best(inner); best != nil && best.named > 0 && n.nextIsData() {
			n.take(best)
			p.skip++
			p.comment, p.inComment = prefix, true
			return nil
		}
	}
	if p.comment == "" {
		p.comment = prefix
	}
	return nil
}

// nextIsData reports whether the next line is not a comment, so that the current one may be the header.
func (n *sniffer) nextIsData() bool {
	at := n.plan.skip + 1
	return at < len(n.lines) && commentPrefix(n.lines[at], n.format) == ""
}

// candidate is a possible interpretation of the header.
type candidate struct {
	delimiter byte
	header    []string
	positions []int
	named     int    // number of columns found by name
	err       error  // the reason why it is invalid
	missing   string // a required column that it lacks
}

func (n *sniffer) candidates() []byte {
	if n.fixed {
		return []byte{n.plan.delimiter}
	}
	return delimiters
}

// best returns the candidate with the most columns, or nil if none has the required ones.
func (n *sniffer) best(header []byte) *candidate {
	var best *candidate
	for _, delimiter := range n.candidates() {
		c := n.try(header, delimiter)
		if c == nil || c.err != nil || c.missing != "" {
			continue
		}
		if best == nil || c.named > best.named || c.named == 0 && best.named == 0 && len(c.header) > len(best.header) && delimiter != blanks {
			best = c
		}
	}
	return best
}

func (n *sniffer) try(header []byte, delimiter byte) *candidate {
	s := splitter{delimiter: delimiter}
	fields, quotes := s.split(header)
	if quotes != wellFormed {
		return nil
	}
	c := &candidate{delimiter: delimiter, header: make([]string, len(fields))}
	for i, field := range fields {
		c.header[i] = string(clean(field))
	}
	if c.positions, c.err = n.schema.locate(c.header, n.given); c.err != nil {
		return c
	}
	c.missing = n.schema.missing(c.positions)
	for i, position := range c.positions {
		byNumber := slices.ContainsFunc(n.given, func(a assignment) bool { return a.column == i && a.position != absent })
		if position != absent && !byNumber {
			c.named++
		}
		if byNumber && position >= len(fields) {
			c.err = fmt.Errorf("--columns: there is no column %d: the header has %d, %s", position+1, len(fields), list(c.header))
		}
	}
	return c
}

func (n *sniffer) take(c *candidate) {
	n.plan.delimiter, n.plan.header, n.plan.positions = c.delimiter, c.header, c.positions
}

// withHeader parses the header. It may span several lines if a quoted name contains line breaks.
func (n *sniffer) withHeader() error {
	const maxBreaks = 20
	start := n.plan.skip
	for end := start + 1; end <= len(n.lines) && end <= start+maxBreaks; end++ {
		header := bytes.Join(n.lines[start:end], []byte("\n"))
		if best := n.best(header); best != nil {
			n.take(best)
			rows := n.rows(end)
			if err := n.confirm(header, rows); err != nil {
				return err
			}
			return n.measure(rows)
		}
		if bytes.Count(header, []byte(`"`))%2 == 0 {
			break
		}
	}
	return n.explainHeader(n.lines[start])
}

// rows returns the lines of the sample from a line on, without comments, decorations and blank lines.
func (n *sniffer) rows(from int) [][]byte {
	var rows [][]byte
	for _, line := range n.lines[min(from, len(n.lines)):] {
		if blank(line) || isComment(line, n.plan.comment) || isDecoration(line) {
			continue
		}
		rows = append(rows, line)
	}
	return rows
}

func isComment(line []byte, prefix string) bool {
	return prefix != "" && bytes.HasPrefix(line, []byte(prefix))
}

// confirm returns an error if the header looks like a row. It checks only headers whose id columns are given by number.
func (n *sniffer) confirm(header []byte, rows [][]byte) error {
	var ids []string
	for i, position := range n.plan.positions {
		switch {
		case position == absent || !n.schema.columns[i].isID:
		case !slices.ContainsFunc(n.given, func(a assignment) bool { return a.column == i && a.position != absent }):
			return nil
		default:
			ids = append(ids, n.plan.header[position])
		}
	}
	s := splitter{delimiter: n.plan.delimiter}
	looksLikeRow := slices.ContainsFunc(ids, isNumber) || slices.ContainsFunc(n.plan.header, isTime)
	for _, row := range rows {
		fields, _ := s.split(row)
		for _, field := range fields {
			looksLikeRow = looksLikeRow || !bytes.Equal(row, header) && slices.Contains(ids, string(clean(field))) && len(field) > 0
		}
	}
	if looksLikeRow {
		return fmt.Errorf("line %d looks like a row, not like a header: %s; give --no-header, or the names of the columns in --columns",
			n.plan.line, list(n.plan.header))
	}
	return nil
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789.-+") == "" && s != "" }

func isTime(s string) bool {
	var p timeParser
	_, cause := p.parseTimestamp(s)
	return cause == ""
}

// measure sets the number of fields of a row. It is the number of fields of the header, with two exceptions.
func (n *sniffer) measure(rows [][]byte) error {
	p := &n.plan
	p.width = len(p.header)
	s := splitter{delimiter: p.delimiter}
	// Row names are numbers from 1. With only one or two rows and without R's quotes, such numbers may be a coincidence.
	isTrailed := len(rows) > 0
	isNumbered := isTrailed && (len(rows) > 2 || rows[0][0] == '"')
	for i, row := range rows {
		fields, quotes := s.split(row)
		if quotes != wellFormed || len(fields) != p.width+1 {
			return nil
		}
		isTrailed = isTrailed && len(fields[p.width]) == 0
		isNumbered = isNumbered && string(clean(fields[0])) == fmt.Sprint(i+1)
	}
	switch {
	case isTrailed: // each row ends with a delimiter
		p.width++
	case isNumbered: // R's write.table writes no column name for row names
		p.width++
		p.rowNames = true
		for i, position := range p.positions {
			if position != absent {
				p.positions[i]++
			}
		}
	}
	return nil
}

// withoutHeader detects the delimiter from the rows.
func (n *sniffer) withoutHeader() error {
	p := &n.plan
	rows := n.rows(p.skip)
	if len(rows) == 0 {
		return errors.New("the file has no row")
	}
	var err error
	if p.positions, err = n.schema.locate(nil, n.given); err != nil {
		return err
	}
	last := slices.Max(p.positions)
	if !n.fixed {
		if p.delimiter, err = commonDelimiter(rows, last); err != nil {
			return fmt.Errorf("line %d: %w", p.line, err)
		}
	}
	s := splitter{delimiter: p.delimiter}
	fields, quotes := s.split(rows[0])
	if quotes == wellFormed {
		p.width = len(fields)
	} else {
		p.width = widthOf(rows, p.delimiter)
	}
	if len(n.given) == 0 && n.schema.isGraph && p.width == 2 {
		p.positions[0], p.positions[1], last = 0, 1, 1
	}
	if missing := n.schema.missing(p.positions); missing != "" {
		return fmt.Errorf("--no-header: name the columns with --columns, such as %s: line %d has %d: %s",
			n.schema.example, p.line, p.width, list(texts(fields)))
	}
	if p.width <= last {
		return fmt.Errorf("--columns: there is no column %d: line %d has %d, separated by %s: %s",
			last+1, p.line, p.width, nameOf(p.delimiter), list(texts(fields)))
	}
	for i, position := range p.positions {
		if position != absent && position < len(fields) && n.isHeaderName(string(clean(fields[position]))) && n.schema.columns[i].isID {
			return fmt.Errorf("line %d looks like a header: %s; omit --no-header", p.line, list(texts(fields)))
		}
	}
	return nil
}

func texts(fields [][]byte) []string {
	all := make([]string, len(fields))
	for i, field := range fields {
		all[i] = string(clean(field))
	}
	return all
}

// isHeaderName reports whether a value is a column name of Followgraph or of another program.
func (n *sniffer) isHeaderName(value string) bool {
	if n.schema.column(value) >= 0 && value != "" {
		return true
	}
	return slices.ContainsFunc(directions, func(pair [2]string) bool {
		return strings.EqualFold(pair[0], value) || strings.EqualFold(pair[1], value)
	})
}
