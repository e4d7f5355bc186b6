package testcluster_test

import (
	"testing"

	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }
