package sse

import (
	"strings"
	"testing"
)

func TestSwarmOfAScript(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.gives(t, `[[20,0],20,[0,20,0,0,0,0]]`, `
		const swarm = new sse.Swarm({ urls: [url], streams: 20, retryMs: 1 });
		const opened = await swarm.opened();
		publish(1);
		while (swarm.counts().events < 20) await new Promise((resolve) => setTimeout(resolve, 1));
		const { events } = swarm.counts();
		const closed = await swarm.close();
		return [
			[opened.streams, opened.events], events,
			[closed.streams, closed.events, closed.gaps, closed.duplicates, closed.failures, closed.unchecked],
		];`)
	eventually(t, "no stream", func() bool { return script.feed.open() == 0 })
}

func TestSwarmOfAScriptIsCutAndComesBack(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	greeting := "id: 7-0\nevent: fanfare:open\ndata: {\"resumed\":true}\n\n"
	script.feed.answer(0, "", greeting)
	_ = script.VU.Runtime().Set("bytesOfAll", 5*len(greeting))
	script.gives(t, `[3,3]`, `
		const swarm = new sse.Swarm({ urls: [url], streams: 5, retryMs: 1 });
		await swarm.opened();
		while (swarm.counts().bytes < bytesOfAll) await new Promise((resolve) => setTimeout(resolve, 1));
		swarm.cut(3);
		while (swarm.counts().reconnects < 3) await new Promise((resolve) => setTimeout(resolve, 1));
		const { reconnects, resumed } = await swarm.close();
		return [reconnects, resumed];`)
	if got := strings.Join(script.feed.requests(), ","); got != ",,,,,7-0,7-0,7-0" {
		t.Errorf("they asked for %q", got)
	}
}

func TestSwarmOfAScriptMeasuresDeliveries(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	if err := script.VU.Runtime().Set("send", func(data string) { script.feed.publish("data: " + data + "\n\n") }); err != nil {
		t.Fatal(err)
	}
	script.gives(t, `[true,10,true,true,0,0]`, `
		const swarm = new sse.Swarm({ urls: [url], streams: 10 });
		await swarm.opened();
		const message = sse.stamped('a', 100);
		send(message);
		while (swarm.counts().events < 10) await new Promise((resolve) => setTimeout(resolve, 1));
		const { count, p50, p99, p999, max } = swarm.delivery();
		const again = swarm.delivery();
		await swarm.close();
		return [message.length === 100, count, p50 > 0 && p50 < 5000, p50 <= p99 && p99 <= p999 && p999 <= max, again.count, again.p50];`)
}

func TestSwarmThatIsClosedBeforeItIsOpenEndsTheWait(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.gives(t, `true`, `
		const swarm = new sse.Swarm({ urls: [url], streams: 10, connectsPerSecond: 0.1 });
		const opened = swarm.opened();
		await swarm.close();
		return (await opened).streams === 0;`)
}

func TestSwarmThatIsNotClosedEndsWithTheContext(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.gives(t, `5`, `
		const swarm = new sse.Swarm({ urls: [url], streams: 5 });
		const { streams } = await swarm.opened();
		endContext();
		await swarm.close();
		return streams;`)
	eventually(t, "no stream", func() bool { return script.feed.open() == 0 })
	if got := len(script.samples); got != 0 {
		t.Errorf("k6 was told %d times after the end", got)
	}
}

func TestSwarmRefusesWhatIsWrong(t *testing.T) {
	script := inScenario(t)
	for call, says := range map[string]string{
		`new sse.Swarm()`:                            "urls is empty: name at least one event stream",
		`new sse.Swarm({ urls: [] })`:                "urls is empty",
		`new sse.Swarm({ url: [url] })`:              `Swarm: there is no option "url"`,
		`new sse.Swarm({ urls: [url], streams: 0 })`: "Swarm: streams is 0: give 1 or more",
		`new sse.Swarm({ urls: ['a.test'] })`:        "begins http:// or https://",
	} {
		if _, err := script.run(t, call); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestStampedNumbersTheMessagesOfEachChannel(t *testing.T) {
	root := new(root)
	one, two := newScript(t, root), newScript(t, root)
	numbers := `['a', 'a', 'b', 'a', 'b'].map((channel) => sse.stamped(channel, -1).split(' ')[2]).join()`
	one.gives(t, `"1,2,1,3,2"`, "return "+numbers)
	two.gives(t, `"1,2,1,3,2"`, "return "+numbers)
	publishers := `return [sse.stamped('a', 0), sse.stamped('b', 0)].map((message) => message.split(' ')[1]).join()`
	ofOne, _ := one.run(t, publishers)
	ofTwo, _ := two.run(t, publishers)
	if all := strings.Split(strings.Trim(ofOne+","+ofTwo, `"`), ","); len(all) != 4 || all[0] == all[1] || ofOne == ofTwo {
		t.Errorf("the publishers are %s and %s", ofOne, ofTwo)
	}
}
