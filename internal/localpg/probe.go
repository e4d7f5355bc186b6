//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// condition is the state of the server according to a connection attempt.
type condition int

const (
	unreachable condition = iota // nothing listens
	busy                         // starting up, recovering or shutting down
	accepting
)

// SQLSTATEs of failed connection attempts.
const (
	cannotConnectNow     = "57P03"
	tooManyConnections   = "53300"
	invalidAuthorization = "28000"
	probeTimeout         = 10 * time.Second
	adminApplication     = "followgraph localpg"
	maintenanceDatabase  = "postgres"
	templateDatabase     = "template1"
)

// connect opens a connection as the superuser. It first checks that the socket belongs to the server: in a shared
// temporary directory, another user could impersonate a stopped server.
func (c *cluster) connect(ctx context.Context, database string) (*pgconn.PgConn, error) {
	if dir := c.socketDir(); dir != c.runPath() {
		if err := checkPrivate(dir, c.account.uid); err != nil {
			return nil, err
		}
	}
	return pgconn.Connect(ctx, c.url(superuser, database))
}

// hangUp closes a connection in order, even if ctx has ended. It ignores errors, which have no effect.
func hangUp(ctx context.Context, conn *pgconn.PgConn) { _ = conn.Close(context.WithoutCancel(ctx)) }

// url returns a URL that libpq, lib/pq and pgx parse in the same way. The host is a parameter because Go's URLs do not
// accept a path as a host.
func (c *cluster) url(role, database string) string {
	query := url.Values{
		"host":    {c.socketDir()},
		"port":    {socketPort},
		"sslmode": {"disable"},
	}
	address := url.URL{
		Scheme: "postgres",
		User:   url.User(role),
		Path:   "/" + database,
		// libpq does not decode a plus sign as a space.
		RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20"),
	}
	return address.String()
}

// probe connects to the server, because a pid file proves nothing. It returns an error if the server will never accept
// this process.
func (c *cluster) probe(ctx context.Context) (condition, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := c.connect(ctx, maintenanceDatabase)
	if err == nil {
		hangUp(ctx, conn)
		return accepting, nil
	}
	var refusal *pgconn.PgError
	switch {
	case errors.Is(err, errNotPrivate):
		return unreachable, err
	case !errors.As(err, &refusal):
		return unreachable, nil
	}
	switch refusal.Code {
	case cannotConnectNow:
		return busy, nil
	case tooManyConnections:
		return accepting, nil
	case invalidAuthorization:
		return unreachable, fmt.Errorf("the server on %s belongs to user %s and does not accept this user: %w", c.dir, c.account.name, err)
	default:
		return unreachable, fmt.Errorf("the server on %s refuses connections: %w", c.dir, err)
	}
}
