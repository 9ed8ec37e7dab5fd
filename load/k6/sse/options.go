package sse

import (
	"crypto/tls"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/grafana/sobek"
)

// options of a swarm, as a script gives them.
type options struct {
	// What to listen to, in turn: stream i opens url i modulo their number.
	URLs []string `js:"urls"`
	// How many streams.
	Streams int `js:"streams"`
	// How many of them begin in a second.
	ConnectsPerSecond float64 `js:"connectsPerSecond"`
	// Sent with every request.
	Headers map[string]string `js:"headers"`
	// Where all of them begin, as a client that comes back; else now.
	LastEventID string `js:"lastEventId"`
	// A stream that hears nothing for two and a half of these is cut and comes back; 0: never.
	HeartbeatMs int64 `js:"heartbeatMs"`
	// How long to wait before reconnecting, where the server says nothing.
	RetryMs int64 `js:"retryMs"`
	// How fast a slow reader reads; 0: as fast as it can.
	BytesPerSecond int `js:"bytesPerSecond"`
	// Of all samples, beside those of the virtual user.
	Tags map[string]string `js:"tags"`
}

// Fanfare's.
const defaultHeartbeatMs = 15_000

var (
	streamOptions = []string{"headers", "lastEventId", "heartbeatMs", "retryMs", "bytesPerSecond", "tags"}
	swarmOptions  = append([]string{"urls", "streams", "connectsPerSecond"}, streamOptions...)
	wholeNumbers  = []string{"streams", "heartbeatMs", "retryMs", "bytesPerSecond"}
)

// readOptions reads those of these names; any other is an error.
func readOptions(rt *sobek.Runtime, given sobek.Value, known []string) (options, error) {
	read := options{
		Streams: 1, ConnectsPerSecond: 1_000, HeartbeatMs: defaultHeartbeatMs, RetryMs: defaultRetry.Milliseconds(),
	}
	if given == nil || sobek.IsUndefined(given) || sobek.IsNull(given) {
		return read, nil
	}
	if err := checkNames(given.ToObject(rt), known); err != nil {
		return read, err
	}
	if err := rt.ExportTo(given, &read); err != nil {
		return read, fmt.Errorf("the options cannot be read: %w", err)
	}
	return read, read.check()
}

func (o options) check() error {
	switch {
	case o.Streams < 1:
		return fmt.Errorf("streams is %d: give 1 or more", o.Streams)
	case !(o.ConnectsPerSecond > 0):
		return fmt.Errorf("connectsPerSecond is %v: give more than 0", o.ConnectsPerSecond)
	case o.HeartbeatMs < 0 || o.RetryMs < 0 || o.BytesPerSecond < 0:
		return fmt.Errorf("heartbeatMs, retryMs and bytesPerSecond may not be negative")
	case o.HeartbeatMs > mostMs || o.RetryMs > mostMs:
		return fmt.Errorf("heartbeatMs and retryMs may be at most %d, a day; heartbeatMs 0 is never", mostMs)
	case strings.ContainsAny(o.LastEventID, "\x00\r\n"):
		return fmt.Errorf("lastEventId %q cannot be sent: it has a line end or a NUL", o.LastEventID)
	}
	return nil
}

func checkNames(given *sobek.Object, known []string) error {
	for _, key := range given.Keys() {
		if !slices.Contains(known, key) {
			return fmt.Errorf("there is no option %q; there are %s", key, strings.Join(known, " "))
		}
		// It would be cut off without a word.
		if number := given.Get(key).ToFloat(); slices.Contains(wholeNumbers, key) && !(number == math.Trunc(number)) {
			return fmt.Errorf("%s is %v: give a whole number", key, number)
		}
	}
	return nil
}

func (o options) heartbeat() time.Duration { return time.Duration(o.HeartbeatMs) * time.Millisecond }

func (o options) retry() time.Duration { return time.Duration(o.RetryMs) * time.Millisecond }

// targets makes what the streams of these options open, each with the ledger that all streams of its URL share.
func (o options) targets(config *tls.Config, ledgers *ledgers) ([]*target, error) {
	if len(o.URLs) == 0 {
		return nil, fmt.Errorf("urls is empty: name at least one event stream")
	}
	made := make([]*target, len(o.URLs))
	for i, url := range o.URLs {
		var err error
		if made[i], err = newTarget(url, o.Headers, config, ledgers.of(url, len(o.URLs))); err != nil {
			ledgers.release(o.URLs[:i+1])
			return nil, err
		}
	}
	return made, nil
}
