package sse

import (
	"context"
	"sync"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
)

// report tells k6 once a second what a swarm has counted since, under the tags that its virtual user has then.
type report struct {
	swarm   *swarm
	metrics *k6Metrics
	state   *lib.State
	done    chan struct{}

	mutex    sync.Mutex
	finished bool
	told     [countKinds]int64
}

func newReport(swarm *swarm, metrics *k6Metrics, state *lib.State) *report {
	return &report{swarm: swarm, metrics: metrics, state: state, done: make(chan struct{})}
}

// run looks after the swarm until it is finished, or the virtual user's context ends.
func (r *report) run(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.done:
			return
		case now := <-ticker.C:
			r.swarm.sweep(now)
			r.tell(ctx, now, false)
		}
	}
}

// finish tells the rest, once. Nothing is told afterwards.
func (r *report) finish(ctx context.Context) {
	r.tell(ctx, time.Now(), true)
}

func (r *report) tell(ctx context.Context, now time.Time, last bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.finished {
		return
	}
	if r.finished = last; last {
		close(r.done)
	}
	metrics.PushIfNotDone(ctx, r.state.Samples, r.samples(now, last))
}

func (r *report) samples(now time.Time, last bool) metrics.Samples {
	var samples metrics.Samples
	current := r.state.Tags.GetCurrentValues()
	tags := current.Tags.WithTagsFromMap(r.swarm.options.Tags)
	add := func(metric *metrics.Metric, values ...float64) {
		series := metrics.TimeSeries{Metric: metric, Tags: tags}
		for _, value := range values {
			samples = append(samples, metrics.Sample{TimeSeries: series, Time: now, Value: value, Metadata: current.Metadata})
		}
	}
	for kind, metric := range r.metrics.counters {
		// Those that stay 0 too: a threshold on a metric that k6 has never heard of would not be looked at.
		counted := r.swarm.counts[kind].Load()
		add(metric, float64(counted-r.told[kind]))
		r.told[kind] = counted
	}
	add(r.metrics.streams, float64(r.swarm.group.open.Load()))
	add(r.metrics.silence, milliseconds(time.Duration(r.swarm.silence.Load())))
	moments := r.swarm.takeMoments()
	add(r.metrics.connect, moments.connect...)
	add(r.metrics.firstBlock, moments.firstBlock...)
	add(r.metrics.reconnectTime, moments.reconnect...)
	if delivery := r.swarm.latency.tell(last); delivery.Count > 0 {
		add(r.metrics.deliveryP50, delivery.P50)
		add(r.metrics.deliveryP99, delivery.P99)
		add(r.metrics.deliveryP999, delivery.P999)
		add(r.metrics.deliveryMax, delivery.Max)
	}
	return samples
}
