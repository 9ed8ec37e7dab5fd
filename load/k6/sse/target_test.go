package sse

import (
	"crypto/tls"
	"strings"
	"testing"
)

func TestTargetSaysWhereToConnectAndWhatToSend(t *testing.T) {
	for text, want := range map[string][2]string{
		"http://a.test/stream?channel=a&channel=b#c": {"a.test:80", "GET /stream?channel=a&channel=b HTTP/1.1\r\nHost: a.test\r\n"},
		"http://a.test":               {"a.test:80", "GET / HTTP/1.1\r\nHost: a.test\r\n"},
		"http://127.0.0.1:3000/s%20t": {"127.0.0.1:3000", "GET /s%20t HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n"},
		"https://[::1]:8443/":         {"[::1]:8443", "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n"},
		"https://a.test/":             {"a.test:443", "GET / HTTP/1.1\r\nHost: a.test\r\n"},
	} {
		made, err := newTarget(text, nil, nil, newLedger(1))
		if err != nil {
			t.Fatal(err)
		}
		if request := string(made.request(nil)); made.address != want[0] || !strings.HasPrefix(request, want[1]) {
			t.Errorf("%s: %s, %q", text, made.address, request)
		}
		if (made.tls != nil) != strings.HasPrefix(text, "https:") {
			t.Errorf("%s: TLS is %v", text, made.tls)
		}
	}
}

func TestTargetSendsHeadersAndTheLastEventID(t *testing.T) {
	made, err := newTarget("http://a.test/", map[string]string{"Authorization": "Bearer x"}, nil, newLedger(1))
	if err != nil {
		t.Fatal(err)
	}
	first, again := string(made.request(nil)), string(made.request([]byte("1795390949095-0")))
	if !strings.Contains(first, "\r\nAuthorization: Bearer x\r\n") || strings.Contains(first, "Last-Event-ID") {
		t.Errorf("%q", first)
	}
	if !strings.HasSuffix(again, "\r\nLast-Event-ID: 1795390949095-0\r\n\r\n") || !strings.HasSuffix(first, "x\r\n\r\n") {
		t.Errorf("%q", again)
	}
}

func TestTargetLeavesTheUsersTLSAlone(t *testing.T) {
	given := &tls.Config{MinVersion: tls.VersionTLS13}
	made, err := newTarget("https://a.test:8443/", nil, given, newLedger(1))
	if err != nil {
		t.Fatal(err)
	}
	if made.tls.ServerName != "a.test" || made.tls.MinVersion != tls.VersionTLS13 || given.ServerName != "" {
		t.Errorf("%q, %q", made.tls.ServerName, given.ServerName)
	}
}

func TestTargetRefusesWhatCannotBeSent(t *testing.T) {
	for text, says := range map[string]string{
		"":                 "begins http:// or https://",
		"a.test/stream":    "begins http:// or https://",
		"/stream":          "begins http:// or https://",
		"ftp://a.test/":    "begins http:// or https://",
		"http:///stream":   "begins http:// or https://",
		"http://a.test:x/": "is no URL",
		"http://a b/":      "is no URL",
	} {
		if _, err := newTarget(text, nil, nil, newLedger(1)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for name, value := range map[string]string{"A": "b\r\nC: d", "A\n": "b", "A:": "b", "A b": "c"} {
		if _, err := newTarget("http://a.test/", map[string]string{name: value}, nil, newLedger(1)); err == nil {
			t.Errorf("%q: %q is sent", name, value)
		}
	}
}
