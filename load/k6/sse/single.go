package sse

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/js/promises"
	"golang.org/x/text/encoding/unicode"
)

// single is one stream whose events a script wants. Each crosses from the stream's goroutine to k6's event loop, and the
// stream goes on when the script has taken it: a script that is slow reads slowly.
type single struct {
	*Swarm
	ctx      context.Context //nolint:containedctx // of the iteration that opened it
	callback sobek.Callable
	// Runs a function on the event loop, once. The next one is got there. k6 waits for its use, also after the context's end.
	enqueue func(func() error)
	// What the callback threw, which ends the stream.
	thrown any
}

// Event is one, as a script gets it.
type Event struct {
	ID   string `js:"id"`
	Name string `js:"event"`
	Data string `js:"data"`
}

// openOne opens one stream and calls back with each event and the stream. It resolves with what was counted when the callback
// has closed the stream, and rejects where the server refuses it or the callback throws.
func (i *instance) openOne(url string, params sobek.Value, callback sobek.Callable) *sobek.Promise {
	rt := i.vu.Runtime()
	options, err := readOptions(rt, params, streamOptions)
	if err != nil {
		common.Throw(rt, fmt.Errorf("open: %w", err))
	}
	if callback == nil {
		common.Throw(rt, fmt.Errorf("open: the third argument is to be a function, which is called with each event"))
	}
	options.URLs, options.Streams = []string{url}, 1
	// What it throws must come before anything is registered: k6 would wait for that for ever.
	single := &single{Swarm: i.prepare(options), ctx: i.vu.Context(), callback: callback}
	single.enqueue = i.vu.RegisterCallback()
	single.swarm.onEvent = single.onEvent
	promise, resolve, reject := promises.New(i.vu)
	i.begin(single.Swarm)
	go func() {
		single.swarm.running.Wait()
		single.report.finish(single.ctx)
		single.enqueue(func() error { return nil })
		switch {
		case single.thrown != nil:
			reject(single.thrown)
		case single.swarm.counts[countRefused].Load() > 0:
			reject(fmt.Errorf("%s refused the stream for good: the log says why", url))
		default:
			resolve(single.Counts())
		}
	}()
	return promise
}

func (s *single) onEvent(event event) {
	if s.swarm.ctx.Err() != nil {
		return
	}
	copied := Event{text(event.id), text(event.name), text(event.data)}
	if copied.Name == "" {
		copied.Name = "message"
	}
	taken := make(chan struct{})
	s.enqueue(func() error {
		defer close(taken)
		s.enqueue = s.vu.RegisterCallback()
		// One that was on its way when the script closed the stream is not wanted any more.
		if s.swarm.ctx.Err() != nil {
			return nil
		}
		return s.call(s.vu, copied)
	})
	// It comes even where the context has ended: k6 runs what is queued, and what it runs has the next way to queue.
	<-taken
}

func (s *single) call(vu modules.VU, event Event) error {
	rt := vu.Runtime()
	handle := rt.NewObject()
	if err := handle.Set("close", s.swarm.cancel); err != nil {
		return err
	}
	_, err := s.callback(sobek.Undefined(), rt.ToValue(event), handle)
	var exception *sobek.Exception
	if errors.As(err, &exception) {
		s.thrown = exception.Value()
		s.swarm.cancel()
		return nil
	}
	// An interruption is k6's: it ends the iteration.
	return err
}

// text decodes UTF-8 as the WHATWG Encoding standard says: what is none becomes U+FFFD.
func text(bytes []byte) string {
	if utf8.Valid(bytes) {
		return string(bytes)
	}
	decoded, err := unicode.UTF8.NewDecoder().Bytes(bytes)
	if err != nil {
		return string(bytes)
	}
	return string(decoded)
}
