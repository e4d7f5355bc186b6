package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// client is one persistent connection. It implements the part of HTTP/1.1 that the servers of this benchmark use:
// lengths and chunks, but no redirects, trailers or interim responses. It shares the machine with the server, and
// net/http's client would need several times the CPU time.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
	body   []byte // of the last answer
	stop   func() bool
}

// Answer is the answer of a server. Body is valid until the next request on the connection.
type Answer struct {
	Status       int
	ServerTiming string // the header of that name
	Body         []byte
}

// dial opens a connection that is closed when ctx ends. Its source address is from, unless from is nil.
func dial(ctx context.Context, address string, from net.IP) (*client, error) {
	var dialer net.Dialer
	if from != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: from}
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &client{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10), stop: stop}, nil
}

func (c *client) close() {
	c.stop()
	_ = c.conn.Close()
}

// render returns the bytes of a request, which are the same for all servers.
func (r Request) render() []byte {
	authorization := ""
	if r.Token != "" {
		authorization = "Authorization: Bearer " + r.Token + "\r\n"
	}
	raw := fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n%s"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", authorization, len(r.Body))
	return append(raw, r.Body...)
}

func (c *client) do(raw []byte) (Answer, error) {
	if _, err := c.conn.Write(raw); err != nil {
		return Answer{}, err
	}
	return c.read()
}

var errProtocol = errors.New("the answer is not supported HTTP/1.1")

func (c *client) read() (Answer, error) {
	var answer Answer
	line, err := c.line()
	if err != nil {
		return answer, err
	}
	status, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !ok || len(status) < 3 {
		return answer, fmt.Errorf("%w: it begins with %q", errProtocol, line)
	}
	if answer.Status, err = strconv.Atoi(string(status[:3])); err != nil {
		return answer, fmt.Errorf("%w: it begins with %q", errProtocol, line)
	}
	length, chunked := -1, false
	for {
		if line, err = c.line(); err != nil {
			return answer, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return answer, fmt.Errorf("%w: its Content-Length is %q", errProtocol, value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Server-Timing")):
			answer.ServerTiming = string(value)
		}
	}
	c.body = c.body[:0]
	switch {
	case chunked:
		err = c.readChunks()
	case length >= 0:
		err = c.append(length)
	default:
		err = fmt.Errorf("%w: it has no length", errProtocol)
	}
	answer.Body = c.body
	return answer, err
}

// line reads a line without its end. The line is valid until the next read.
func (c *client) line() ([]byte, error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("incomplete answer: %w", err)
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// append reads n more bytes of the body.
func (c *client) append(n int) error {
	from := len(c.body)
	if need := from + n; need > cap(c.body) {
		grown := make([]byte, from, max(need, 2*cap(c.body)))
		copy(grown, c.body)
		c.body = grown
	}
	c.body = c.body[:from+n]
	if _, err := io.ReadFull(c.reader, c.body[from:]); err != nil {
		return fmt.Errorf("incomplete answer: %w", err)
	}
	return nil
}

func (c *client) readChunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(digits), 16, 30)
		if err != nil {
			return fmt.Errorf("%w: a chunk's size is %q", errProtocol, line)
		}
		if err := c.append(int(size)); err != nil {
			return err
		}
		if end, err := c.line(); err != nil || len(end) > 0 {
			return errors.Join(fmt.Errorf("%w: %q follows a chunk", errProtocol, end), err)
		}
		if size == 0 {
			return nil
		}
	}
}

// Probe sends requests in sequence on one connection and passes each answer to take, without checking it.
func Probe(ctx context.Context, address string, requests []Request, take func(int, Answer) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	c, err := dial(ctx, address, nil)
	if err != nil {
		return err
	}
	defer c.close()
	for i, request := range requests {
		answer, err := c.do(request.render())
		if err != nil {
			return fmt.Errorf("in answer to %s: %w", request.Body, err)
		}
		if err := take(i, answer); err != nil {
			return err
		}
	}
	return nil
}
