package sse

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// flood writes for as long as it can, and counts.
func flood(t *testing.T, sent *atomic.Int64) string {
	return rawServer(t, func(conn net.Conn) {
		_ = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
		_, _ = io.WriteString(conn, eventHead+"\r\n")
		block := []byte("data: " + strings.Repeat("x", 1000) + "\n\n")
		for {
			n, err := conn.Write(block)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
}

func TestSlowReaderReadsSlowlyAndTheServerFeelsIt(t *testing.T) {
	bracket(t)
	var sent atomic.Int64
	began := time.Now()
	swarm := openSwarm(t, nil, func(o *options) { o.BytesPerSecond = 20_000 }, flood(t, &sent))
	eventually(t, "20,000 bytes", func() bool { return swarm.counted(countBytes) >= 20_000 })
	took := time.Since(began)
	if rate := float64(swarm.counted(countBytes)) / took.Seconds(); rate > 26_000 {
		t.Errorf("%.0f bytes a second of 20,000", rate)
	}
	if held := sent.Load() - swarm.counted(countBytes); held > 256<<10 {
		t.Errorf("the kernel holds %d bytes for it", held)
	}
}

func TestSlowReaderHoldsNoLargeBufferWhileItPauses(t *testing.T) {
	bracket(t)
	var sent atomic.Int64
	swarm := openSwarm(t, nil, func(o *options) { o.BytesPerSecond = 20_000 }, flood(t, &sent))
	eventually(t, "a part", func() bool { return swarm.counted(countBytes) > 0 })
	connection := swarm.streams[0].connection.Load()
	swarm.close()
	if connection.raw != nil || len(connection.own) > headBytes {
		t.Errorf("it reads into the buffers of fast readers, or has %d bytes itself", len(connection.own))
	}
}

func TestSlowReaderEndsAtOnce(t *testing.T) {
	bracket(t)
	var sent atomic.Int64
	swarm := openSwarm(t, nil, func(o *options) { o.BytesPerSecond = 1 }, flood(t, &sent))
	eventually(t, "a part", func() bool { return sent.Load() > 0 && swarm.streams[0].heardAt.Load() > 0 })
	began := time.Now()
	swarm.close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("closing it took %v", took)
	}
}
