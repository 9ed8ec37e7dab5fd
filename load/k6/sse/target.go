package sse

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// target is a URL that streams are opened at, with what all streams of it share.
type target struct {
	// Host and port to connect to.
	address string
	// Nil for http.
	tls *tls.Config
	// The request but for the Last-Event-ID and the empty line at its end.
	head   []byte
	ledger *ledger
}

// newTarget reads a URL. Headers are sent as they are.
func newTarget(text string, headers map[string]string, config *tls.Config, ledger *ledger) (*target, error) {
	address, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL: %w", text, err)
	}
	port := map[string]string{"http": "80", "https": "443"}[address.Scheme]
	if port == "" || address.Host == "" {
		return nil, fmt.Errorf("%q is no URL of an event stream: give one that begins http:// or https://", text)
	}
	if address.Port() != "" {
		port = address.Port()
	}
	made := &target{address: net.JoinHostPort(address.Hostname(), port), ledger: ledger}
	if address.Scheme == "https" {
		made.tls = clientTLS(config, address.Hostname())
	}
	made.head, err = requestHead(address, headers)
	return made, err
}

func clientTLS(config *tls.Config, host string) *tls.Config {
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.ServerName = host
	// A connection carries one stream: HTTP/2 would share it.
	config.NextProtos = []string{"http/1.1"}
	return config
}

func requestHead(address *url.URL, headers map[string]string) ([]byte, error) {
	var head strings.Builder
	fmt.Fprintf(&head, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nCache-Control: no-store\r\n",
		address.RequestURI(), address.Host)
	for name, value := range headers {
		if strings.ContainsAny(name, "\r\n: ") || strings.ContainsAny(value, "\r\n") {
			return nil, fmt.Errorf("header %q: %q cannot be sent: leave out line ends", name, value)
		}
		fmt.Fprintf(&head, "%s: %s\r\n", name, value)
	}
	return []byte(head.String()), nil
}

func (t *target) request(lastEventID []byte) []byte {
	request := append([]byte(nil), t.head...)
	if len(lastEventID) > 0 {
		request = append(request, "Last-Event-ID: "...)
		request = append(request, lastEventID...)
		request = append(request, "\r\n"...)
	}
	return append(request, "\r\n"...)
}
