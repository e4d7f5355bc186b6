package store

import (
	"testing"

	"followgraph/internal/model"
)

// BenchmarkUsersByUsername looks up accounts by their exact names, by names in another case, and by unknown names.
func BenchmarkUsersByUsername(b *testing.B) {
	s := openFilled(b, crowd)
	for name, username := range map[string]string{"exact": "u77", "another case": "U77", "unknown": "unknown"} {
		b.Run(name, func(b *testing.B) {
			keys := []model.UserKey{{Username: username, Details: true, Counts: true}}
			for b.Loop() {
				users, err := s.Users(b.Context(), keys)
				if err != nil || (users[0] == nil) != (name == "unknown") {
					b.Fatal(users, err)
				}
			}
		})
	}
}
