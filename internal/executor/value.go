package executor

import (
	"context"
	"encoding/binary"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// The methods below are called by the generated tables. Each writes a value and reports whether it is null.

// Null is a null in a nullable position.
func (x *Execution) Null() (null bool) { return true }

// InvalidNull is a null in a position whose declared type, such as `User!`, forbids it.
func (x *Execution) InvalidNull(declared string) (null bool) {
	graphql.AddInvalidNullError(x.context(x.here()), declared)
	return true
}

// Fail reports the error of a field that could not be read.
func (x *Execution) Fail(err error) (null bool) {
	return x.report(graphql.AddFieldLocationToError(x.context(x.here()), err))
}

// String writes a string. If it contains characters to escape, gqlgen writes it.
func (x *Execution) String(s string) (null bool) {
	from := len(x.buf)
	x.buf = append(append(x.buf, '"'), s...)
	if hasEscapes(x.buf[from+1:]) {
		x.buf = x.buf[:from]
		graphql.MarshalString(s).MarshalGQL(x)
		return false
	}
	x.buf = append(x.buf, '"')
	return false
}

// hasEscapes reports whether JSON escapes any byte of a text: control characters, quotes and backslashes. It looks at
// eight bytes at a time (Anderson, Bit Twiddling Hacks: "Determine if a word has a byte less than n").
func hasEscapes(text []byte) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		word := binary.LittleEndian.Uint64(text)
		quotes, backslashes := word^each*'"', word^each*'\\'
		if ((word-each*0x20)&^word|(quotes-each)&^quotes|(backslashes-each)&^backslashes)&high != 0 {
			return true
		}
	}
	for _, c := range text {
		if c < 0x20 || c == '"' || c == '\\' {
			return true
		}
	}
	return false
}

// Int writes an integer.
func (x *Execution) Int(n int64) (null bool) {
	x.buf = strconv.AppendInt(x.buf, n, 10)
	return false
}

// Boolean writes a boolean.
func (x *Execution) Boolean(b bool) (null bool) {
	x.buf = strconv.AppendBool(x.buf, b)
	return false
}

// Append writes a custom scalar with its append function f.
func Append[T any](x *Execution, f func([]byte, T) []byte, value T) (null bool) {
	x.buf = f(x.buf, value)
	return false
}

// Marshaler writes a value that implements graphql.Marshaler.
func (x *Execution) Marshaler(m graphql.Marshaler) (null bool) {
	if m == graphql.Null {
		return true
	}
	m.MarshalGQL(x)
	return false
}

// NonNullMarshaler is Marshaler for a non-null type, such as `DateTime!`.
func (x *Execution) NonNullMarshaler(m graphql.Marshaler, declared string) (null bool) {
	if x.Marshaler(m) {
		graphql.AddInvalidNullFromMarshaler(x.context(x.here()), declared)
		return true
	}
	return false
}

// Context returns the context of the field that is being written.
func (x *Execution) Context() context.Context { return x.context(x.here()) }

// Pointer records that the next value was reached through pointer.
func (x *Execution) Pointer(pointer any) {
	if last := &x.steps[len(x.steps)-1]; last.field.hasCall && last.index == notIndex && last.result == nil {
		last.result = pointer
	}
}

// Scope returns the scope that Schema.Begin returned for the operation.
func (x *Execution) Scope() any { return x.scope }

// Scalars writes a list of scalars, or of such lists. As in gqlgen, the error of an element has the path of the list. It
// stops when the answer exceeds its limit, because one field can have a list that is longer than the limit.
func Scalars[T any](x *Execution, list []T, nonNull bool, element func(x *Execution, value *T) (null bool)) (null bool) {
	x.buf = append(x.buf, '[')
	for i := range list {
		if i > 0 {
			x.buf = append(x.buf, ',')
		}
		m := x.mark()
		if element(x, &list[i]) {
			x.null(m)
			null = null || nonNull
		}
		if x.isFull() {
			break
		}
	}
	x.buf = append(x.buf, ']')
	return null
}

// Write appends to the value that is being written. It implements io.Writer. gqlgen writes an answer without checking
// its size, so Write discards data once the answer exceeds its limit.
func (x *Execution) Write(p []byte) (int, error) {
	if !x.isFull() {
		x.buf = append(x.buf, p...)
	}
	return len(p), nil
}

// WriteString is Write for a string. It implements io.StringWriter.
func (x *Execution) WriteString(s string) (int, error) {
	if !x.isFull() {
		x.buf = append(x.buf, s...)
	}
	return len(s), nil
}

// Object writes an object of the named type that is held by pointer, interface or map.
func (x *Execution) Object(name string, parent any) (null bool) {
	return x.object(name, parent, parent)
}

// Value writes an object of the named type that is held by value.
func Value[T any](x *Execution, name string, parent *T) (null bool) {
	return x.object(name, parent, lazyValue[T]{parent})
}

// lazyValue copies a value only when FieldContext.Result is read.
type lazyValue[T any] struct{ pointer *T }

func (h lazyValue[T]) value() any { return *h.pointer }

func (x *Execution) object(name string, parent, result any) (null bool) {
	last := &x.steps[len(x.steps)-1]
	set := last.field.selectionSet(name)
	if set.hasCall && last.index == notIndex && last.result == nil {
		last.result = result
	}
	fields := x.fieldsOf(set)
	x.buf = append(x.buf, '{')
	x.steps = append(x.steps, step{})
	for i := 0; i < len(fields); {
		next, invalid := x.fields(fields, parent, i)
		i, null = next, null || invalid
	}
	x.steps = x.steps[:len(x.steps)-1]
	x.buf = append(x.buf, '}')
	return null
}

// fields writes fields, beginning with index first. It returns early if a field panicked. The deferred recover costs
// time for each call of the function, so one call writes many fields.
func (x *Execution) fields(fields []*planField, parent any, first int) (next int, invalid bool) {
	last := len(x.steps) - 1
	var m mark
	defer func() {
		if fault := recover(); fault != nil {
			x.recoverField(fault, fields[next], last, m)
			invalid = invalid || fields[next].NonNull
			next++
		}
	}()
	for next = first; next < len(fields); next++ {
		f := fields[next]
		if next == 0 {
			x.buf = append(x.buf, f.key[1:]...)
		} else {
			x.buf = append(x.buf, f.key...)
		}
		if f.typename != nil {
			x.buf = append(x.buf, f.typename...)
			continue
		}
		here := &x.steps[last]
		here.field, here.index, here.node = f, notIndex, 0
		m.buf = len(x.buf)
		null := false
		switch {
		case !f.hasCall:
			if null = f.Plain(x, parent); null {
				x.buf = append(x.buf[:m.buf], "null"...)
			}
		case f.isCall():
			m, here.result = x.mark(), nil
			x.wait(f, parent)
		default:
			m, here.result = x.mark(), nil
			null = x.withFrame(m, !f.NonNull, func() bool { return f.Plain(x, parent) })
		}
		invalid = invalid || null && f.NonNull
	}
	return next, invalid
}

// recoverField sets the field that panicked, or the element of its list, to null. If no call was added since the mark,
// only the position in the buffer is reset, because nothing else has changed.
func (x *Execution) recoverField(fault any, f *planField, last int, m mark) {
	if !f.hasCall {
		place := m.buf
		m = x.mark()
		m.buf = place
	}
	x.steps = x.steps[:last+1]
	m.steps = last + 1
	x.fault(fault)
	x.null(m)
}

// withFrame writes a value that has calls below it. If the value is nullable, the null of such a call propagates no
// further than this value.
func (x *Execution) withFrame(m mark, nullable bool, write func() (null bool)) (null bool) {
	if nullable {
		x.open(m)
	}
	switch null = write(); {
	case null:
		x.null(m)
	case nullable:
		x.close(m)
	}
	return null
}

// List writes a list. element writes one of its values.
func List[T any](x *Execution, list []T, nonNull bool, element func(x *Execution, value *T) (null bool)) (null bool) {
	last := x.steps[len(x.steps)-1]
	if last.field.hasCall && last.index == notIndex && last.result == nil {
		x.steps[len(x.steps)-1].result = list
	}
	x.buf = append(x.buf, '[')
	x.steps = append(x.steps, step{field: last.field})
	for i := 0; i < len(list); {
		next, invalid := elements(x, list, nonNull, element, i)
		i, null = next, null || invalid
	}
	x.steps = x.steps[:len(x.steps)-1]
	x.buf = append(x.buf, ']')
	return null
}

// elements writes elements, beginning with index first. Like fields, it returns early if one panicked.
func elements[T any](x *Execution, list []T, nonNull bool, element func(*Execution, *T) bool, first int) (next int, invalid bool) {
	last := len(x.steps) - 1
	field := x.steps[last].field
	var m mark
	defer func() {
		if fault := recover(); fault != nil {
			x.recoverField(fault, field, last, m)
			invalid = invalid || nonNull
			next++
		}
	}()
	for next = first; next < len(list); next++ {
		if next > 0 {
			x.buf = append(x.buf, ',')
		}
		here := &x.steps[last]
		here.index, here.node = int32(next), 0
		m.buf = len(x.buf)
		null := false
		if field.hasCall {
			here.result = &list[next]
			m = x.mark()
			null = x.withFrame(m, !nonNull, func() bool { return element(x, &list[next]) })
		} else if null = element(x, &list[next]); null {
			x.buf = append(x.buf[:m.buf], "null"...)
		}
		invalid = invalid || null && nonNull
		if x.isFull() {
			return len(list), invalid
		}
	}
	return next, invalid
}
