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

// latency counts delivery times of any number of events in bounded memory.
type latency struct {
	mutex sync.Mutex
	// Since samples were last taken, and since a script last asked.
	unsampled, unasked *hdrhistogram.Histogram
}

// Quantiles are of delivery times, in ms.
type Quantiles struct {
	Count int64   `js:"count"`
	P50   float64 `js:"p50"`
	P99   float64 `js:"p99"`
	P999  float64 `js:"p999"`
	Max   float64 `js:"max"`
}

func newLatency() *latency {
	one := func() *hdrhistogram.Histogram { return hdrhistogram.New(leastMicros, mostMicros, digitsKept) }
	return &latency{unsampled: one(), unasked: one()}
}

// add counts one event. Clocks of two machines may differ by more than a delivery takes: a negative time counts as none.
func (l *latency) add(took time.Duration) {
	micros := min(max(took.Microseconds(), leastMicros), mostMicros)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	// It fails for a value out of range alone.
	_ = l.unsampled.RecordValue(micros)
	_ = l.unasked.RecordValue(micros)
}

// samples takes one value, in ms, for every so many events, evenly over their order, so that k6's trend, which keeps each
// value, has the distribution of all. Where there are fewer events they wait for the next time, unless this is the last.
func (l *latency) samples(every int64, last bool) []float64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	count := l.unsampled.TotalCount() / every
	if last && l.unsampled.TotalCount() > 0 {
		count = max(count, 1)
	}
	if count == 0 {
		return nil
	}
	values := spread(l.unsampled, count)
	l.unsampled.Reset()
	return values
}

// ask returns what was counted since it was last called.
func (l *latency) ask() Quantiles {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	of := l.unasked
	at := func(quantile float64) float64 { return float64(of.ValueAtQuantile(quantile)) / 1000 }
	result := Quantiles{of.TotalCount(), at(50), at(99), at(99.9), float64(of.Max()) / 1000}
	of.Reset()
	return result
}

// spread returns count values: those in the middle of as many equal shares of the events.
func spread(from *hdrhistogram.Histogram, count int64) []float64 {
	values := make([]float64, 0, count)
	events, passed := from.TotalCount(), int64(0)
	for _, bar := range from.Distribution() {
		passed += bar.Count
		for taken := int64(len(values)); taken < count && (2*taken+1)*events <= 2*count*passed; taken++ {
			values = append(values, float64(bar.To)/1000)
		}
	}
	return values
}
