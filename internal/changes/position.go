package changes

import "fmt"

// Position is the place of a commit in PostgreSQL's log.
type Position struct {
	System   string // system identifier of the cluster
	Timeline int32
	LSN      uint64
}

// String returns the position as PostgreSQL writes it, such as "7312345678901234567/1/0/16B3748".
func (p Position) String() string {
	return fmt.Sprintf("%s/%d/%X/%X", p.System, p.Timeline, p.LSN>>32, uint32(p.LSN))
}
