package persisted

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/document"
	"followgraph/internal/localfile"
)

// The limits of manifests. They keep a wrong file from exhausting the memory, and are far above the manifests of real
// clients.
const (
	MaxFileBytes = 16 << 20
	MaxDocuments = 10_000 // ids of all manifests together
)

// Manifest is a manifest that is embedded in the program.
type Manifest struct {
	Name string // used in errors
	Data []byte
}

// Load reads manifests: the embedded ones in own, then files and directories. Of a directory it reads all *.json files
// that are not hidden, ordered by name. Each document is parsed and validated like the document of a request, with the
// same limits and error messages. The error is a *ManifestError that lists all problems.
//
// An id may occur again with the same text. An id that begins with `sha256:` must be the hash of its text ("GraphQL
// over HTTP", appendix Persisted Documents, SHA256 Hex Document Identifier). All other ids are accepted, even if they
// look like a hash of another text: some tools hash a different form of the text than they write.
func Load(paths []string, schema *ast.Schema, own ...Manifest) (*Set, error) {
	return load(paths, own, schema, nil)
}

// load is Load. It reuses the parsed documents of an earlier Set of the same schema.
func load(paths []string, own []Manifest, schema *ast.Schema, earlier *Set) (*Set, error) {
	l := newLoader(schema, earlier)
	for _, each := range own {
		l.set.files++
		l.manifest(each.Name, each.Data)
	}
	for _, path := range paths {
		l.path(path)
	}
	return l.result()
}

// loader collects documents and problems.
type loader struct {
	validator document.Validator
	earlier   *Set // may be nil
	set       *Set
	invalid   ManifestError
}

func newLoader(schema *ast.Schema, earlier *Set) *loader {
	return &loader{
		validator: document.Validator{Schema: schema, Suggestions: true},
		earlier:   earlier,
		set:       &Set{documents: map[string]*setEntry{}},
	}
}

func (l *loader) result() (*Set, error) {
	if l.invalid.Total > 0 {
		l.invalid.Files = l.set.files
		return nil, &l.invalid
	}
	return l.set, nil
}

// path reads a file, or the manifests of a directory.
func (l *loader) path(path string) {
	info, err := os.Stat(path)
	if err != nil {
		l.invalid.add(Problem{File: path, Message: reason(err)})
		return
	}
	if !info.IsDir() {
		l.file(path)
		return
	}
	files, err := os.ReadDir(path)
	if err != nil {
		l.invalid.add(Problem{File: path, Message: reason(err)})
		return
	}
	before := l.set.files
	for _, file := range files {
		if name := file.Name(); filepath.Ext(name) == ".json" && name[0] != '.' && !file.IsDir() {
			l.file(filepath.Join(path, name))
		}
	}
	if l.set.files == before {
		l.invalid.add(Problem{File: path, Message: "the directory holds no *.json file"})
	}
}

func (l *loader) file(path string) {
	l.set.files++
	data, err := localfile.Read(path, MaxFileBytes)
	if err != nil {
		l.invalid.add(Problem{File: path, Message: reason(err)})
		return
	}
	l.manifest(path, data)
}

// reason returns an error of the file system without the path, which Problem contains.
func reason(err error) string {
	if wrapped := (*os.PathError)(nil); errors.As(err, &wrapped) {
		return wrapped.Err.Error()
	}
	return err.Error()
}

// errTooMany ends the reading of a manifest.
var errTooMany = fmt.Errorf("there are more than %d documents", MaxDocuments)

// manifest adds the documents of a file.
func (l *loader) manifest(file string, data []byte) {
	entries, err := manifest(data)
	if err != nil {
		problem := Problem{File: file, Message: oneLine(err.Error())}
		if unreadable := (*formatError)(nil); errors.As(err, &unreadable) {
			problem.Line = unreadable.line
		}
		l.invalid.add(problem)
		return
	}
	for _, each := range entries {
		l.invalid.Documents++
		operation, err := l.add(location{file, each.line}, each)
		if err == nil {
			continue
		}
		l.invalid.add(Problem{
			File:      file,
			Line:      each.line,
			ID:        each.id,
			Operation: operation,
			Message:   oneLine(err.Error()),
		})
		if errors.Is(err, errTooMany) {
			return
		}
	}
}

// add checks a document and adds it to the set. With an error, it also returns the name of the first operation, if
// known.
func (l *loader) add(at location, each entry) (operation string, err error) {
	operation = each.name
	if err := CheckID(each.id); err != nil {
		return operation, fmt.Errorf("the id is malformed: %w", err)
	}
	hash := Hash(each.text)
	if strings.HasPrefix(each.id, hashPrefix+":") && each.id != hashPrefix+":"+hash {
		return operation, fmt.Errorf("the id is not the SHA-256 of the text, which is %s", hash)
	}
	doc, err := l.document(hash, each)
	if operation == "" && len(doc.Operations) > 0 {
		operation = doc.Operations[0]
	}
	if err != nil {
		return operation, err
	}
	if err := agree(doc.Parsed, each); err != nil {
		return operation, err
	}
	return operation, l.put(&setEntry{doc, at}, hash)
}

// put adds a document to the set under its id and its hash. If several ids have the same text, the hash refers to the
// first.
func (l *loader) put(entry *setEntry, hash string) error {
	names := []string{key(entry.ID), hash, hashPrefix + ":" + hash}
	for _, name := range names {
		if other, ok := l.set.documents[name]; ok && other.Text != entry.Text {
			return fmt.Errorf("%s already names another text in %s", name, other.location)
		}
	}
	if other, again := l.set.documents[names[0]]; again && other.ID == entry.ID {
		return nil
	}
	if l.set.ids == MaxDocuments {
		return errTooMany
	}
	l.set.ids++
	l.set.documents[names[0]] = entry
	for _, name := range names[1:] {
		if _, ok := l.set.documents[name]; !ok {
			l.set.documents[name] = entry
		}
	}
	return nil
}

// document returns the parsed and validated document of an entry. With an error, it has the operations that could be
// parsed. Each text is parsed once, and reused from an earlier set, so that its plans stay valid.
func (l *loader) document(hash string, each entry) (Document, error) {
	doc := Document{ID: each.id, Text: each.text}
	for _, set := range []*Set{l.set, l.earlier} {
		if set == nil {
			continue
		}
		if entry, ok := set.documents[hashPrefix+":"+hash]; ok {
			doc.Text, doc.Parsed, doc.Operations = entry.Text, entry.Parsed, entry.Operations
			return doc, nil
		}
	}
	parsed, errs := l.validator.Parse(each.text)
	if parsed != nil {
		for _, operation := range parsed.Operations {
			doc.Operations = append(doc.Operations, operation.Name)
		}
	}
	if len(errs) > 0 {
		return doc, explain(errs)
	}
	doc.Parsed = parsed
	return doc, nil
}

// explain returns the first error of a document with its location in the text, and the number of further errors.
func explain(errs gqlerror.List) error {
	first := errs[0]
	message := first.Message
	if len(first.Locations) > 0 {
		where := fmt.Sprintf("line %d", first.Locations[0].Line)
		if column := first.Locations[0].Column; column > 0 { // 0 after the lines of a block string
			where = fmt.Sprintf("%s, column %d", where, column)
		}
		message = fmt.Sprintf("%s of the text: %s", where, message)
	}
	if more := len(errs) - 1; more > 0 {
		message = fmt.Sprintf("%s (and %d more)", message, more)
	}
	return errors.New(message)
}

// agree checks the name and type that an Apollo manifest gives for an operation.
func agree(parsed *ast.QueryDocument, each entry) error {
	if each.name == "" && each.kind == "" {
		return nil
	}
	if slices.ContainsFunc(parsed.Operations, func(operation *ast.OperationDefinition) bool {
		return (each.name == "" || operation.Name == each.name) && (each.kind == "" || string(operation.Operation) == each.kind)
	}) {
		return nil
	}
	return fmt.Errorf("the text has no operation with name %.100q and type %.20q", each.name, each.kind)
}
