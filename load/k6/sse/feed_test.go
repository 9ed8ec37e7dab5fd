package sse

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// feed is a server of one event stream, over real sockets: what it publishes goes to all, and a test may spoil it for some.
type feed struct {
	*httptest.Server
	mutex   sync.Mutex
	clients map[*client]struct{}
	// Of each request, in order.
	lastEventIDs []string
	headers      []http.Header
	// Answered instead of 200.
	status int
	// The Content-Type; "" is that of an event stream.
	kind string
	// Sent to each client when it comes.
	greeting string
}

// client is one response of a feed. What it is to write is queued; closing ends it.
type client struct {
	number int
	blocks chan string
}

func newFeed(t *testing.T) *feed { return startFeed(t, (*httptest.Server).Start) }

func startFeed(t *testing.T, start func(*httptest.Server)) *feed {
	f := &feed{clients: map[*client]struct{}{}}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(f.Server)
	t.Cleanup(func() {
		f.disconnect(1 << 30)
		f.Server.Close()
	})
	return f
}

func (f *feed) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	client, status, greeting := f.enter(w, request)
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, greeting)
	_ = http.NewResponseController(w).Flush()
	if status != http.StatusOK {
		return
	}
	defer f.leave(client)
	for {
		select {
		case <-request.Context().Done():
			return
		case block, open := <-client.blocks:
			if !open {
				panic(http.ErrAbortHandler)
			}
			_, _ = fmt.Fprint(w, block)
			_ = http.NewResponseController(w).Flush()
		}
	}
}

func (f *feed) enter(w http.ResponseWriter, request *http.Request) (*client, int, string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	kind := f.kind
	if kind == "" {
		kind = "text/event-stream; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	entered := &client{len(f.headers), make(chan string, 1024)}
	f.lastEventIDs = append(f.lastEventIDs, request.Header.Get("Last-Event-ID"))
	f.headers = append(f.headers, request.Header)
	if f.status != 0 {
		return nil, f.status, ""
	}
	f.clients[entered] = struct{}{}
	return entered, http.StatusOK, f.greeting
}

func (f *feed) leave(client *client) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	delete(f.clients, client)
}

// publish writes blocks to all clients.
func (f *feed) publish(blocks ...string) { f.publishBut(nil, blocks...) }

// publishBut gives the client of that number others.
func (f *feed) publishBut(others map[int][]string, blocks ...string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for client := range f.clients {
		its, spoilt := others[client.number]
		if !spoilt {
			its = blocks
		}
		for _, block := range its {
			client.blocks <- block
		}
	}
}

// disconnect breaks the connections of so many clients.
func (f *feed) disconnect(count int) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for client := range f.clients {
		if count--; count >= 0 {
			close(client.blocks)
			delete(f.clients, client)
		}
	}
}

func (f *feed) answer(status int, kind, greeting string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.status, f.kind, f.greeting = status, kind, greeting
}

func (f *feed) open() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return len(f.clients)
}

// requests is the Last-Event-ID of each request so far.
func (f *feed) requests() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return append([]string(nil), f.lastEventIDs...)
}

// block is a message as Fanfare writes it.
func block(n int) string { return fmt.Sprintf("id: %d-0\ndata: message %d\n\n", n, n) }

func blocks(numbers ...int) (made []string) {
	for _, n := range numbers {
		made = append(made, block(n))
	}
	return made
}
