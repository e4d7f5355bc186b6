package persisted

import "slices"

// The header of an Apollo manifest.
const (
	apolloFormat  = "apollo-persisted-query-manifest"
	apolloVersion = "1" // a JSON number
)

// entry is one document of a manifest.
type entry struct {
	id, text   string
	name, kind string // of its operation, "" if the manifest has none
	line       int
}

// manifest parses a manifest. It detects the format by the content. Apollo's manifest has a header and a list
// "operations". The manifests of relay-compiler's persistConfig and of graphql-codegen's client preset are maps from id
// to text. The older manifests of Apollo iOS and Apollo Kotlin are maps from id to an object with a source. The error
// is a *formatError.
func manifest(data []byte) ([]entry, error) {
	r := newReader(data)
	if err := r.check(); err != nil {
		return nil, err
	}
	members, err := r.object(data, 0)
	if err != nil {
		return nil, err
	}
	if isApollo(members) {
		return r.apollo(members)
	}
	return r.texts(members)
}

// isApollo reports whether this is an Apollo manifest, possibly incomplete, rather than a map whose ids are the same
// words.
func isApollo(members []member) bool {
	return slices.ContainsFunc(members, func(m member) bool {
		text, isText := m.text()
		switch m.name {
		case "format":
			return text == apolloFormat
		case "version", "operations":
			return !isText
		}
		return false
	})
}

// texts reads a map from id to text, or to an object with the text as its source.
func (r *reader) texts(members []member) ([]entry, error) {
	entries := make([]entry, 0, len(members))
	for _, m := range members {
		one := entry{id: m.name, line: r.line(m.at)}
		switch {
		case m.isObject():
			fields, err := r.object(m.value, m.at)
			if err != nil {
				return nil, err
			}
			if err := r.fill(fields, map[string]*string{"name": &one.name, "type": &one.kind, "source": &one.text}, m.at, "source"); err != nil {
				return nil, err
			}
		default:
			text, ok := m.text()
			if !ok {
				return nil, r.formatError(m.at, "the value of %.100q must be a string, or an object with a source: "+
					"a manifest is a map from id to text, or one of Apollo's", m.name)
			}
			one.text = text
		}
		entries = append(entries, one)
	}
	return entries, nil
}

// apollo reads an Apollo manifest. It ignores unknown members, because later versions may add some.
func (r *reader) apollo(members []member) ([]entry, error) {
	head := map[string]member{}
	for _, m := range members {
		head[m.name] = m
	}
	if format, ok := head["format"].text(); !ok || format != apolloFormat {
		return nil, r.formatError(head["format"].at, "format must be %q", apolloFormat)
	}
	if version := head["version"]; string(version.value) != apolloVersion {
		return nil, r.formatError(version.at, "version must be %s", apolloVersion)
	}
	elements, err := r.list(head["operations"].value, head["operations"].at)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(elements))
	for _, element := range elements {
		fields, err := r.object(element.value, element.at)
		if err != nil {
			return nil, err
		}
		one, err := r.operation(fields, element.at)
		if err != nil {
			return nil, err
		}
		entries = append(entries, one)
	}
	return entries, nil
}

// operation reads an element of an Apollo manifest's list that begins at a byte of the file.
func (r *reader) operation(fields []member, at int) (entry, error) {
	one := entry{line: r.line(at)}
	err := r.fill(fields, map[string]*string{"id": &one.id, "name": &one.name, "type": &one.kind, "body": &one.text}, at, "id", "body")
	return one, err
}

// fill assigns the fields of an object to their targets and ignores others. The object begins at a byte of the file. It
// must have the required fields.
func (r *reader) fill(fields []member, targets map[string]*string, at int, required ...string) error {
	for _, field := range fields {
		target, ok := targets[field.name]
		if !ok {
			continue
		}
		text, ok := field.text()
		if !ok {
			return r.formatError(field.at, "the operation's %s is not a string", field.name)
		}
		*target = text
		delete(targets, field.name)
	}
	for _, name := range required {
		if targets[name] != nil {
			return r.formatError(at, "the operation has no %s", name)
		}
	}
	return nil
}
