package sse

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// step is what a stream is given next: a message, or a reset.
type step struct {
	reset   bool
	message event
}

// history is what each of some streams is given of a log that loses messages now and then. What a stream was given of them
// before they were lost differs, and each is told by a reset. Publishers go on counting.
func history(random *rand.Rand, streams int) [][]step {
	given, numbers, next := make([][]step, streams), make([]uint64, 3), 0
	write := func() step {
		publisher := random.IntN(len(numbers))
		numbers[publisher]++
		next++
		data := appendStamped(nil, time.UnixMicro(1_795_390_949_095_123), fmt.Sprint(publisher), numbers[publisher], 0)
		return step{message: event{id: fmt.Append(nil, next), data: data}}
	}
	for range 1 + random.IntN(4) {
		for range random.IntN(10) {
			kept := write()
			for i := range given {
				given[i] = append(given[i], kept)
			}
		}
		lost := make([]step, random.IntN(5))
		for i := range lost {
			lost[i] = write()
		}
		for i := range given {
			given[i] = append(append(given[i], lost[:random.IntN(len(lost)+1)]...), step{reset: true})
		}
	}
	last := write()
	for i := range given {
		given[i] = append(given[i], last)
	}
	return given
}

func TestLedgerRaisesNoAlarmForMessagesThatResetsSpeakOf(t *testing.T) {
	const seed = 20261126
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 3000 {
		ledger := newLedger(64)
		given := history(random, 1+random.IntN(6))
		readers := make([]*reader, len(given))
		for i := range readers {
			readers[i] = readerOf(ledger)
			// Some come late.
			given[i] = given[i][random.IntN(len(given[i])+1)/2:]
		}
		for left := len(given); left > 0; {
			i := random.IntN(len(given))
			if len(given[i]) == 0 {
				continue
			}
			step := given[i][0]
			if given[i] = given[i][1:]; len(given[i]) == 0 {
				left--
			}
			if step.reset {
				readers[i].reading.excused = true
			} else if got := ledger.follow(&readers[i].reading, step.message); got != fine {
				t.Fatalf("round %d, stream %d, %s: %+v", round, i, step.message.id, got)
			}
		}
	}
}
