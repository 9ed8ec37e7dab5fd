package sse

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
)

const (
	readBytes = 64 << 10
	headBytes = 4 << 10
	// For the TCP connection, the TLS handshake and the response head together.
	connectTimeout = 60 * time.Second
	// What the kernel may hold for a reader that is slow on purpose; else megabytes would hide it from the server.
	slowReceiveBytes = 4 << 10
)

var headReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, headBytes) }}

// statusError is an answer that ends an EventSource for good.
type statusError struct{ reason string }

func (e statusError) Error() string { return e.reason }

// connection is one HTTP/1.1 response and its body, without net/http's client: that keeps two goroutines and two buffers for
// each, several times what a stream needs.
type connection struct {
	net.Conn
	// Of the TCP connection; nil where TLS is spoken over it, and for a slow reader.
	raw     syscall.RawConn
	chunked bool
	chunks  chunks
	// Bytes of a body whose length is known; -1 for one that ends with the connection.
	left int64
	// What came with the head; over TLS, a small buffer, which is little beside what TLS keeps. A slow reader has one too: it
	// would hold a large one for as long as it pauses.
	own []byte

	// The most that one read takes.
	most int
	// Kept, since a closure made for each read would be garbage for each event.
	onReadable func(fd uintptr) bool
	buffer     *[readBytes]byte
	read       int
	err        error
}

// connect opens a stream at target and returns once its response head is there.
// Errors of type statusError are final; all others are worth another try.
// Where mostBytes is not 0, one read takes no more, and the kernel holds little.
func connect(
	ctx context.Context, dialer lib.DialContexter, target *target, lastEventID []byte, mostBytes int,
) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", target.address)
	if err != nil {
		return nil, err
	}
	// k6 counts a connection's bytes in a wrapper; a swarm counts for itself.
	if counted, ok := conn.(*netext.Conn); ok {
		conn = counted.Conn
	}
	opened := &connection{Conn: conn, left: -1, most: readBytes}
	if mostBytes > 0 {
		opened.most = min(mostBytes, readBytes)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := opened.begin(ctx, target, lastEventID); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return opened, nil
}

func (c *connection) begin(ctx context.Context, target *target, lastEventID []byte) error {
	tcp, _ := c.Conn.(*net.TCPConn)
	if c.most < readBytes && tcp != nil {
		if err := tcp.SetReadBuffer(slowReceiveBytes); err != nil {
			return err
		}
	}
	if target.tls != nil {
		secure := tls.Client(c.Conn, target.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			return err
		}
		c.Conn = secure
	} else if tcp != nil && c.most == readBytes {
		raw, err := tcp.SyscallConn()
		if err != nil {
			return err
		}
		c.raw, c.onReadable = raw, c.readNow
	}
	if _, err := c.Write(target.request(lastEventID)); err != nil {
		return err
	}
	return c.readHead()
}

func (c *connection) readHead() error {
	reader := headReaders.Get().(*bufio.Reader)
	defer headReaders.Put(reader)
	// The pool shall not keep the connection.
	defer reader.Reset(nil)
	reader.Reset(c.Conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return statusError{fmt.Sprintf("status %d", response.StatusCode)}
	}
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || kind != "text/event-stream" {
		return statusError{fmt.Sprintf("Content-Type %q", response.Header.Get("Content-Type"))}
	}
	c.chunked = len(response.TransferEncoding) > 0
	c.left = response.ContentLength
	c.own = make([]byte, reader.Buffered())
	_, err = io.ReadFull(reader, c.own)
	return err
}
