package httpserver

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// TestStatusesAreDocumented compares the table of statuses in docs/protocol.md with refusalStatus, for each code of the
// table of codes.
func TestStatusesAreDocumented(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/protocol.md")
	require.NoError(t, err)
	rows := func(header string) []string {
		_, table, ok := strings.Cut(string(content), header)
		require.True(t, ok, header)
		table, _, _ = strings.Cut(table, "\n\n")
		return strings.Split(table, "\n")
	}
	code := regexp.MustCompile("`([A-Z_]{4,})`")
	documented := map[apperr.Code][]int{}
	for _, row := range rows("| status | when | code |\n|---|---|---|\n") {
		cells := strings.Split(row, "|")
		status, err := strconv.Atoi(strings.TrimSpace(cells[1]))
		require.NoError(t, err, row)
		for _, name := range code.FindAllStringSubmatch(cells[3], -1) {
			documented[apperr.Code(name[1])] = append(documented[apperr.Code(name[1])], status)
		}
	}
	// These codes have a status only in answers with data, or of the transport's own.
	inData := map[apperr.Code]bool{apperr.NotFound: true, apperr.Conflict: true}
	transport := map[apperr.Code]bool{apperr.PersistedQueryNotFound: true, apperr.PersistedQueryNotSupported: true}
	for _, row := range rows("| code | meaning |\n|---|---|\n") {
		name := apperr.Code(code.FindStringSubmatch(row)[1])
		statuses := documented[name]
		switch {
		case inData[name]:
			require.Empty(t, statuses, name)
		case transport[name]:
			require.Contains(t, statuses, errNotFound.status, name)
		default:
			require.Contains(t, statuses, refusalStatus(name), name)
			for _, status := range statuses { // the transport refuses bad requests with several statuses
				require.True(t, name == apperr.BadRequest || status == refusalStatus(name), "%s with %d", name, status)
			}
		}
	}
}
