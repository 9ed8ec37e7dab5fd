package sse

import (
	"strings"
	"testing"
)

func TestOpenCallsBackWithEachEventInOrderUntilItIsClosed(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", "event: fanfare:open\ndata: {}\n\n"+block(1)+"event: paid\ndata: a\\b\n\n"+block(3)+block(4))
	script.gives(t, `["|fanfare:open|{}","1-0|message|message 1","1-0|paid|a\\b","3-0|message|message 3"]`, `
		const seen = [];
		await sse.open(url, null, ({ id, event, data }, stream) => {
			seen.push([id, event, data].join('|'));
			if (seen.length === 4) stream.close();
		});
		return seen;`)
	eventually(t, "no stream", func() bool { return script.feed.open() == 0 })
}

func TestOpenResolvesWithTheCounts(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", block(1)+block(2))
	script.gives(t, `[0,2,0,0]`, `
		const counts = await sse.open(url, { heartbeatMs: 0 }, ({ id }, stream) => { if (id === '2-0') stream.close(); });
		return [counts.streams, counts.events, counts.gaps, counts.refused];`)
}

func TestOpenComesBackAndGoesOn(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", block(1))
	script.gives(t, `["1-0","2-0","1-0"]`, `
		const seen = [];
		await sse.open(url, { retryMs: 1 }, ({ id }, stream) => {
			seen.push(id);
			if (id === '2-0') disconnect(1);
			else if (seen.length === 1) publish(2);
			else stream.close();
		});
		return seen;`)
	if got := strings.Join(script.feed.requests(), ","); got != ",2-0" {
		t.Errorf("it asked for %q", got)
	}
}

func TestOpenWaitsForASlowScript(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", block(1)+block(2)+block(3))
	script.gives(t, `true`, `
		let running = false, alone = true;
		await sse.open(url, null, ({ id }, stream) => {
			alone = alone && !running;
			running = true;
			for (let i = 0; i < 1e4; i++);
			running = false;
			if (id === '3-0') stream.close();
		});
		return alone;`)
}

func TestOpenReplacesWhatIsNoUTF8(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", "data: a\xffb\xe2\x82\ndata: é\n\n")
	script.gives(t, "\"a\ufffdb\ufffd\\né\"", `
		let text;
		await sse.open(url, null, ({ data }, stream) => { text = data; stream.close(); });
		return text;`)
}

func TestOpenRejectsWithWhatTheCallbackThrows(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", block(1)+block(2))
	script.gives(t, `["no thanks",true,1]`, `
		let calls = 0;
		const error = new Error('no thanks');
		try {
			await sse.open(url, null, () => { calls++; throw error; });
		} catch (caught) {
			return [caught.message, caught === error, calls];
		}`)
	eventually(t, "no stream", func() bool { return script.feed.open() == 0 })
	if _, err := script.run(t, `await sse.open(url, null, () => { throw new Error('uncaught'); });`); err == nil ||
		!strings.Contains(err.Error(), "uncaught") {
		t.Errorf("the iteration ends with %v", err)
	}
}

func TestOpenRejectsWhereItIsRefused(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(404, "", "")
	script.gives(t, `"`+script.feed.URL+` refused the stream for good: the log says why"`, `
		try {
			await sse.open(url, null, () => {});
		} catch (error) {
			return error.toString().replace('GoError: ', '');
		}`)
}

func TestOpenEndsWithTheContext(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.feed.answer(0, "", block(1)+block(2)+block(3))
	script.gives(t, `["1-0"]`, `
		const seen = [];
		await sse.open(url, null, ({ id }) => { seen.push(id); endContext(); });
		return seen;`)
}

func TestOpenEndsWithTheContextWhereNothingCame(t *testing.T) {
	bracket(t)
	script := inScenario(t)
	script.gives(t, `0`, `
		setTimeout(endContext, 20);
		return (await sse.open(url, null, () => {})).events;`)
}

func TestOpenRefusesWhatIsWrongWithoutHangingTheIteration(t *testing.T) {
	script := inScenario(t)
	for call, says := range map[string]string{
		`sse.open('ftp://a/', null, () => {})`:                 "begins http:// or https://",
		`sse.open(url, { stream: 1 }, () => {})`:               `open: there is no option "stream"`,
		`sse.open(url, null)`:                                  "the third argument is to be a function",
		`sse.open(url, null, 7)`:                               "function",
		`sse.open(url, { headers: { 'a b': 'c' } }, () => {})`: "cannot be sent",
	} {
		if _, err := script.run(t, call); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestStreamsCannotBeOpenedInTheInitContext(t *testing.T) {
	for _, call := range []string{`sse.open(url, null, () => {})`, `new sse.Swarm({ urls: [url] })`} {
		script := newScript(t, new(root))
		if _, err := script.run(t, call); err == nil || !strings.Contains(err.Error(), "in a scenario's function alone") {
			t.Errorf("%s: %v", call, err)
		}
	}
}
