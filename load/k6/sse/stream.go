package sse

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"
)

const (
	// More than any test lasts, and far from what a duration can hold.
	mostMs = 24 * 60 * 60 * 1000
	// What a stream may keep between events.
	keptBytes = 4 << 10
)

// Fanfare's control events; other servers have no such names.
var (
	controlPrefix = []byte("fanfare:")
	openName      = []byte("fanfare:open")
	resetName     = []byte("fanfare:reset")
	closeName     = []byte("fanfare:close")
	resumedField  = []byte(`"resumed":true`)
)

// stream is one EventSource: it connects, reads, and connects again with the last event ID, until its context ends or the
// server refuses it for good. Everything but the last two fields belongs to its goroutine.
type stream struct {
	swarm   *swarm
	target  *target
	parser  parser
	reading reading
	retry   time.Duration

	// When its first attempt began, when this one did, and when it was lost; zero before that.
	startedAt, beganAt, lostAt time.Time
	// When the part came that is being parsed.
	partAt time.Time
	// It has been opened, or refused, once.
	opened bool
	// The first event of this connection has not come.
	fresh bool
	// It was opened with a cursor, and whether all after it came is not known yet.
	resuming bool
	events   int64

	// For the swarm: the connection to be cut, and when it last brought anything.
	connection atomic.Pointer[connection]
	heardAt    atomic.Int64
}

func newStream(swarm *swarm, target *target) *stream {
	s := &stream{swarm: swarm, target: target, retry: swarm.options.retry()}
	s.reading.place = unplaced
	s.parser.listener = s
	s.parser.lastEventID = []byte(swarm.options.LastEventID)
	return s
}

func (s *stream) run(ctx context.Context) {
	s.startedAt = time.Now()
	failures := 0
	for {
		err := s.live(ctx)
		if ctx.Err() != nil {
			return
		}
		var refused statusError
		if errors.As(err, &refused) {
			s.swarm.refuse(s, refused)
			return
		}
		failures++
		if !s.fresh {
			failures = 0
		}
		if !pause(ctx, backOff(s.retry, failures)) {
			return
		}
	}
}

// live is one connection, from the request to its end.
func (s *stream) live(ctx context.Context) error {
	s.beganAt, s.fresh = time.Now(), true
	s.resuming = len(s.parser.lastEventID) > 0
	// Ten reads a second and more.
	mostBytes := (s.swarm.options.BytesPerSecond + 9) / 10
	connection, err := connect(ctx, s.swarm.dialer, s.target, s.parser.lastEventID, mostBytes)
	if err != nil {
		// An attempt that was ended from here did not fail.
		if ctx.Err() == nil {
			s.swarm.counts[countFailures].Add(1)
		}
		return err
	}
	defer connection.Close()
	s.heardAt.Store(time.Now().UnixNano())
	s.connection.Store(connection)
	defer s.connection.Store(nil)
	// What was to end it may have come before there was anything to end.
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.swarm.opened(s)
	defer s.swarm.lost(s)
	s.parser.restart()
	return connection.each(s.take)
}

func (s *stream) take(part []byte, at time.Time) {
	s.heardAt.Store(at.UnixNano())
	s.partAt = at
	s.parser.parse(part)
	s.parser.shrink(keptBytes)
	s.swarm.counts[countBytes].Add(int64(len(part)))
	s.swarm.counts[countEvents].Add(s.events)
	s.events = 0
	if limit := s.swarm.options.BytesPerSecond; limit > 0 {
		pause(s.swarm.ctx, time.Duration(len(part))*time.Second/time.Duration(limit))
	}
}

func (s *stream) onRetry(ms int64) {
	s.retry = time.Duration(min(ms, mostMs)) * time.Millisecond
}

func (s *stream) onEvent(event event) {
	if s.fresh {
		s.fresh = false
		s.swarm.began(s)
	}
	if bytes.HasPrefix(event.name, controlPrefix) {
		s.control(event)
	} else {
		s.message(event)
	}
	if s.swarm.onEvent != nil {
		s.swarm.onEvent(event)
	}
}

func (s *stream) control(event event) {
	switch {
	case bytes.Equal(event.name, resetName):
		s.swarm.counts[countResets].Add(1)
		s.reading.excused, s.resuming = true, false
	case bytes.Equal(event.name, closeName):
		s.swarm.counts[countCloses].Add(1)
	case bytes.Equal(event.name, openName):
		if s.resuming && bytes.Contains(event.data, resumedField) {
			s.swarm.counts[countResumed].Add(1)
		}
		s.resuming = false
	}
}

func (s *stream) message(event event) {
	s.events++
	if stamp, ok := readStamp(event.data); ok {
		s.swarm.latency.add(s.partAt.Sub(time.UnixMicro(stamp.sentAt)))
	}
	verdict := s.target.ledger.follow(&s.reading, event)
	if s.resuming {
		s.resuming = false
		if verdict.gaps == 0 {
			s.swarm.counts[countResumed].Add(1)
		}
	}
	if verdict != fine {
		s.swarm.blame(verdict)
	}
}
