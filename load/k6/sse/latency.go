package sse

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Two significant digits, up to 100 s: 20 KB, however many values.
const (
	leastMicros = 1
	mostMicros  = 100_000_000
	digitsKept  = 2
)

// latency counts how long every single delivery to a swarm took, in bounded memory.
type latency struct {
	mutex sync.Mutex
	// Since k6 was last told, and since a script last asked.
	untold, unasked *hdrhistogram.Histogram
	// Keeps what k6 was told already.
	group *group
}

// Quantiles are of delivery times, in ms.
type Quantiles struct {
	Count int64   `js:"count"`
	P50   float64 `js:"p50"`
	P99   float64 `js:"p99"`
	P999  float64 `js:"p999"`
	Max   float64 `js:"max"`
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(leastMicros, mostMicros, digitsKept)
}

func newLatency(group *group) *latency {
	return &latency{untold: newHistogram(), unasked: newHistogram(), group: group}
}

// add counts one event. Clocks of two machines may differ by more than a delivery takes: a negative time counts as none.
func (l *latency) add(took time.Duration) {
	micros := min(max(took.Microseconds(), leastMicros), mostMicros)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	// It fails for a value out of range alone.
	_ = l.untold.RecordValue(micros)
	_ = l.unasked.RecordValue(micros)
}

// tell returns what was counted since it was last called; the last time, of the whole test and all swarms under the same tags.
func (l *latency) tell(last bool) Quantiles {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	since, all := quantiles(l.untold), l.group.gather(l.untold)
	l.untold.Reset()
	if last {
		return all
	}
	return since
}

// ask returns what was counted since it was last called.
func (l *latency) ask() Quantiles {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	since := quantiles(l.unasked)
	l.unasked.Reset()
	return since
}

func quantiles(of *hdrhistogram.Histogram) Quantiles {
	at := func(quantile float64) float64 { return float64(of.ValueAtQuantile(quantile)) / 1000 }
	return Quantiles{of.TotalCount(), at(50), at(99), at(99.9), float64(of.Max()) / 1000}
}
