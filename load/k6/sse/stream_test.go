package sse

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestStreamComesBackWithItsLastEventIDExactly(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, func(o *options) { o.LastEventID = "é 0" }, feed.URL)
	for _, sent := range []string{
		"id: 1-0\ndata: a\n\nid: 2-0\ndata: cut", // The last one is no event yet.
		"data: b\n\n",
		"id:  spaced \n\n",
		"id: 3\x000\ndata: c\n\n",
		"id:\ndata: d\n\n",
	} {
		requests := len(feed.requests())
		before := swarm.counted(countBytes)
		feed.publish(sent)
		eventually(t, sent, func() bool { return swarm.counted(countBytes) == before+int64(len(sent)) })
		feed.disconnect(1)
		eventually(t, "another request", func() bool { return len(feed.requests()) > requests && feed.open() == 1 })
	}
	want := []string{"é 0", "1-0", "1-0", "spaced", "spaced", ""}
	if got := feed.requests(); !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestStreamComesBackWhereNothingWasGiven(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, nil, feed.URL)
	feed.disconnect(1)
	eventually(t, "two requests", func() bool { return len(feed.requests()) == 2 && feed.open() == 1 })
	feed.publish(block(1))
	swarm.wants(t, countEvents, 1)
	// It had nothing to lose, and was never open to anybody.
	swarm.wants(t, countFailures, 1)
	swarm.wants(t, countReconnects, 0)
	swarm.wants(t, countResumed, 0)
}

func TestStreamWaitsAsLongAsTheServerSays(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	feed.answer(0, "", "retry: 200\n\n")
	swarm := openSwarm(t, nil, nil, feed.URL)
	feed.publish(block(1))
	swarm.wants(t, countEvents, 1)
	began := time.Now()
	feed.disconnect(1)
	eventually(t, "another request", func() bool { return len(feed.requests()) == 2 })
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("it came back after %v", took)
	}
}

func TestStreamThatIsRefusedEndsForGood(t *testing.T) {
	for name, each := range map[string]struct {
		status int
		kind   string
	}{
		"500": {500, ""}, "503": {503, ""}, "204": {204, ""}, "404": {404, ""}, "301": {301, ""},
		"HTML": {0, "text/html"}, "JSON": {0, "application/json"}, "no type": {0, ";"},
	} {
		t.Run(name, func(t *testing.T) {
			bracket(t)
			feed := newFeed(t)
			feed.answer(each.status, each.kind, "")
			swarm := openSwarm(t, nil, streams(3), feed.URL)
			swarm.running.Wait()
			swarm.wants(t, countRefused, 3)
			if got := len(feed.requests()); got != 3 || swarm.open.Load() != 0 {
				t.Errorf("%d requests, %d streams", got, swarm.open.Load())
			}
		})
	}
}

func TestStreamThatIsRefusedWhenItComesBackIsCountedOnce(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, nil, feed.URL)
	feed.answer(http.StatusNoContent, "", "")
	feed.disconnect(1)
	swarm.running.Wait()
	swarm.wants(t, countRefused, 1)
}

func TestStreamTriesAgainWhereNobodyListens(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	url := feed.URL
	feed.Server.Close()
	swarm := swarmOf(t, nil, nil, url)
	swarm.start(t.Context())
	eventually(t, "some failures", func() bool { return swarm.counted(countFailures) >= 3 })
	swarm.wants(t, countRefused, 0)
}

func TestStreamKnowsFanfaresControlEvents(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	feed.answer(0, "", "id: 5-0\nevent: fanfare:open\ndata: {\"resumed\":true}\n\n")
	swarm := openSwarm(t, nil, streams(2), feed.URL)
	swarm.wants(t, countResumed, 0) // Nobody asked for it.
	feed.publish(blocks(6, 7)...)
	swarm.wants(t, countEvents, 4)
	feed.disconnect(2)
	swarm.wants(t, countResumed, 2)
	eventually(t, "two streams", func() bool { return feed.open() == 2 })
	feed.publish("id: 9-0\nevent: fanfare:reset\ndata: {\"reason\":\"lost\"}\n\n", block(10))
	swarm.wants(t, countEvents, 6)
	swarm.wants(t, countResets, 2)
	swarm.blameless(t)
	feed.publish("retry: 1\n\nevent: fanfare:close\ndata: {\"reason\":\"drain\"}\n\n")
	swarm.wants(t, countCloses, 2)
}

func TestStreamThatIsNotGivenWhatItMissedHasNotResumed(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, streams(2), feed.URL)
	feed.publish(block(1))
	swarm.wants(t, countEvents, 2)
	feed.disconnect(1)
	feed.publish(block(2))
	swarm.wants(t, countEvents, 3)
	eventually(t, "two streams", func() bool { return feed.open() == 2 })
	feed.publish(block(3))
	swarm.wants(t, countEvents, 5)
	swarm.wants(t, countGaps, 1)
	swarm.wants(t, countResumed, 0)
}

func TestStreamAllocatesNothingForAnEvent(t *testing.T) {
	swarm := swarmOf(t, nil, nil, "http://127.0.0.1/")
	first, second := swarm.streams[0], newStream(swarm, swarm.streams[0].target)
	now := time.Now()
	part := []byte("id: 1\ndata: 1795390949095123 a 1000 x\n\n")
	n := 0
	once := func() {
		n++
		part[4] = 'a' + byte(n%26)
		for i, rest := 34, n; i > 30; i, rest = i-1, rest/10 {
			part[i] = '0' + byte(rest%10)
		}
		first.take(part, now)
		second.take(part, now)
	}
	for range 5000 {
		once()
	}
	if got := testing.AllocsPerRun(1000, once); got != 0 {
		t.Errorf("%v allocations for two events", got)
	}
	if got := swarm.latency.ask().Count; got != swarm.counted(countEvents) {
		t.Errorf("%d of %d deliveries were measured", got, swarm.counted(countEvents))
	}
}

func TestStreamThatIsSentAwayFailedAndIsOpenOnlyAtItsFirstEvent(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	// As a proxy answers for a server that is not there.
	feed.answer(0, "", "retry: 1\n\n")
	swarm := openSwarm(t, nil, nil, feed.URL)
	feed.disconnect(1)
	swarm.wants(t, countFailures, 1)
	if ready := swarm.ready.Load(); ready != 0 {
		t.Errorf("%d are ready before their first event", ready)
	}
	eventually(t, "it is back", func() bool { return feed.open() == 1 })
	feed.publish(block(1))
	eventually(t, "it is ready", func() bool { return swarm.ready.Load() == 1 })
	swarm.wants(t, countReconnects, 0)
}
