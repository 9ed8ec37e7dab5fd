package sse

import (
	"slices"
	"testing"
	"time"
)

func streams(count int) func(*options) { return func(o *options) { o.Streams = count } }

func TestSwarmOpensItsStreamsAtTheRateAsked(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	began := time.Now()
	swarm := openSwarm(t, nil, func(o *options) { o.Streams, o.ConnectsPerSecond = 50, 100 }, feed.URL)
	// The last of 50 is due after 49 hundredths. On a busy machine it may be late, never early.
	if took := time.Since(began); took < 485*time.Millisecond || took > 5*time.Second {
		t.Errorf("50 streams at 100 a second took %v", took)
	}
	eventually(t, "50 streams", func() bool { return feed.open() == 50 && swarm.open.Load() == 50 })
}

func TestSwarmTakesItsURLsInTurn(t *testing.T) {
	bracket(t)
	one, two := newFeed(t), newFeed(t)
	openSwarm(t, nil, streams(5), one.URL, two.URL)
	eventually(t, "3 and 2 streams", func() bool { return one.open() == 3 && two.open() == 2 })
}

func TestSwarmCountsWhatAllItsStreamsAreGiven(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, streams(20), feed.URL)
	feed.publish(": hello\n\n")
	feed.publish(blocks(1, 2, 3)...)
	feed.publish("event: fanfare:heartbeat\ndata:\n\n")
	swarm.wants(t, countEvents, 60)
	perStream := len(": hello\n\n") + len(block(1)+block(2)+block(3)) + len("event: fanfare:heartbeat\ndata:\n\n")
	swarm.wants(t, countBytes, int64(20*perStream))
	swarm.blameless(t)
	moments := swarm.takeMoments()
	if len(moments.connect) != 20 || len(moments.firstBlock) != 20 || len(moments.reconnect) != 0 {
		t.Errorf("%+v", moments)
	}
}

func TestSwarmFindsWhatAServerDoesWrongToOneStream(t *testing.T) {
	for name, each := range map[string]struct {
		given []int
		kind  count
	}{
		"drops":   {[]int{1, 3, 4}, countGaps},
		"doubles": {[]int{1, 2, 2, 3, 4}, countDuplicates},
		"swaps":   {[]int{1, 3, 2, 4}, countReorderings},
	} {
		t.Run(name, func(t *testing.T) {
			bracket(t)
			feed := newFeed(t)
			swarm := openSwarm(t, nil, streams(10), feed.URL)
			feed.publish(block(0))
			swarm.wants(t, countEvents, 10)
			// The others first: whoever comes first says what is right.
			all := blocks(1, 2, 3, 4)
			feed.publishBut(map[int][]string{3: nil}, all...)
			swarm.wants(t, countEvents, 10+9*4)
			swarm.blameless(t)
			feed.publishBut(map[int][]string{0: nil, 1: nil, 2: nil, 4: nil, 5: nil, 6: nil, 7: nil, 8: nil, 9: nil}, blocks(each.given...)...)
			swarm.wants(t, each.kind, 1)
		})
	}
}

func TestSwarmFindsWhatAServerDropsForAll(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, streams(5), feed.URL)
	for _, message := range stampedBy("a", 1, 2, 5) {
		feed.publish("data: " + message + "\n\n")
	}
	swarm.wants(t, countEvents, 15)
	swarm.wants(t, countGaps, 2)
	if got := swarm.latency.ask(); got.Count != 15 {
		t.Errorf("%d deliveries were measured", got.Count)
	}
}

func TestSwarmCutsAndComesBack(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, streams(10), feed.URL)
	feed.publish(block(1))
	swarm.wants(t, countEvents, 10)
	swarm.cut(4)
	swarm.cut(-1)
	eventually(t, "14 requests", func() bool { return len(feed.requests()) == 14 })
	eventually(t, "10 streams", func() bool { return feed.open() == 10 && swarm.open.Load() == 10 })
	again := feed.requests()[10:]
	if slices.ContainsFunc(again, func(id string) bool { return id != "1-0" }) {
		t.Errorf("they came back with %q", again)
	}
	feed.publish(block(2))
	swarm.wants(t, countEvents, 20)
	swarm.wants(t, countReconnects, 4)
	swarm.wants(t, countResumed, 4)
	swarm.blameless(t)
	if got := swarm.takeMoments(); len(got.reconnect) != 4 || len(got.connect) != 14 || len(got.firstBlock) != 10 {
		t.Errorf("%+v", got)
	}
}

func TestSwarmCutsASilentConnection(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, func(o *options) { o.Streams, o.HeartbeatMs = 3, 1000 }, feed.URL)
	swarm.sweep(time.Now().Add(2400 * time.Millisecond))
	if got := len(feed.requests()); got != 3 || swarm.silence.Load() < int64(2*time.Second) {
		t.Fatalf("%d requests, a silence of %v", got, time.Duration(swarm.silence.Load()))
	}
	swarm.sweep(time.Now().Add(2600 * time.Millisecond))
	eventually(t, "6 requests", func() bool { return len(feed.requests()) == 6 && feed.open() == 3 })
}

func TestSwarmWithoutHeartbeatsCutsNothing(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := openSwarm(t, nil, nil, feed.URL)
	swarm.sweep(time.Now().Add(time.Hour))
	feed.publish(block(1))
	swarm.wants(t, countEvents, 1)
	if got := len(feed.requests()); got != 1 {
		t.Errorf("%d requests", got)
	}
}

func TestSwarmEndsWithItsContextAndWithClose(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	swarm := swarmOf(t, nil, func(o *options) { o.Streams, o.ConnectsPerSecond = 40, 40 }, feed.URL)
	everyone := &swarm.group.open
	swarm.start(t.Context())
	eventually(t, "some streams", func() bool { return everyone.Load() >= 3 })
	swarm.close()
	swarm.close()
	if open, all := swarm.open.Load(), everyone.Load(); open != 0 || all != 0 {
		t.Errorf("%d and %d streams are open", open, all)
	}
	if got := swarm.counted(countFailures); got != 0 {
		t.Errorf("%d attempts that were ended from here count as failures", got)
	}
	eventually(t, "no connection", func() bool { return feed.open() == 0 })
}

func TestSwarmsOfOneURLShareWhatTheyAreGiven(t *testing.T) {
	bracket(t)
	feed := newFeed(t)
	one := openSwarm(t, nil, streams(3), feed.URL)
	two := swarmOf(t, nil, streams(3), feed.URL)
	for _, stream := range two.streams {
		stream.target = one.streams[0].target
	}
	two.start(t.Context())
	<-two.allOpened
	feed.publish(blocks(1, 2, 3)...)
	one.wants(t, countEvents, 9)
	two.wants(t, countEvents, 9)
	one.close()
	feed.publish(block(4))
	two.wants(t, countEvents, 12)
	one.blameless(t)
	two.blameless(t)
	feed.publishBut(map[int][]string{3: blocks(6), 4: blocks(5, 6), 5: blocks(5, 6)})
	eventually(t, "a gap", func() bool { return two.counted(countGaps) > 0 })
}
