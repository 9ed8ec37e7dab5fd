package sse

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
)

// eventually waits for a condition, and says what it waited for where it does not come.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// bracket demands that all goroutines and descriptors that a test has opened are gone after it.
func bracket(t *testing.T) {
	t.Helper()
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors()
	t.Cleanup(func() {
		eventually(t, "the goroutines and descriptors of before", func() bool {
			return runtime.NumGoroutine() <= goroutines && openDescriptors() <= descriptors
		})
	})
}

func openDescriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	open := 0
	for _, entry := range entries {
		// The poller of the runtime stays.
		if link, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil && strings.HasPrefix(link, "socket:") {
			open++
		}
	}
	return open
}

func quietLog() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// swarmOf makes a swarm that reconnects soon and has not begun. It is closed after the test.
func swarmOf(t *testing.T, config *tls.Config, set func(*options), urls ...string) *swarm {
	t.Helper()
	given := options{URLs: urls, Streams: 1, ConnectsPerSecond: 10_000, RetryMs: 1}
	if set != nil {
		set(&given)
	}
	targets, err := given.targets(config, &ledgers{})
	if err != nil {
		t.Fatal(err)
	}
	made := newSwarm(given, targets, &net.Dialer{}, quietLog(), newGroup())
	t.Cleanup(func() {
		if made.cancel != nil {
			made.close()
		}
	})
	return made
}

// openSwarm makes a swarm, and waits until its streams are open.
func openSwarm(t *testing.T, config *tls.Config, set func(*options), urls ...string) *swarm {
	t.Helper()
	made := swarmOf(t, config, set, urls...)
	made.start(t.Context())
	<-made.allOpened
	return made
}

func (s *swarm) counted(kind count) int64 { return s.counts[kind].Load() }

// wants waits until so many were counted.
func (s *swarm) wants(t *testing.T, kind count, want int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s: %d", countNames[kind], want), func() bool { return s.counted(kind) >= want })
	if got := s.counted(kind); got != want {
		t.Fatalf("%s is %d, not %d", countNames[kind], got, want)
	}
}

// blameless demands that nothing was found to be wrong.
func (s *swarm) blameless(t *testing.T) {
	t.Helper()
	for _, kind := range []count{countGaps, countDuplicates, countReorderings, countUnchecked} {
		if got := s.counted(kind); got != 0 {
			t.Errorf("%s is %d", countNames[kind], got)
		}
	}
}
