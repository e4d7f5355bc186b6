package live

import "unsafe"

// segmentSize is the number of elements of a segment.
const segmentSize = 512

// ring is a queue whose elements keep their index from their arrival until they leave. Elements must not contain
// pointers: the garbage collector then does not read the log.
type ring[T any] struct {
	segments   []*[segmentSize]T
	spare      *[segmentSize]T // a segment that became empty, for the next one; may be nil
	begin, end uint64          // of the elements
}

// push adds an element at the end and returns it, to be filled, with its index.
func (r *ring[T]) push() (*T, uint64) {
	index := r.end
	r.end++
	if index/segmentSize-r.begin/segmentSize == uint64(len(r.segments)) {
		segment := r.spare
		if r.spare = nil; segment == nil {
			segment = new([segmentSize]T)
		}
		r.segments = append(r.segments, segment)
	}
	return r.at(index), index
}

// at returns the element with an index from begin to before end.
func (r *ring[T]) at(index uint64) *T {
	return &r.segments[index/segmentSize-r.begin/segmentSize][index%segmentSize]
}

// pop removes the first element. It stays valid until the next push.
func (r *ring[T]) pop() *T {
	first := r.at(r.begin)
	r.begin++
	if r.begin%segmentSize == 0 {
		r.spare, r.segments[0] = r.segments[0], nil
		r.segments = r.segments[1:]
	}
	return first
}

// clear removes all elements. Their indexes are not used again.
func (r *ring[T]) clear() { *r = ring[T]{begin: r.end, end: r.end} }

func (r *ring[T]) len() int { return int(r.end - r.begin) }

// bytes returns the memory of the elements.
func (r *ring[T]) bytes() int64 {
	n := int64(len(r.segments))
	if r.spare != nil {
		n++
	}
	return n * segmentSize * int64(unsafe.Sizeof(*new(T)))
}
