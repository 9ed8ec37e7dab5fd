package sse

import (
	"net"
	"runtime"
	"strings"
	"testing"
)

func TestStreamKeepsLittleOfALargeEvent(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, nil, feed.URL)
	feed.publish("data: " + strings.Repeat("x", 1<<20) + "\n\n")
	swarm.wants(t, countEvents, 1)
	swarm.close()
	if parser := &swarm.streams[0].parser; cap(parser.line) > keptBytes || cap(parser.data) > keptBytes {
		t.Errorf("%d and %d bytes are kept", cap(parser.line), cap(parser.data))
	}
}

// The server is in this process too, so it is one that keeps nothing: a socket, and no goroutine.
func TestStreamTakesNoMoreThanSixteenKilobytes(t *testing.T) {
	bracket(t)
	const count, most = 400, 16 << 10
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted, done := make([]net.Conn, 0, count), make(chan struct{})
	go func() {
		defer close(done)
		for range count {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted = append(accepted, conn)
			_, _ = conn.Write([]byte(eventHead + "\r\n" + block(1)))
		}
	}()
	before := memoryInUse()
	swarm := openSwarm(t, nil, streams(count), "http://"+listener.Addr().String())
	<-done
	swarm.wants(t, countEvents, count)
	each := (memoryInUse() - before) / count
	t.Logf("%d bytes a stream", each)
	if each > most {
		t.Errorf("%d bytes a stream", each)
	}
	for _, conn := range accepted {
		_ = conn.Close()
	}
	swarm.close()
}

func memoryInUse() int64 {
	var stats runtime.MemStats
	// The second collection takes what the first left in pools.
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse + stats.StackInuse)
}
