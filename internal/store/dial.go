package store

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/store/connection"
)

// How long a connection to the database may be silent. A way that swallows what is sent, without an error, is noticed
// within 5 s: silentAfter until somebody asks, connectTimeout until there is no answer to that.
const (
	// connectTimeout bounds an attempt to connect to one address, where connect_timeout in the database's address does not.
	connectTimeout = 3 * time.Second
	// silentAfter is how long a connection may wait for the server before the server is asked what it is doing.
	silentAfter = time.Second
	// answerTimeout bounds the answer to a ping.
	answerTimeout = time.Second
	// closeTimeout bounds what is said at the end of a connection. Its place in the pool is taken until then.
	closeTimeout = time.Second
	// unackedTimeout is how long the kernel sends again what the other end does not acknowledge.
	unackedTimeout = 4 * time.Second
)

// keepAlive finds a connection dead within 5 s whose other end is gone, even where nothing is sent. Where
// TCP_USER_TIMEOUT is known, that decides instead of the count.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 3}

// nowhere is the network of the address that a silent connection has: nobody can be asked there to cancel a statement.
const nowhere = "nowhere"

// dialer opens connections to the database, those for cancel requests too.
type dialer struct {
	net     net.Dialer
	timeout time.Duration // of connecting, with TLS and signing in
	links   *connWatcher
}

func newDialer(timeout time.Duration, l *connWatcher) *dialer {
	return &dialer{
		net:     net.Dialer{Timeout: timeout, KeepAliveConfig: keepAlive, Control: limitUnacked},
		timeout: timeout, links: l,
	}
}

// dial is pgconn's DialFunc. The connection has a deadline until ready lifts it, and a cancel request to its end: pgx
// would give that one 15 s, and keep its connection's place in the pool meanwhile.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network == nowhere {
		return nil, errSilent
	}
	deadline := time.Now().Add(d.timeout)
	conn, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(deadline); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &watchedConn{Conn: conn, watcher: d.links, to: endpoint{network, address}}, nil
}

// ready is pgconn's AfterConnect: the connection has signed in. Its settings are made, it finds out whose it is, and is
// watched from now on.
func (d *dialer) ready(ctx context.Context, conn *pgconn.PgConn) error {
	if err := connection.Settle(ctx, conn); err != nil {
		return err
	}
	session, err := sessionOf(ctx, conn)
	if err != nil {
		return err
	}
	return linkOf(conn).establish(session)
}

// linkOf returns the link below a connection, whether it is encrypted or not.
func linkOf(conn *pgconn.PgConn) *watchedConn {
	below := conn.Conn()
	if encrypted, ok := below.(*tls.Conn); ok {
		below = encrypted.NetConn()
	}
	return below.(*watchedConn) // made by dial: every connection is
}
