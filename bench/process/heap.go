package process

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// heapLine begins the line with the bytes of allocated heap objects in a heap profile in text form (runtime.MemStats,
// HeapAlloc).
const heapLine = "# HeapAlloc = "

// HeapInUse returns the bytes of allocated heap objects of a followgraph server that runs with --profiling, after a
// garbage collection.
func (s *Server) HeapInUse(ctx context.Context) (bytes int64, err error) {
	address, err := s.Metrics(ctx)
	if err != nil {
		return 0, err
	}
	for range 2 { // the second collection frees what finalizers and pools held
		if bytes, err = collect(ctx, address); err != nil {
			return 0, err
		}
	}
	return bytes, nil
}

func collect(ctx context.Context, address string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/debug/pprof/heap?gc=1&debug=1", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), heapLine); ok {
			return strconv.ParseInt(text, 10, 64)
		}
	}
	return 0, errors.Join(errors.New("the heap profile has no "+heapLine), lines.Err())
}
