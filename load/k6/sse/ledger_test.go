package sse

import (
	"fmt"
	"testing"
)

// reader is one stream in front of a ledger.
type reader struct {
	ledger  *ledger
	reading reading
}

func readerOf(ledger *ledger) *reader { return &reader{ledger, reading{place: unplaced}} }

func numbered(n int) event {
	return event{id: fmt.Appendf(nil, "%d-0", n), data: fmt.Appendf(nil, "message %d", n)}
}

func nameless(data string) event { return event{data: []byte(data)} }

// given is the sum of the verdicts on these messages.
func (r *reader) given(numbers ...int) verdict {
	var sum verdict
	for _, n := range numbers {
		sum = plus(sum, r.ledger.follow(&r.reading, numbered(n)))
	}
	return sum
}

func (r *reader) told(messages ...string) verdict {
	var sum verdict
	for _, message := range messages {
		sum = plus(sum, r.ledger.follow(&r.reading, nameless(message)))
	}
	return sum
}

func plus(a, b verdict) verdict {
	return verdict{a.gaps + b.gaps, a.duplicate || b.duplicate, a.reordered || b.reordered, a.unchecked || b.unchecked}
}

func expect(t *testing.T, got, want verdict) {
	t.Helper()
	if got != want {
		t.Errorf("the verdict is %+v, not %+v", got, want)
	}
}

func TestLedgerFindsWhatOneStreamIsNotGivenAsTheOthersAre(t *testing.T) {
	for name, each := range map[string]struct {
		given []int
		want  verdict
	}{
		"all, in order":      {[]int{1, 2, 3, 4, 5}, fine},
		"a later entry":      {[]int{3, 4, 5}, fine},
		"a gap":              {[]int{1, 2, 4, 5}, verdict{gaps: 1}},
		"a longer gap":       {[]int{1, 5}, verdict{gaps: 3}},
		"a duplicate":        {[]int{1, 2, 2, 3}, verdict{duplicate: true}},
		"the first, twice":   {[]int{1, 1, 2}, verdict{duplicate: true}},
		"the last, twice":    {[]int{1, 2, 3, 4, 5, 5}, verdict{duplicate: true}},
		"a later duplicate":  {[]int{1, 2, 3, 2, 4}, verdict{duplicate: true}},
		"a swap":             {[]int{1, 3, 2, 4}, verdict{gaps: 1, reordered: true}},
		"one more, unknown":  {[]int{1, 2, 77, 3}, verdict{gaps: 1}},
		"the end is not yet": {[]int{1, 2}, fine},
	} {
		t.Run(name, func(t *testing.T) {
			ledger := newLedger(64)
			expect(t, readerOf(ledger).given(1, 2, 3, 4, 5), fine)
			expect(t, readerOf(ledger).given(each.given...), each.want)
		})
	}
}

func TestLedgerBlamesTheOthersWhereTheFirstWasNotGivenAll(t *testing.T) {
	ledger := newLedger(64)
	first, second := readerOf(ledger), readerOf(ledger)
	expect(t, plus(first.given(1), second.given(1)), fine)
	expect(t, first.given(3, 4), fine)
	expect(t, second.given(2, 3, 4), verdict{gaps: 1})
}

func TestLedgerDoesNotBlameAStreamThatWasReset(t *testing.T) {
	ledger := newLedger(64)
	first, second := readerOf(ledger), readerOf(ledger)
	expect(t, plus(first.given(1, 2), second.given(1)), fine)
	second.reading.excused = true
	expect(t, first.given(3, 4, 5), fine)
	expect(t, second.given(5), fine)
	expect(t, second.given(7), fine) // It is now the first.
	expect(t, first.given(7), fine)
	second.reading.excused = true
	expect(t, second.given(9, 10), fine)
	expect(t, second.given(10), verdict{duplicate: true}) // The excuse was for one message.
}

func TestLedgerDoesNotBlameStreamsThatWereGivenWhatAResetOneMissed(t *testing.T) {
	ledger := newLedger(64)
	ahead, behind := readerOf(ledger), readerOf(ledger)
	expect(t, plus(ahead.given(1), behind.given(1)), fine)
	ahead.reading.excused = true
	expect(t, ahead.given(4, 5), fine)
	expect(t, behind.given(2, 3, 4, 5), fine)
	expect(t, behind.given(77), fine)
	expect(t, ahead.given(6), verdict{gaps: 1})
}

func TestLedgerPlacesALateStreamWhereOthersAre(t *testing.T) {
	ledger := newLedger(64)
	first, late := readerOf(ledger), readerOf(ledger)
	expect(t, first.given(1, 2), fine)
	expect(t, late.given(3, 4), fine) // It is before the others.
	expect(t, first.given(3, 4, 5), fine)
	expect(t, late.given(5, 6), fine)
	expect(t, late.given(8), fine)
	expect(t, first.given(6, 7), verdict{gaps: 1})
}

func TestLedgerBeginsAnewWhereNobodyWasThere(t *testing.T) {
	ledger := newLedger(64)
	first := readerOf(ledger)
	expect(t, first.given(1, 2), fine)
	ledger.leave(&first.reading)
	second, resumed := readerOf(ledger), readerOf(ledger)
	expect(t, second.given(9, 10), fine)
	expect(t, resumed.given(2, 3, 4, 5, 6, 7, 8, 9, 10), fine)
	expect(t, second.given(11, 12), fine)
	expect(t, resumed.given(12), verdict{gaps: 1})
}

func TestLedgerLeavesAStreamThatIsTooFarBehindUnchecked(t *testing.T) {
	ledger := newLedger(4)
	first, behind := readerOf(ledger), readerOf(ledger)
	expect(t, plus(first.given(1), behind.given(1)), fine)
	expect(t, first.given(2, 3, 4, 5, 6, 7, 8, 9, 10), fine)
	expect(t, behind.given(2, 3, 4, 5, 6, 7, 8), verdict{unchecked: true})
	expect(t, behind.given(9, 10, 11), fine)
	expect(t, first.given(11, 12), fine)
	expect(t, behind.given(11), verdict{duplicate: true})
	if len(ledger.places) > 4 {
		t.Errorf("%d places are kept of 4", len(ledger.places))
	}
}

func TestLedgerFollowsInOrderWithoutAllocating(t *testing.T) {
	ledger := newLedger(64)
	first, second := readerOf(ledger), readerOf(ledger)
	message := numbered(1)
	n := 0
	once := func() {
		n++
		message.data = append(message.data[:0], byte(n), byte(n>>8))
		_ = plus(ledger.follow(&first.reading, message), ledger.follow(&second.reading, message))
	}
	for range 1000 {
		once()
	}
	if got := testing.AllocsPerRun(1000, once); got != 0 {
		t.Errorf("%v allocations for two events", got)
	}
}
