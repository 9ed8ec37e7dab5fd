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

	mutex  sync.Mutex
	places map[uint64]int64
	// Messages without ids that came more than once: they say nothing of where a stream is.
	repeated   map[uint64]struct{}
	placed     int
	publishers publishers
	// The newest entry that may not be the next one: a reset stood before it, or nobody was there. Others may have been given
	// what is missing.
	torn int64
}

// reading is one stream's place in a ledger.
type reading struct {
	// The entry that was given last, or unplaced.
	place int64
	// Where it began, and what it passed over last: [from, to).
	began, from, to int64
	// A reset has said that messages may be missing before the next one.
	excused bool
	// It entered at a message without an id, which may have been a later one that is the same.
	trial bool
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
		repeated:   map[uint64]struct{}{},
		publishers: publishers{},
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
	if r.place != unplaced && !r.trial && l.holds(next) && l.at(next) == key {
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
	case l.holds(next) && l.at(next) == key:
		r.place, r.trial = next, r.trial && l.repeats(key)
		return verdict{}
	case r.trial, next < length && !l.holds(next):
		l.placed--
		judged := l.enter(r, message, key)
		judged.unchecked = true
		return judged
	// Messages without ids may well be the same, and who began with old ones comes to what is known from before.
	case next == length && (!known || len(message.id) == 0 || found < r.began), r.excused && !known:
		return l.append(r, message, key)
	// What others missed with an excuse may stand here.
	case !known && next <= l.torn:
		return verdict{}
	case !known:
		// The others were not given it.
		return verdict{gaps: 1}
	case r.excused, found > next && next <= l.torn:
		r.place = found
		return verdict{}
	case found > next:
		found = l.nearest(next, key)
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
	*r = reading{place: unplaced}
	found, known := l.places[key]
	switch {
	case known && !l.repeats(key):
		r.place, r.began, r.trial = found, found, len(message.id) == 0
	case l.placed > 0:
		return verdict{}
	default:
		// Nobody was there to see what came before.
		r.began, r.excused = l.length.Load(), true
		l.append(r, message, key)
	}
	l.placed++
	return verdict{}
}

// append enters a message that nobody was given before.
func (l *ledger) append(r *reading, message event, key uint64) verdict {
	place := l.length.Load()
	entry := &l.entries[place%int64(len(l.entries))]
	if old := entry.Load(); l.places[old] == place-int64(len(l.entries)) {
		delete(l.places, old)
		delete(l.repeated, old)
	}
	if _, known := l.places[key]; known {
		l.repeated[key] = struct{}{}
	}
	entry.Store(key)
	l.places[key] = place
	l.length.Store(place + 1)
	r.place = place
	if r.excused {
		l.torn = place
		// Any publisher's messages may be missing, not those of this one alone.
		clear(l.publishers)
	}
	return verdict{gaps: l.publishers.missing(message.data)}
}

func (l *ledger) repeats(key uint64) bool {
	_, is := l.repeated[key]
	return is
}

// nearest is the first place of a message from there on; it is known to have one.
func (l *ledger) nearest(from int64, key uint64) int64 {
	for l.at(from) != key {
		from++
	}
	return from
}

func (l *ledger) at(place int64) uint64 { return l.entries[place%int64(len(l.entries))].Load() }

func (l *ledger) holds(place int64) bool {
	length := l.length.Load()
	return place < length && place >= length-int64(len(l.entries))
}
