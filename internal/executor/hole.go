package executor

import "sort"

// hole is the position of a call's value in the buffer, and later the value itself: a piece of the buffer that may
// contain more holes. The first hole is the operation's data. A hole has a higher index than its owner.
type hole struct {
	at      int   // position in the buffer
	owner   int32 // the hole whose piece contains this one
	frame   int32 // the nearest enclosing nullable position within that piece, or none
	node    int32 // position in the answer
	nonNull bool
	null    bool
	dropped bool // an enclosing value became null: the value is dropped, its errors are kept

	start, end            int // the piece
	firstHole, lastHole   int32
	firstFrame, lastFrame int32
}

// frame is a nullable position of a piece that contains holes. Nulls propagate up to it ("GraphQL", 6.4.4 Handling
// Execution Errors).
type frame struct {
	start, end int
	null       bool
}

// mark is a position in the buffer to return to.
type mark struct {
	buf, steps    int
	holes, frames int32
	frame         int32
}

func (x *Execution) mark() mark {
	return mark{buf: len(x.buf), steps: len(x.steps), holes: int32(len(x.holes)), frames: int32(len(x.frames)), frame: x.frame}
}

// null discards what was written since the mark, and writes null.
func (x *Execution) null(m mark) {
	x.buf = append(x.buf[:m.buf], "null"...)
	x.steps = x.steps[:m.steps]
	x.frames = x.frames[:m.frames]
	x.frame = m.frame
	for i := m.holes; i < int32(len(x.holes)); i++ {
		x.holes[i].dropped = true
	}
}

// open begins a frame at the mark.
func (x *Execution) open(m mark) {
	x.frame = int32(len(x.frames))
	x.frames = append(x.frames, frame{start: m.buf})
}

// close ends the frame that was opened at the mark.
func (x *Execution) close(m mark) {
	x.frames[x.frame].end = len(x.buf)
	x.frame = m.frame
}

// write writes the piece of a hole.
func (x *Execution) write(at int32, f *planField, write func(*Execution, any) (null bool), value any) {
	x.piece, x.frame = at, none
	x.steps = append(x.steps[:0], step{field: f, index: notIndex, node: x.holes[at].node})
	m := x.mark()
	null := x.guard(write, value)
	if null {
		x.null(m)
	}
	h := &x.holes[at]
	h.null = h.null || null
	h.start, h.end = m.buf, len(x.buf)
	h.firstHole, h.lastHole = m.holes, int32(len(x.holes))
	h.firstFrame, h.lastFrame = m.frames, int32(len(x.frames))
}

// guard runs the function that writes a call's value. A panic of the function becomes an error of the field.
func (x *Execution) guard(write func(*Execution, any) bool, value any) (null bool) {
	defer func() {
		if fault := recover(); fault != nil {
			x.steps = x.steps[:1]
			x.fault(fault)
			null = true
		}
	}()
	return write(x, value)
}

// bubble propagates each null of a non-null field to the nearest enclosing nullable position. Every hole has a higher
// index than its owner, so one backward pass is enough.
func (x *Execution) bubble() {
	for i := len(x.holes) - 1; i > 0; i-- {
		h := &x.holes[i]
		switch {
		case h.dropped || !h.null || !h.nonNull:
		case h.frame != none:
			x.frames[h.frame].null, x.framesNull = true, true
		default:
			x.holes[h.owner].null = true
		}
	}
}

// assemble appends the value of a hole to an answer, including the values of the holes inside.
func (x *Execution) assemble(answer []byte, at int32) []byte {
	h := &x.holes[at]
	if h.null {
		return append(answer, "null"...)
	}
	from := h.start
	frames := x.frames[h.firstFrame:h.lastFrame]
	for i := h.firstHole; i < h.lastHole; i++ {
		inner := &x.holes[i]
		if inner.dropped || inner.at < from {
			continue
		}
		if nullFrame, ok := x.firstNull(frames, from, inner.at); ok {
			answer = append(append(answer, x.buf[from:nullFrame.start]...), "null"...)
			from = nullFrame.end
			continue
		}
		answer = append(answer, x.buf[from:inner.at]...)
		answer = x.assemble(answer, i)
		from = inner.at
	}
	return append(answer, x.buf[from:h.end]...)
}

// firstNull returns the outermost null frame that begins at or after from and contains the position at.
func (x *Execution) firstNull(frames []frame, from, at int) (frame, bool) {
	if !x.framesNull {
		return frame{}, false
	}
	first := sort.Search(len(frames), func(i int) bool { return frames[i].start >= from })
	for _, f := range frames[first:] {
		if f.start > at {
			break
		}
		if f.null && at <= f.end {
			return f, true
		}
	}
	return frame{}, false
}
