package mirror

import (
	"testing"

	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }
