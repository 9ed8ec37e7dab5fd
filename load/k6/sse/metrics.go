package sse

import (
	"time"

	"go.k6.io/k6/v2/metrics"
)

// k6Metrics is what k6 and its outputs are told. Times are in ms, as all of k6's; its Prometheus output makes seconds of them.
type k6Metrics struct {
	streams, silence                   *metrics.Metric
	connect, firstBlock, reconnectTime *metrics.Metric
	// While a test runs, of the last second; at its end, of all of it. A trend would keep each of millions of values.
	deliveryP50, deliveryP99, deliveryP999, deliveryMax *metrics.Metric
	counters                                            [countKinds]*metrics.Metric
}

// What is counted. The names are those of the metrics.
type count int

const (
	countEvents count = iota
	countBytes
	countGaps
	countDuplicates
	countReorderings
	countUnchecked
	countResets
	countCloses
	countReconnects
	countResumed
	countFailures
	countRefused
	countKinds
)

var countNames = [countKinds]string{
	countEvents:      "sse_events",
	countBytes:       "sse_bytes",
	countGaps:        "sse_gaps",
	countDuplicates:  "sse_duplicates",
	countReorderings: "sse_reorderings",
	countUnchecked:   "sse_unchecked",
	countResets:      "sse_resets",
	countCloses:      "sse_closes",
	countReconnects:  "sse_reconnects",
	countResumed:     "sse_resumed",
	countFailures:    "sse_failures",
	countRefused:     "sse_refused",
}

func registerMetrics(registry *metrics.Registry) *k6Metrics {
	time := func(name string, kind metrics.MetricType) *metrics.Metric {
		return registry.MustNewMetric(name, kind, metrics.Time)
	}
	made := &k6Metrics{
		streams:       registry.MustNewMetric("sse_streams", metrics.Gauge),
		silence:       time("sse_silence", metrics.Gauge),
		connect:       time("sse_connect", metrics.Trend),
		firstBlock:    time("sse_first_block", metrics.Trend),
		reconnectTime: time("sse_reconnect", metrics.Trend),
		deliveryP50:   time("sse_delivery_p50", metrics.Gauge),
		deliveryP99:   time("sse_delivery_p99", metrics.Gauge),
		deliveryP999:  time("sse_delivery_p999", metrics.Gauge),
		deliveryMax:   time("sse_delivery_max", metrics.Gauge),
	}
	for kind, name := range countNames {
		contains := metrics.Default
		if count(kind) == countBytes {
			contains = metrics.Data
		}
		made.counters[kind] = registry.MustNewMetric(name, metrics.Counter, contains)
	}
	return made
}

func milliseconds(duration time.Duration) float64 {
	return float64(duration) / float64(time.Millisecond)
}
