package sse

import "sync"

// ledgers has one for each URL that somebody in this process listens to, whichever virtual user does.
type ledgers struct {
	mutex sync.Mutex
	byURL map[string]*heldLedger
}

type heldLedger struct {
	*ledger
	// By so many swarms.
	holders int
}

// What a ledger remembers: this much where there is one, and less where there are many, but not too little.
const (
	entriesOfAll  = 1 << 18
	mostEntries   = 1 << 14
	fewestEntries = 1 << 9
)

// of returns the ledger of one URL among so many, to be released once.
func (l *ledgers) of(url string, among int) *ledger {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.byURL == nil {
		l.byURL = map[string]*heldLedger{}
	}
	if l.byURL[url] == nil {
		size := max(fewestEntries, min(mostEntries, entriesOfAll/among))
		l.byURL[url] = &heldLedger{ledger: newLedger(size)}
	}
	l.byURL[url].holders++
	return l.byURL[url].ledger
}

// release forgets what nobody listens to any more.
func (l *ledgers) release(urls []string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, url := range urls {
		if l.byURL[url].holders--; l.byURL[url].holders == 0 {
			delete(l.byURL, url)
		}
	}
}
