package proxy

import (
	"io"
	"sync/atomic"
	"time"
)

// AtOnce copies everything as it comes.
func AtOnce(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) }

// Counted copies everything as it comes, and adds its bytes to a counter.
func Counted(bytes *atomic.Int64) Copy {
	return func(to io.Writer, from io.Reader) { _, _ = io.Copy(io.MultiWriter(to, counter{bytes}), from) }
}

// counter counts what is written to it.
type counter struct{ bytes *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}

// Late copies everything after a delay, which does not reduce the throughput.
func Late(lag time.Duration) Copy {
	return func(to io.Writer, from io.Reader) { late(to, from, lag) }
}

func late(to io.Writer, from io.Reader, lag time.Duration) {
	type chunk struct {
		due  time.Time
		data []byte
	}
	chunks := make(chan chunk, 1<<14)
	go func() {
		defer close(chunks)
		for {
			data := make([]byte, 16<<10)
			n, err := from.Read(data)
			if n > 0 {
				chunks <- chunk{time.Now().Add(lag), data[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	broken := false
	for c := range chunks { // to the end, so that the reader ends
		if broken {
			continue
		}
		if ahead := time.Until(c.due); ahead > 0 {
			<-time.After(ahead)
		}
		_, err := to.Write(c.data)
		broken = err != nil
	}
}
