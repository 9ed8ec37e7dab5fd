package sse

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// rawServer answers every request with what the function writes, and then closes.
func rawServer(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					answer(conn)
				}
			})
		}
	})
	return "http://" + listener.Addr().String() + "/"
}

// bodyOf connects once and reads to the end.
func bodyOf(t *testing.T, url string, config *tls.Config) (string, error) {
	t.Helper()
	target, err := newTarget(url, nil, config, newLedger(1))
	if err != nil {
		t.Fatal(err)
	}
	connection, err := connect(t.Context(), &net.Dialer{}, target, nil, 0)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	var body strings.Builder
	err = connection.each(func(part []byte, _ time.Time) { body.Write(part) })
	return body.String(), err
}

const eventHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

func TestConnectionReadsEveryKindOfBody(t *testing.T) {
	long := strings.Repeat("data: 0123456789\n\n", 20_000)
	for name, each := range map[string]struct{ answer, want string }{
		"chunked":           {"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n", "abcde"},
		"close-delimited":   {"\r\nabcde", "abcde"},
		"Content-Length":    {"Content-Length: 5\r\n\r\nabcde", "abcde"},
		"more than that":    {"Content-Length: 5\r\n\r\nabcdefg", "abcde"},
		"empty":             {"Content-Length: 0\r\n\r\n", ""},
		"long":              {"\r\n" + long, long},
		"long and chunked":  {fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(long), long), long},
		"long, with length": {fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(long), long), long},
		"a long head":       {"A: " + strings.Repeat("b", 3*headBytes) + "\r\n\r\nabcde", "abcde"},
	} {
		t.Run(name, func(t *testing.T) {
			bracket(t)
			url := rawServer(t, func(conn net.Conn) { _, _ = io.WriteString(conn, eventHead+each.answer) })
			got, err := bodyOf(t, url, nil)
			if got != each.want || !errors.Is(err, io.EOF) {
				t.Errorf("%d bytes (%v) of %d", len(got), err, len(each.want))
			}
		})
	}
}

func TestConnectionReadsByteByByte(t *testing.T) {
	bracket(t)
	url := rawServer(t, func(conn net.Conn) {
		for _, char := range []byte(eventHead + "Transfer-Encoding: chunked\r\n\r\nA;b\r\n0123456789\r\n0\r\n\r\n") {
			_, _ = conn.Write([]byte{char})
		}
	})
	if got, err := bodyOf(t, url, nil); got != "0123456789" || !errors.Is(err, io.EOF) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestConnectionRefusesWhatIsNoEventStream(t *testing.T) {
	for answer, says := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n": `Content-Type "text/html"`,
		"HTTP/1.1 200 OK\r\n\r\n":                            `Content-Type ""`,
		"HTTP/1.1 502 Bad Gateway\r\n\r\n":                   "status 502",
	} {
		_, err := bodyOf(t, rawServer(t, func(conn net.Conn) { _, _ = io.WriteString(conn, answer) }), nil)
		var refused statusError
		if !errors.As(err, &refused) || refused.reason != says {
			t.Errorf("%q: %v", answer, err)
		}
	}
	for _, answer := range []string{"", "HTTP/1.1 200 OK\r\nContent-Type: text/ev", "SSH-2.0-OpenSSH\r\n"} {
		_, err := bodyOf(t, rawServer(t, func(conn net.Conn) { _, _ = io.WriteString(conn, answer) }), nil)
		var refused statusError
		if err == nil || errors.As(err, &refused) {
			t.Errorf("%q is final: %v", answer, err)
		}
	}
}

func TestConnectionEndsWhereTheChunksAreNone(t *testing.T) {
	bracket(t)
	url := rawServer(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, eventHead+"Transfer-Encoding: chunked\r\n\r\ndata: a\n\n")
	})
	if got, err := bodyOf(t, url, nil); got != "" || !errors.Is(err, errChunk) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestConnectionSpeaksTLS(t *testing.T) {
	bracket(t)
	feed := startFeed(t, (*httptest.Server).StartTLS)
	trusted := feed.Client().Transport.(*http.Transport).TLSClientConfig
	swarm := openSwarm(t, trusted, streams(3), feed.URL)
	feed.publish(block(1))
	feed.publish("id: 2-0\ndata: " + strings.Repeat("x", 100_000) + "\n\n")
	swarm.wants(t, countEvents, 6)
	swarm.cut(3)
	eventually(t, "all back", func() bool { return len(feed.requests()) == 6 && feed.open() == 3 })
	feed.publish(block(3))
	swarm.wants(t, countEvents, 9)
	swarm.wants(t, countResumed, 3)
	swarm.blameless(t)
}

func TestConnectionDoesNotTrustAnybody(t *testing.T) {
	feed := startFeed(t, (*httptest.Server).StartTLS)
	_, err := bodyOf(t, feed.URL, nil)
	var unknown *tls.CertificateVerificationError
	if !errors.As(err, &unknown) {
		t.Error(err)
	}
}
