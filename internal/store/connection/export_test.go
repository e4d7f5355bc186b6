package connection

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// SettleAs settles a connection as if it had received another process id, as from a pooler.
func SettleAs(ctx context.Context, conn *pgconn.PgConn, pid uint32) error {
	return settle(ctx, conn, strconv.FormatUint(uint64(pid), 10))
}
