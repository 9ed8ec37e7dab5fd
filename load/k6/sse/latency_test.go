package sse

import (
	"math"
	"testing"
	"time"
)

func near(got, want float64) bool { return math.Abs(got-want) <= want/50 }

func TestLatencyIsAskedOncePerStretch(t *testing.T) {
	latency := newLatency(newGroup())
	for i := range 1000 {
		latency.add(time.Duration(i+1) * time.Millisecond)
	}
	got := latency.ask()
	if got.Count != 1000 || !near(got.P50, 500) || !near(got.P99, 990) || !near(got.P999, 999) || !near(got.Max, 1000) {
		t.Fatalf("got %+v", got)
	}
	if got := latency.ask(); got != (Quantiles{}) {
		t.Fatalf("nothing came since, and yet %+v", got)
	}
}

func TestLatencyBelowAndAboveWhatIsMeasuredCounts(t *testing.T) {
	latency := newLatency(newGroup())
	latency.add(-time.Hour)
	latency.add(time.Hour)
	got := latency.ask()
	if got.Count != 2 || got.P50 > 0.001 || !near(got.Max, mostMicros/1000) {
		t.Fatalf("got %+v", got)
	}
}

func TestLatencyTellsOfEveryDeliveryAndAtLastOfAllSwarms(t *testing.T) {
	group := newGroup()
	one, other := newLatency(group), newLatency(group)
	// Four deliveries in ten are late, in every second.
	for range 3 {
		for i := range 1000 {
			took := time.Millisecond
			if i >= 600 {
				took = 5 * time.Second
			}
			one.add(took)
		}
		if got := one.tell(false); got.Count != 1000 || !near(got.P50, 1) || !near(got.P99, 5000) {
			t.Fatalf("a second is %+v", got)
		}
	}
	other.add(10 * time.Second)
	if got := other.tell(true); got.Count != 3001 || !near(got.P50, 1) || !near(got.P99, 5000) || !near(got.Max, 10_000) {
		t.Fatalf("all is %+v", got)
	}
	if got := one.tell(false); got.Count != 0 {
		t.Fatalf("nothing came since, and yet %+v", got)
	}
}

func TestLatencyAllocatesNothingForAnEvent(t *testing.T) {
	latency := newLatency(newGroup())
	if got := testing.AllocsPerRun(1000, func() { latency.add(time.Millisecond) }); got != 0 {
		t.Fatalf("%v allocations", got)
	}
}
