package ingest

import "bytes"

// blanks is the delimiter for fields separated by runs of blanks and tabs.
const blanks = 0

// splitter splits records into fields according to RFC 4180. It reuses its memory. Blanks around a quoted field are not
// part of the field.
type splitter struct {
	delimiter byte
	fields    [][]byte
	text      []byte // the unquoted text of quoted fields
}

// quoting is the state of the quotes in a record.
type quoting int

const (
	wellFormed quoting = iota
	open               // a quote is not closed: the record may continue in the next line
	malformed
)

// split returns the fields of a record. They are valid until the following call, and as long as the record.
func (s *splitter) split(record []byte) ([][]byte, quoting) {
	s.fields, s.text = s.fields[:0], s.text[:0]
	if s.delimiter == blanks {
		return s.splitBlanks(record)
	}
	if bytes.IndexByte(record, '"') < 0 {
		for {
			at := bytes.IndexByte(record, s.delimiter)
			if at < 0 {
				s.fields = append(s.fields, record)
				return s.fields, wellFormed
			}
			s.fields = append(s.fields, record[:at])
			record = record[at+1:]
		}
	}
	for {
		field, rest, more, quotes := s.quotable(record)
		if quotes != wellFormed {
			return nil, quotes
		}
		s.fields = append(s.fields, field)
		if !more {
			return s.fields, wellFormed
		}
		record = rest
	}
}

// quotable splits the first field from a record with quotes. more reports whether a delimiter followed it.
func (s *splitter) quotable(record []byte) (field, rest []byte, more bool, quotes quoting) {
	start := s.trim(record)
	if len(start) == 0 || start[0] != '"' {
		field, rest, more = bytes.Cut(record, []byte{s.delimiter})
		if bytes.IndexByte(field, '"') >= 0 {
			return nil, nil, false, malformed
		}
		return field, rest, more, wellFormed
	}
	field, rest, quotes = s.quoted(start)
	if quotes != wellFormed {
		return nil, nil, false, quotes
	}
	rest = s.trim(rest)
	switch {
	case len(rest) == 0:
		return field, nil, false, wellFormed
	case rest[0] == s.delimiter:
		return field, rest[1:], true, wellFormed
	}
	return nil, nil, false, malformed
}

// trim removes leading blanks that are not delimiters.
func (s *splitter) trim(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') && text[0] != s.delimiter {
		text = text[1:]
	}
	return text
}

// quoted returns the text of the quoted field at the start of a record, and the rest after its closing quote.
func (s *splitter) quoted(record []byte) (field, rest []byte, quotes quoting) {
	record = record[1:]
	start := len(s.text)
	for {
		quote := bytes.IndexByte(record, '"')
		if quote < 0 {
			return nil, nil, open
		}
		s.text = append(s.text, record[:quote]...)
		record = record[quote+1:]
		if len(record) == 0 || record[0] != '"' {
			return s.text[start:], record, wellFormed
		}
		s.text = append(s.text, '"')
		record = record[1:]
	}
}

func (s *splitter) splitBlanks(record []byte) ([][]byte, quoting) {
	for {
		for len(record) > 0 && (record[0] == ' ' || record[0] == '\t') {
			record = record[1:]
		}
		switch {
		case len(record) == 0:
			return s.fields, wellFormed
		case record[0] == '"':
			field, rest, quotes := s.quoted(record)
			if quotes != wellFormed {
				return nil, quotes
			}
			if len(rest) > 0 && rest[0] != ' ' && rest[0] != '\t' {
				return nil, malformed
			}
			s.fields, record = append(s.fields, field), rest
		default:
			end := bytes.IndexAny(record, " \t")
			if end < 0 {
				end = len(record)
			}
			if bytes.IndexByte(record[:end], '"') >= 0 {
				return nil, malformed
			}
			s.fields, record = append(s.fields, record[:end]), record[end:]
		}
	}
}
