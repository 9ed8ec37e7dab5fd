package sse

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// spoil gives what a stream is given of 0 … count-1, and whether that is what it should be. The first and the last two messages
// always come: by them its place is known, and what is missing before them.
func spoil(random *rand.Rand, count int) (given []int, spoilt bool) {
	intact := true
	for n := range count {
		given = append(given, n)
	}
	for range random.IntN(3) {
		at := 2 + random.IntN(len(given)-6)
		switch random.IntN(3) {
		case 0:
			given = slices.Delete(given, at, at+1)
		case 1:
			given = slices.Insert(given, at, given[at])
		case 2:
			given[at], given[at+1] = given[at+1], given[at]
		}
	}
	for n := range count {
		intact = intact && len(given) == count && given[n] == n
	}
	return given, !intact
}

func TestLedgerBlamesWhereAndOnlyWhereSomethingIsWrong(t *testing.T) {
	const seed = 20261125
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 2000 {
		ledger := newLedger(256)
		streams, spoilt := make([][]int, 1+random.IntN(6)), false
		for i := range streams {
			var is bool
			streams[i], is = spoil(random, 40)
			spoilt = spoilt || is
		}
		// A stream that is right, so that what all others do alike is not taken for the sequence.
		streams = append(streams, nil)
		for n := range 40 {
			streams[len(streams)-1] = append(streams[len(streams)-1], n)
		}
		if got := interleaved(random, ledger, streams); (got != fine) != spoilt {
			t.Fatalf("round %d: %+v of %v", round, got, streams)
		}
	}
}

// interleaved gives each stream its messages, in any order among the streams.
func interleaved(random *rand.Rand, ledger *ledger, streams [][]int) (sum verdict) {
	readers, at, left := make([]*reader, len(streams)), make([]int, len(streams)), 0
	for i := range streams {
		readers[i] = readerOf(ledger)
		sum = plus(sum, readers[i].given(streams[i][0]))
		at[i], left = 1, left+len(streams[i])-1
	}
	for left > 0 {
		if i := random.IntN(len(streams)); at[i] < len(streams[i]) {
			sum = plus(sum, readers[i].given(streams[i][at[i]]))
			at[i]++
			left--
		}
	}
	return sum
}

func TestLedgerRaisesNoAlarmForStreamsThatComeAndGo(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		ledger, tip := newLedger(16), 0
		for range 30 {
			reader := readerOf(ledger)
			from := max(0, tip-random.IntN(40))
			// As long as its neighbours, or longer than the ledger remembers.
			for to := from + random.IntN(30); from < to; from++ {
				got := reader.given(from)
				got.unchecked = false
				if got != fine {
					t.Fatalf("%d: %+v", from, got)
				}
			}
			tip = max(tip, from)
			if random.IntN(2) == 0 {
				ledger.leave(&reader.reading)
			}
		}
	}
}

func TestLedgerRaisesNoAlarmForManyStreamsAtOnce(t *testing.T) {
	const streams, messages = 32, 2000
	ledger := newLedger(mostEntries)
	var running sync.WaitGroup
	verdicts := make([]verdict, streams)
	for i := range streams {
		running.Go(func() {
			reader := readerOf(ledger)
			for n := i * 10; n < messages; n++ {
				verdicts[i] = plus(verdicts[i], reader.given(n))
			}
			ledger.leave(&reader.reading)
		})
	}
	running.Wait()
	for i, got := range verdicts {
		if got != fine {
			t.Errorf("stream %d: %+v", i, got)
		}
	}
}
