package sse

import (
	"encoding/json"
	"net"
	"testing"
	"time"

	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
)

// script is a virtual user whose scripts have the module as `sse`, and a feed: `url`, `publish(n)` and `disconnect(count)`.
type script struct {
	*modulestest.Runtime
	feed    *feed
	samples chan metrics.SampleContainer
}

// newScript is in the init context still.
func newScript(t *testing.T, root *root) *script {
	t.Helper()
	made := &script{modulestest.NewRuntime(t), newFeed(t), make(chan metrics.SampleContainer, 10_000)}
	rt := made.VU.Runtime()
	for name, value := range map[string]any{
		"sse":        root.NewModuleInstance(made.VU).Exports().Named,
		"url":        made.feed.URL,
		"publish":    func(n int) { made.feed.publish(block(n)) },
		"disconnect": made.feed.disconnect,
		"endContext": made.CancelContext,
	} {
		if err := rt.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// inScenario is a script in a scenario's function.
func inScenario(t *testing.T) *script {
	t.Helper()
	made := newScript(t, new(root))
	tags := made.VU.InitEnvField.Registry.RootTagSet().With("scenario", "fanout")
	made.MoveToVUContext(&lib.State{
		Logger: quietLog(), Dialer: &net.Dialer{}, Samples: made.samples, Tags: lib.NewVUStateTags(tags),
	})
	return made
}

// run runs an async function's body until k6 would end the iteration, and gives what it returned, as JSON.
func (s *script) run(t *testing.T, body string) (string, error) {
	t.Helper()
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		_, err = s.RunOnEventLoop("var result; (async () => {" + body + "})().then((value) => { result = value })")
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the iteration does not end")
	}
	result, failed := json.Marshal(s.VU.Runtime().Get("result").Export())
	if failed != nil {
		t.Fatal(failed)
	}
	return string(result), err
}

func (s *script) gives(t *testing.T, want, body string) {
	t.Helper()
	if got, err := s.run(t, body); err != nil || got != want {
		t.Errorf("it gives %s (%v), not %s", got, err, want)
	}
}
