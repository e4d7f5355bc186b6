package store

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// How long a connection to the database may be silent. A network path that drops packets without an error is detected
// within 5 s: silentAfter until the server is asked, and connectTimeout until that question times out.
const (
	// connectTimeout limits an attempt to connect to one address, unless connect_timeout in the database's URL does.
	connectTimeout = 3 * time.Second
	// silentAfter is how long a connection may wait for the server before the server is asked what the session is
	// doing.
	silentAfter = time.Second
	// answerTimeout limits a ping.
	answerTimeout = time.Second
	// pooledAnswerTimeout limits a ping through a pooler.
	pooledAnswerTimeout = silentAfter + connectTimeout + time.Second
	// closeTimeout limits the messages that close a connection. Its slot in the pool is occupied until then.
	closeTimeout = time.Second
	// unackedTimeout is how long the kernel retransmits data that the other end does not acknowledge.
	unackedTimeout = 4 * time.Second
)

// keepAlive detects within 5 s that the other end of a connection is gone, even if nothing is sent. If the system
// supports TCP_USER_TIMEOUT, that timeout applies instead of the count.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 3}

// nowhere is the network in the address of a connection that was given up. No cancel request can be sent to such an
// address.
const nowhere = "nowhere"

// dialer opens connections to the database, including those for cancel requests.
type dialer struct {
	net     net.Dialer
	timeout time.Duration // for connecting, including TLS and authentication
	watcher *connWatcher
	sharing *sharing
}

func newDialer(timeout time.Duration, watcher *connWatcher, sharing *sharing) *dialer {
	return &dialer{
		net:     net.Dialer{Timeout: timeout, KeepAliveConfig: keepAlive, Control: limitUnacked},
		timeout: timeout, watcher: watcher, sharing: sharing,
	}
}

// dial is pgconn's DialFunc. The connection has a deadline until ready removes it. The connection of a cancel request
// keeps its deadline: pgx would allow 15 s, during which the canceled connection would occupy its slot in the pool.
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
	return &watchedConn{Conn: conn, watcher: d.watcher, to: endpoint{network, address}}, nil
}

// ready is pgconn's AfterConnect, called after authentication. It applies the connection's settings, reads the identity
// of its session, and starts to watch the connection.
func (d *dialer) ready(ctx context.Context, conn *pgconn.PgConn) error {
	if err := d.sharing.settle(ctx, conn); err != nil {
		return err
	}
	if d.sharing.shared.Load() {
		return watchedConnOf(conn).establish(session{})
	}
	own, err := sessionOf(ctx, conn)
	if err != nil {
		return err
	}
	return watchedConnOf(conn).establish(own)
}

// watchedConnOf returns the watchedConn below a connection, encrypted or not.
func watchedConnOf(conn *pgconn.PgConn) *watchedConn {
	below := conn.Conn()
	if encrypted, ok := below.(*tls.Conn); ok {
		below = encrypted.NetConn()
	}
	return below.(*watchedConn) // every connection is created by dial
}
