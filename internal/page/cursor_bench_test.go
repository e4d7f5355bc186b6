package page

import "testing"

var benchmarked = Cursor{Kind: Followers, At: 1_750_000_000_123_456, ID: 1_234_567}

func BenchmarkCursorEncode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = benchmarked.String()
	}
}

func BenchmarkCursorDecode(b *testing.B) {
	b.ReportAllocs()
	text := benchmarked.String()
	for b.Loop() {
		if _, ok := decodeCursor(text); !ok {
			b.Fatal("not a cursor")
		}
	}
}
