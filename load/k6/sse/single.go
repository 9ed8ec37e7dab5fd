package sse

import (
	"context"
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
	// Runs a function on the event loop, once. The next one is got there.
	enqueue func(func() error)
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
	options, err := readOptions(rt, params)
	if err != nil {
		common.Throw(rt, fmt.Errorf("open: %w", err))
	}
	if callback == nil {
		common.Throw(rt, fmt.Errorf("open: the third argument is to be a function, which is called with each event"))
	}
	options.URLs, options.Streams = []string{url}, 1
	single := &single{ctx: i.vu.Context(), callback: callback, enqueue: i.vu.RegisterCallback()}
	single.Swarm = i.prepare(options)
	single.swarm.onEvent = single.onEvent
	promise, resolve, reject := promises.New(i.vu)
	i.begin(single.Swarm)
	go func() {
		single.swarm.running.Wait()
		single.report.finish(single.ctx)
		if single.ctx.Err() != nil {
			return
		}
		single.enqueue(func() error { return nil })
		if single.swarm.counts[countRefused].Load() > 0 {
			reject(fmt.Errorf("%s refused the stream for good: the log says why", url))
		} else {
			resolve(single.Counts())
		}
	}()
	return promise
}

func (s *single) onEvent(event event) {
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
	select {
	case <-taken:
	case <-s.ctx.Done():
	}
}

func (s *single) call(vu modules.VU, event Event) error {
	rt := vu.Runtime()
	handle := rt.NewObject()
	if err := handle.Set("close", s.swarm.cancel); err != nil {
		return err
	}
	_, err := s.callback(sobek.Undefined(), rt.ToValue(event), handle)
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
