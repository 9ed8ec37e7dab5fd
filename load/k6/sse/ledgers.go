package sse

import "sync"

// ledgers has one for each URL that this process listens to, whichever virtual user does.
type ledgers struct {
	mutex sync.Mutex
	byURL map[string]*ledger
}

// What a ledger remembers: this much where there is one, and less where there are many, but not too little.
const (
	entriesOfAll  = 1 << 18
	mostEntries   = 1 << 14
	fewestEntries = 1 << 9
)

// of returns the ledger of one URL among so many.
func (l *ledgers) of(url string, among int) *ledger {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.byURL == nil {
		l.byURL = map[string]*ledger{}
	}
	if l.byURL[url] == nil {
		l.byURL[url] = newLedger(max(fewestEntries, min(mostEntries, entriesOfAll/among)))
	}
	return l.byURL[url]
}
