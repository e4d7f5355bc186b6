package executor

import (
	"context"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// The methods from here on are for the generated tables. Each writes a value and reports whether it is null.

// Null is a null where one is allowed.
func (x *Execution) Null() (null bool) { return true }

// InvalidNull is a null where declared, a type such as `User!`, forbids it.
func (x *Execution) InvalidNull(declared string) (null bool) {
	graphql.AddInvalidNullError(x.context(x.here()), declared)
	return true
}

// Fail is a field that could not be had.
func (x *Execution) Fail(err error) (null bool) {
	return x.report(graphql.AddFieldLocationToError(x.context(x.here()), err))
}

// String writes a string. What has to be escaped is gqlgen's to escape.
func (x *Execution) String(s string) (null bool) {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			graphql.MarshalString(s).MarshalGQL(x)
			return false
		}
	}
	x.buf = append(append(append(x.buf, '"'), s...), '"')
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

// Append writes what f appends for a scalar of the schema's own.
func Append[T any](x *Execution, f func([]byte, T) []byte, value T) (null bool) {
	x.buf = f(x.buf, value)
	return false
}

// Marshaler writes a value that writes itself.
func (x *Execution) Marshaler(m graphql.Marshaler) (null bool) {
	if m == graphql.Null {
		return true
	}
	m.MarshalGQL(x)
	return false
}

// NonNullMarshaler is Marshaler for what a type, such as `DateTime!`, declares not to be null.
func (x *Execution) NonNullMarshaler(m graphql.Marshaler, declared string) (null bool) {
	if x.Marshaler(m) {
		graphql.AddInvalidNullFromMarshaler(x.context(x.here()), declared)
		return true
	}
	return false
}

// Context is the context of the field that is being written.
func (x *Execution) Context() context.Context { return x.context(x.here()) }

// Pointer says that what is written next was reached through a pointer to it.
func (x *Execution) Pointer(pointer any) {
	if last := &x.steps[len(x.steps)-1]; last.field.hasCall && last.index == notIndex && last.result == nil {
		last.result = pointer
	}
}

// Scope is what Schema.Begin made for the operation.
func (x *Execution) Scope() any { return x.scope }

// Scalars writes a list of scalars. Their places are not told apart: an error has the path of the list, as in gqlgen.
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
	}
	x.buf = append(x.buf, ']')
	return null
}

// Write appends to the value that is being written; it is io.Writer. What gqlgen answers is written in one piece, so
// nothing more is kept of it once the answer is full.
func (x *Execution) Write(p []byte) (int, error) {
	if !x.isFull() {
		x.buf = append(x.buf, p...)
	}
	return len(p), nil
}

// WriteString is Write for a string; it is io.StringWriter.
func (x *Execution) WriteString(s string) (int, error) {
	if !x.isFull() {
		x.buf = append(x.buf, s...)
	}
	return len(s), nil
}

// Object writes an object of the named type, which is held by pointer, interface or map.
func (x *Execution) Object(name string, parent any) (null bool) {
	return x.object(name, parent, parent)
}

// Value writes an object of the named type, which is held by value.
func Value[T any](x *Execution, name string, parent *T) (null bool) {
	return x.object(name, parent, lazyValue[T]{parent})
}

// held is a value that is copied only where somebody looks at it, see FieldContext.Result.
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

// fields writes fields from the first on. It returns early after one that panicked: to catch panics costs something
// for each function that does, and this is once for an object and not once for a field.
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
		if x.buf[len(x.buf)-1] != '{' {
			x.buf = append(x.buf, ',')
		}
		x.buf = append(x.buf, f.key...)
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

// recovered makes a null of the field, or of the element of its value, at the last step, which panicked. Of a mark
// that no call lies behind, only the place in the buffer is known: nothing else has changed since.
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

// framed writes a value with calls below, and null for it where it is null; nullable values stop the null of a call.
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

// List writes a list; element writes one of its values.
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

// elements writes elements from the first on, and returns early after one that panicked, as fields does.
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
