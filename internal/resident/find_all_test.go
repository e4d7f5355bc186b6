package resident

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindAllEqualsFind(t *testing.T) {
	t.Parallel()
	known := newNames()
	var free []uint32
	var ids []string
	for i := range 700 {
		id := fmt.Sprint("id ", i)
		ids = append(ids, id)
		if i%3 != 0 {
			known.add(id, &free, 1)
		}
	}
	known.remove(5, 2)
	ids = append(ids, "", "id 1", "id 1")
	numbers := make([]uint32, len(ids))
	known.findAll(ids, numbers)
	for i, id := range ids {
		number, ok := known.find(id)
		if !ok {
			number = noNumber
		}
		require.Equal(t, number, numbers[i], id)
	}
	known.findAll(nil, nil)
}
