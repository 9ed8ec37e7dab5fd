package sse

import (
	"math"
	"slices"
	"testing"
	"time"
)

func near(got, want float64) bool { return math.Abs(got-want) <= want/50 }

func TestLatencyIsAskedOncePerStretch(t *testing.T) {
	latency := newLatency()
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
	latency := newLatency()
	latency.add(-time.Hour)
	latency.add(time.Hour)
	got := latency.ask()
	if got.Count != 2 || got.P50 > 0.001 || !near(got.Max, mostMicros/1000) {
		t.Fatalf("got %+v", got)
	}
}

func TestLatencySamplesHaveTheDistributionOfAll(t *testing.T) {
	latency := newLatency()
	for i := range 10_000 {
		latency.add(time.Duration(i+1) * time.Millisecond)
	}
	samples := latency.samples(100, false)
	if len(samples) != 100 || !slices.IsSorted(samples) {
		t.Fatalf("%d samples: %v", len(samples), samples)
	}
	for i, got := range samples {
		if want := 100*float64(i) + 50; math.Abs(got-want) > 5+want/50 {
			t.Errorf("sample %d is %v, want about %v", i, got, want)
		}
	}
}

func TestLatencySamplesOfFewEventsWait(t *testing.T) {
	latency := newLatency()
	for range 9 {
		latency.add(time.Millisecond)
	}
	if got := latency.samples(10, false); got != nil {
		t.Fatalf("nine of ten are %v", got)
	}
	latency.add(time.Millisecond)
	if got := latency.samples(10, false); len(got) != 1 || !near(got[0], 1) {
		t.Fatalf("ten of ten are %v", got)
	}
	latency.add(time.Millisecond)
	if got := latency.samples(10, true); len(got) != 1 {
		t.Fatalf("the last one is %v", got)
	}
	if got := latency.samples(10, true); got != nil {
		t.Fatalf("nothing is %v", got)
	}
}

func TestLatencyAllocatesNothingForAnEvent(t *testing.T) {
	latency := newLatency()
	if got := testing.AllocsPerRun(1000, func() { latency.add(time.Millisecond) }); got != 0 {
		t.Fatalf("%v allocations", got)
	}
}
