package sse

import (
	"testing"
	"time"

	"go.k6.io/k6/v2/metrics"
)

// told is what k6 has been told: the values of each metric, in order.
func (s *script) told() map[string][]metrics.Sample {
	told := map[string][]metrics.Sample{}
	for len(s.samples) > 0 {
		for _, sample := range (<-s.samples).GetSamples() {
			told[sample.Metric.Name] = append(told[sample.Metric.Name], sample)
		}
	}
	return told
}

func sum(samples []metrics.Sample) (total float64) {
	for _, sample := range samples {
		total += sample.Value
	}
	return total
}

func TestReportTellsEveryCounterAlsoOfNothing(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.gives(t, `0`, `return (await new sse.Swarm({ urls: [url] }).close()).events`)
	told := script.told()
	for _, name := range countNames {
		if got := told[name]; len(got) != 1 || got[0].Value != 0 || got[0].Metric.Type != metrics.Counter {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, name := range []string{"sse_streams", "sse_silence"} {
		if got := told[name]; len(got) != 1 || got[0].Metric.Type != metrics.Gauge {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReportTellsDifferencesThatSumUpToTheCounts(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.gives(t, `30`, `
		const swarm = new sse.Swarm({ urls: [url], streams: 10, tags: { part: 'a' } });
		await swarm.opened();
		for (let n = 1; n <= 3; n++) {
			publish(n);
			while (swarm.counts().events < n * 10) await new Promise((resolve) => setTimeout(resolve, 1));
			await new Promise((resolve) => setTimeout(resolve, 600)); // Longer than a second in all.
		}
		return (await swarm.close()).events;`)
	told := script.told()
	if got := told["sse_events"]; sum(got) != 30 || len(got) < 2 {
		t.Errorf("%v", got)
	}
	if got := told["sse_bytes"]; sum(got) != float64(10*len(block(1)+block(2)+block(3))) {
		t.Errorf("%v", got)
	}
	if connects, blocks := len(told["sse_connect"]), len(told["sse_first_block"]); connects != 10 || blocks != 10 {
		t.Errorf("%d connects, %d first blocks", connects, blocks)
	}
	if got := told["sse_streams"]; got[0].Value != 10 || got[len(got)-1].Value != 0 {
		t.Errorf("%v", got)
	}
	for name, samples := range told {
		for _, sample := range samples {
			if tags := sample.Tags.Map(); tags["scenario"] != "fanout" || tags["part"] != "a" {
				t.Fatalf("%s has the tags %v", name, tags)
			}
		}
	}
}

func TestReportTellsDeliveriesOfTheLastSecondAndAtTheEndOfAll(t *testing.T) {
	script := inScenario(t)
	swarm := swarmOf(t, nil, streams(1000), script.feed.URL)
	report := newReport(swarm, registerMetrics(metrics.NewRegistry()), script.VU.State())
	for _, second := range []int{1, 2} {
		for range 1000 {
			swarm.latency.add(time.Duration(second) * 100 * time.Millisecond)
		}
		report.tell(t.Context(), time.Now(), false)
	}
	report.finish(t.Context())
	told := script.told()
	for name, want := range map[string][]float64{"sse_delivery_p50": {100, 200, 100}, "sse_delivery_p99": {100, 200, 200}} {
		got := told[name]
		if len(got) != len(want) {
			t.Fatalf("%s is told %d times", name, len(got))
		}
		for i, sample := range got {
			if !near(sample.Value, want[i]) {
				t.Errorf("%s is %v, want about %v", name, sample.Value, want[i])
			}
		}
	}
}

func TestReportTellsTheRestOnceAndNothingAfterwards(t *testing.T) {
	script := inScenario(t)
	swarm := swarmOf(t, nil, streams(100), script.feed.URL)
	report := newReport(swarm, registerMetrics(metrics.NewRegistry()), script.VU.State())
	swarm.latency.add(time.Millisecond)
	swarm.counts[countEvents].Add(1)
	report.finish(t.Context())
	swarm.counts[countEvents].Add(1)
	report.finish(t.Context())
	report.tell(t.Context(), time.Now(), false)
	told := script.told()
	if got := told["sse_events"]; len(got) != 1 || got[0].Value != 1 {
		t.Errorf("%v", got)
	}
	if got := told["sse_delivery_p50"]; len(got) != 1 {
		t.Errorf("the last delivery is told %d times", len(got))
	}
}
