package sse

import (
	"strings"
	"testing"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
)

// optionsOf reads what a script would give.
func optionsOf(t *testing.T, script string) (options, error) {
	t.Helper()
	rt := sobek.New()
	rt.SetFieldNameMapper(common.FieldNameMapper{})
	value, err := rt.RunString("(" + script + ")")
	if err != nil {
		t.Fatal(err)
	}
	return readOptions(rt, value, swarmOptions)
}

func TestOptionsHaveDefaults(t *testing.T) {
	for _, script := range []string{"undefined", "null", "{}"} {
		got, err := optionsOf(t, script)
		if err != nil {
			t.Fatal(err)
		}
		if got.Streams != 1 || got.ConnectsPerSecond != 1000 || got.heartbeat() != 15*time.Second || got.retry() != 3*time.Second ||
			got.BytesPerSecond != 0 || got.LastEventID != "" {
			t.Errorf("%s: %+v", script, got)
		}
	}
}

func TestOptionsAreRead(t *testing.T) {
	got, err := optionsOf(t, `{ urls: ['http://a/', 'http://b/'], streams: 20, connectsPerSecond: 0.5, headers: { A: 'b' },
		lastEventId: '7-0', heartbeatMs: 0, retryMs: 10, bytesPerSecond: 100 }`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.URLs) != 2 || got.Streams != 20 || got.ConnectsPerSecond != 0.5 || got.Headers["A"] != "b" ||
		got.LastEventID != "7-0" || got.HeartbeatMs != 0 || got.retry() != 10*time.Millisecond || got.BytesPerSecond != 100 {
		t.Errorf("%+v", got)
	}
}

func TestOptionsThatAreWrongSayWhatToChange(t *testing.T) {
	for script, says := range map[string]string{
		`{ stream: 5 }`:                     `there is no option "stream"; there are urls streams`,
		`{ streams: 0 }`:                    "streams is 0: give 1 or more",
		`{ streams: -3 }`:                   "streams is -3: give 1 or more",
		`{ streams: 'many' }`:               "streams is NaN: give a whole number",
		`{ streams: 1.7 }`:                  "streams is 1.7: give a whole number",
		`{ bytesPerSecond: 0.5 }`:           "bytesPerSecond is 0.5: give a whole number",
		`{ connectsPerSecond: 0 }`:          "connectsPerSecond is 0: give more than 0",
		`{ connectsPerSecond: NaN }`:        "connectsPerSecond is NaN: give more than 0",
		`{ heartbeatMs: -1 }`:               "may not be negative",
		`{ retryMs: -1 }`:                   "may not be negative",
		`{ bytesPerSecond: -1 }`:            "may not be negative",
		`{ heartbeatMs: 9007199254740991 }`: "at most 86400000, a day; heartbeatMs 0 is never",
		`{ retryMs: 9007199254740991 }`:     "at most 86400000, a day",
		`{ lastEventId: 'a\nb' }`:           "has a line end or a NUL",
		`{ headers: 7 }`:                    "the options cannot be read",
		`'http://a/'`:                       "there is no option",
	} {
		if got, err := optionsOf(t, script); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", script, got, err)
		}
	}
}

func TestOptionsMakeATargetOfEachURL(t *testing.T) {
	var ledgers ledgers
	given := options{URLs: []string{"http://a/", "http://b/", "http://a/"}}
	made, err := given.targets(nil, &ledgers)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 3 || made[0].ledger != made[2].ledger || made[0].ledger == made[1].ledger {
		t.Error("streams of one URL share one ledger, and those of others another")
	}
	if _, err := (options{}).targets(nil, &ledgers); err == nil || !strings.Contains(err.Error(), "name at least one") {
		t.Error(err)
	}
}
