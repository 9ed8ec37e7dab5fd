// Package sse lets a k6 script hold many event streams, as many browsers would: `import { Swarm, open, stamped } from 'k6/x/sse'`.
// What scripts see is in this file; its types are in load/k6-x-sse.d.ts.
//
//	swarm       many streams of one virtual user      stream      one EventSource, across its connections
//	target      a URL and what its streams share      connection  one HTTP response
//	ledger      what streams were given, in order     parser      from bytes to events
package sse

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/js/promises"
)

func init() {
	modules.Register("k6/x/sse", new(root))
}

// root is shared by all virtual users of the process.
type root struct {
	ledgers ledgers
	groups  groups
}

// instance is the module of one virtual user.
type instance struct {
	root    *root
	vu      modules.VU
	metrics *k6Metrics
	// Names this user among all publishers, also of other processes.
	publisher string
	// How many messages it has stamped for each channel.
	numbers map[string]*channelNumbers
}

type channelNumbers struct {
	publisher string
	last      uint64
}

// NewModuleInstance is called by k6 for each virtual user.
func (r *root) NewModuleInstance(vu modules.VU) modules.Instance {
	return &instance{
		root: r, vu: vu, metrics: registerMetrics(vu.InitEnv().Registry),
		publisher: strconv.FormatUint(rand.Uint64(), 36),
		numbers:   map[string]*channelNumbers{},
	}
}

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{"Swarm": i.newSwarm, "open": i.openOne, "stamped": i.stamped}}
}

// Swarm is what a script holds of one.
type Swarm struct {
	vu     modules.VU
	swarm  *swarm
	report *report
}

func (i *instance) newSwarm(call sobek.ConstructorCall) *sobek.Object {
	rt := i.vu.Runtime()
	options, err := readOptions(rt, call.Argument(0), swarmOptions)
	if err != nil {
		common.Throw(rt, fmt.Errorf("Swarm: %w", err))
	}
	made := i.prepare(options)
	i.begin(made)
	return rt.ToValue(made).ToObject(rt)
}

// prepare makes a swarm that has not begun.
func (i *instance) prepare(options options) *Swarm {
	rt, state := i.vu.Runtime(), i.vu.State()
	if state == nil {
		common.Throw(rt, common.NewInitContextError("streams can be opened in a scenario's function alone, not before the test begins"))
	}
	targets, err := options.targets(state.TLSConfig, &i.root.ledgers)
	if err != nil {
		common.Throw(rt, err)
	}
	tags := state.Tags.GetCurrentValues().Tags.WithTagsFromMap(options.Tags)
	swarm := newSwarm(options, targets, state.Dialer, state.Logger, i.root.groups.of(tags))
	// Nobody compares with what these streams were given once nobody listens any more.
	swarm.onEnd = func() { i.root.ledgers.release(options.URLs) }
	return &Swarm{i.vu, swarm, newReport(swarm, i.metrics, state)}
}

func (i *instance) begin(made *Swarm) {
	ctx := i.vu.Context()
	made.swarm.start(ctx)
	go made.report.run(ctx)
}

// Opened resolves when every stream has been opened once, or refused for good, or when the swarm has ended before.
func (s *Swarm) Opened() *sobek.Promise {
	promise, resolve, _ := promises.New(s.vu)
	go func() {
		select {
		case <-s.swarm.allOpened:
		case <-s.swarm.ctx.Done():
		}
		resolve(s.Counts())
	}()
	return promise
}

// Counts returns what was counted since the swarm began.
func (s *Swarm) Counts() map[string]int64 {
	counts := map[string]int64{"streams": s.swarm.open.Load(), "ready": s.swarm.ready.Load()}
	for kind, name := range countNames {
		counts[name[len("sse_"):]] = s.swarm.counts[kind].Load()
	}
	return counts
}

// Delivery returns how long deliveries took since it was last called.
func (s *Swarm) Delivery() Quantiles { return s.swarm.latency.ask() }

// Cut breaks the connections of so many streams; they come back.
func (s *Swarm) Cut(count int) { s.swarm.cut(count) }

// Close ends all streams and resolves with what was counted, once k6 has been told.
func (s *Swarm) Close() *sobek.Promise {
	promise, resolve, _ := promises.New(s.vu)
	ctx := s.vu.Context()
	go func() {
		s.swarm.close()
		s.report.finish(ctx)
		resolve(s.Counts())
	}()
	return promise
}

// stamped returns a message of at least so many bytes for these channels: with the time, and a number by which a message is
// missed that nobody was given. It is to be sent before the next one for the same channels is made.
func (i *instance) stamped(channels string, size int) string {
	numbers := i.numbers[channels]
	if numbers == nil {
		numbers = &channelNumbers{publisher: fmt.Sprintf("%s.%d", i.publisher, len(i.numbers))}
		i.numbers[channels] = numbers
	}
	numbers.last++
	size = max(size, 0)
	return string(appendStamped(make([]byte, 0, size), time.Now(), numbers.publisher, numbers.last, size))
}
