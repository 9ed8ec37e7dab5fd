package sse

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/lib"
)

// How often k6 is told, and streams are looked after.
const sweepEvery = time.Second

// swarm is many streams of one virtual user: opened at a rate, counted together, watched by one timer.
type swarm struct {
	options options
	dialer  lib.DialContexter
	log     logrus.FieldLogger
	streams []*stream
	// Of those whose samples have the same tags.
	group *group
	// Called with every event, in the goroutine of its stream; may be nil.
	onEvent func(event)
	// Called when all streams have ended; may be nil.
	onEnd func()

	// Streams that are open, and those of them that have had an event over this connection.
	open, ready atomic.Int64
	counts      [countKinds]atomic.Int64
	latency     *latency
	// The longest that any stream was silent, in ns.
	silence atomic.Int64

	// Not told to k6 yet.
	mutex   sync.Mutex
	moments moments

	// Closed when every stream has been opened once, or refused.
	allOpened chan struct{}
	toOpen    atomic.Int64
	// Ended by cancel, or with the virtual user's.
	ctx     context.Context //nolint:containedctx // of all its streams
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// moments are times, in ms: for each connection, for each stream's first event, and for each return.
type moments struct{ connect, firstBlock, reconnect []float64 }

func newSwarm(options options, targets []*target, dialer lib.DialContexter, log logrus.FieldLogger, group *group) *swarm {
	s := &swarm{
		options: options, dialer: dialer, log: log, group: group,
		latency: newLatency(group), allOpened: make(chan struct{}),
	}
	s.toOpen.Store(int64(options.Streams))
	s.streams = make([]*stream, options.Streams)
	for i := range s.streams {
		s.streams[i] = newStream(s, targets[i%len(targets)])
	}
	return s
}

// start opens the streams, one after another, and returns at once. They end with the context, or when close is called.
func (s *swarm) start(ctx context.Context) {
	s.ctx, s.cancel = context.WithCancel(ctx)
	context.AfterFunc(s.ctx, func() { s.cut(len(s.streams)) })
	s.running.Go(s.openAll)
	go func() {
		s.running.Wait()
		if s.onEnd != nil {
			s.onEnd()
		}
	}()
}

func (s *swarm) openAll() {
	began := time.Now()
	for i, stream := range s.streams {
		due := time.Duration(float64(i) / s.options.ConnectsPerSecond * float64(time.Second))
		if wait := due - time.Since(began); wait > 0 && !pause(s.ctx, wait) {
			return
		}
		s.running.Go(func() {
			stream.run(s.ctx)
			stream.target.ledger.leave(&stream.reading)
		})
	}
}

// close ends all streams and returns when they have.
func (s *swarm) close() {
	s.cancel()
	s.running.Wait()
}

// cut breaks the connections of so many neighbours among the streams, as a network does: they come back.
func (s *swarm) cut(count int) {
	first := rand.IntN(len(s.streams))
	for i := range min(max(count, 0), len(s.streams)) {
		stream := s.streams[(first+i)%len(s.streams)]
		if connection := stream.connection.Load(); connection != nil {
			_ = connection.Close()
		}
	}
}

// sweep cuts what has been silent for two and a half heartbeats: such a connection may be dead without anybody saying so.
func (s *swarm) sweep(now time.Time) {
	limit := 5 * s.options.heartbeat() / 2
	for _, stream := range s.streams {
		connection := stream.connection.Load()
		if connection == nil {
			continue
		}
		silent := now.UnixNano() - stream.heardAt.Load()
		s.silence.Store(max(s.silence.Load(), silent))
		if limit > 0 && silent > int64(limit) {
			_ = connection.Close()
		}
	}
}

func (s *swarm) opened(stream *stream) {
	s.open.Add(1)
	s.group.open.Add(1)
	s.openedOnce(stream)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.moments.connect = append(s.moments.connect, milliseconds(time.Since(stream.beganAt)))
}

// began is called at the first event of each connection. Without one there was no return: a proxy may answer for a server that is
// not there.
func (s *swarm) began(stream *stream) {
	s.ready.Add(1)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if stream.lostAt.IsZero() {
		// From its first attempt, whatever answered that.
		s.moments.firstBlock = append(s.moments.firstBlock, milliseconds(stream.partAt.Sub(stream.startedAt)))
	} else {
		s.counts[countReconnects].Add(1)
		s.moments.reconnect = append(s.moments.reconnect, milliseconds(stream.partAt.Sub(stream.lostAt)))
	}
}

func (s *swarm) takeMoments() moments {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	taken := s.moments
	s.moments = moments{}
	return taken
}

func (s *swarm) lost(stream *stream) {
	s.open.Add(-1)
	s.group.open.Add(-1)
	switch {
	case !stream.fresh:
		s.ready.Add(-1)
		stream.lostAt = time.Now()
	case s.ctx.Err() == nil:
		// It was answered and given nothing: a proxy sent it away.
		s.counts[countFailures].Add(1)
	}
}

func (s *swarm) refuse(stream *stream, why statusError) {
	s.counts[countRefused].Add(1)
	s.log.WithField("url", stream.target.address).Warnf("a stream was refused for good: %s", why.reason)
	s.openedOnce(stream)
}

func (s *swarm) openedOnce(stream *stream) {
	if stream.opened {
		return
	}
	stream.opened = true
	if s.toOpen.Add(-1) == 0 {
		close(s.allOpened)
	}
}

func (s *swarm) blame(verdict verdict) {
	one := func(kind count, is bool) {
		if is {
			s.counts[kind].Add(1)
		}
	}
	s.counts[countGaps].Add(verdict.gaps)
	one(countDuplicates, verdict.duplicate)
	one(countReorderings, verdict.reordered)
	one(countUnchecked, verdict.unchecked)
}
