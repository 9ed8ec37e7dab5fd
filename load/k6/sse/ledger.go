package sse

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// unplaced is the place of a stream that has seen no message yet.
const unplaced = -1

var hashSeed = maphash.MakeSeed()

// ledger is what streams of one target have been given, in order, as the first of them saw it. Whoever comes after must be
// given the same: that finds a message that is missing, comes twice or in another order, on any server, with or without
// numbers in the messages. What nobody was given shows in the numbers of stamped messages.
type ledger struct {
	// A ring of the newest messages' keys. A stream that is further behind is not checked.
	entries []atomic.Uint64
	length  atomic.Int64

	mutex      sync.Mutex
	places     map[uint64]int64
	placed     int
	publishers map[string]uint64
}

// reading is one stream's place in a ledger.
type reading struct {
	// The entry that was given last, or unplaced.
	place int64
	// Where it began, and what it passed over last: [from, to).
	began, from, to int64
	// A reset has said that messages may be missing before the next one.
	excused bool
}

// verdict is what was wrong with a message.
type verdict struct {
	// Messages before it that the stream was not given, or that nobody was.
	gaps int64
	// It had been given before, or it comes after one that it stands before.
	duplicate, reordered bool
	// The stream was too far behind for the ledger.
	unchecked bool
}

// fine is the verdict on a message in its place.
var fine verdict

// newLedger makes a ledger of the newest size messages.
func newLedger(size int) *ledger {
	return &ledger{
		entries:    make([]atomic.Uint64, size),
		places:     map[uint64]int64{},
		publishers: map[string]uint64{},
	}
}

func keyOf(message event) uint64 {
	var hash maphash.Hash
	hash.SetSeed(hashSeed)
	_, _ = hash.Write(message.id)
	_ = hash.WriteByte(0)
	_, _ = hash.Write(message.data)
	return hash.Sum64()
}

// follow judges the next message of a stream. It takes no lock where others have been given the message before.
func (l *ledger) follow(r *reading, message event) verdict {
	key, next := keyOf(message), r.place+1
	if r.place != unplaced && l.holds(next) && l.at(next) == key {
		r.place, r.excused = next, false
		return verdict{}
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	judged := l.judge(r, message, key)
	r.excused = false
	return judged
}

// leave is called when a stream ends for good.
func (l *ledger) leave(r *reading) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if r.place != unplaced {
		l.placed--
	}
	r.place = unplaced
}

func (l *ledger) judge(r *reading, message event, key uint64) verdict {
	next, length := r.place+1, l.length.Load()
	found, known := l.places[key]
	switch {
	case r.place == unplaced:
		return l.enter(r, message, key)
	case next < length && !l.holds(next):
		l.placed--
		judged := l.enter(r, message, key)
		judged.unchecked = true
		return judged
	case next < length && l.at(next) == key:
		r.place = next
		return verdict{}
	// Messages without ids may well be the same.
	case next == length && (!known || len(message.id) == 0), r.excused && !known:
		return l.append(r, message, key)
	case !known:
		// The others were not given it.
		return verdict{gaps: 1}
	case r.excused:
		r.place = found
		return verdict{}
	case found > next:
		r.from, r.to, r.place = next, found, found
		return verdict{gaps: found - next}
	case found >= r.from && found < r.to:
		return verdict{reordered: true}
	default:
		return verdict{duplicate: found >= r.began}
	}
}

// enter places a stream at its first message. Where others are on their way to it, it is placed at a later one: it is they
// who say what stands between.
func (l *ledger) enter(r *reading, message event, key uint64) verdict {
	r.place = unplaced
	found, known := l.places[key]
	if !known && l.placed > 0 {
		return verdict{}
	}
	l.placed++
	if known {
		r.place, r.began = found, found
		return verdict{}
	}
	// Nobody was there to see what came before.
	r.began, r.excused = l.length.Load(), true
	return l.append(r, message, key)
}

// append enters a message that nobody was given before.
func (l *ledger) append(r *reading, message event, key uint64) verdict {
	place := l.length.Load()
	entry := &l.entries[place%int64(len(l.entries))]
	if old := entry.Load(); l.places[old] == place-int64(len(l.entries)) {
		delete(l.places, old)
	}
	entry.Store(key)
	l.places[key] = place
	l.length.Store(place + 1)
	r.place = place
	return verdict{gaps: l.missing(message.data, r.excused)}
}

// missing is how many messages of its publisher nobody was given before this one.
func (l *ledger) missing(data []byte, excused bool) int64 {
	stamp, ok := readStamp(data)
	if !ok {
		return 0
	}
	before, known := l.publishers[string(stamp.publisher)]
	l.publishers[string(stamp.publisher)] = stamp.number
	if !known || excused || stamp.number <= before {
		return 0
	}
	return int64(stamp.number - before - 1)
}

func (l *ledger) at(place int64) uint64 { return l.entries[place%int64(len(l.entries))].Load() }

func (l *ledger) holds(place int64) bool {
	length := l.length.Load()
	return place < length && place >= length-int64(len(l.entries))
}

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
