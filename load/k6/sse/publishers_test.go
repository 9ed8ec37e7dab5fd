package sse

import (
	"testing"
	"time"
)

func stampedBy(publisher string, numbers ...uint64) (messages []string) {
	for _, n := range numbers {
		messages = append(messages, string(appendStamped(nil, time.UnixMicro(1_795_390_949_095_123), publisher, n, 0)))
	}
	return messages
}

func TestLedgerFindsWhatNobodyWasGivenByTheNumbers(t *testing.T) {
	ledger := newLedger(64)
	first, second := readerOf(ledger), readerOf(ledger)
	expect(t, first.told(stampedBy("a", 7, 8)...), fine)
	expect(t, first.told(stampedBy("b", 1, 2)...), fine)
	expect(t, first.told(stampedBy("a", 11)...), verdict{gaps: 2})
	expect(t, first.told(stampedBy("b", 3)...), fine)
	expect(t, second.told(stampedBy("a", 11)...), fine)
	expect(t, second.told(stampedBy("b", 3, 4, 6)...), verdict{gaps: 1})
	expect(t, first.told(stampedBy("b", 4, 6)...), fine) // One of them has been blamed.
}

func TestLedgerExcusesEveryPublisherAfterAReset(t *testing.T) {
	ledger := newLedger(64)
	first := readerOf(ledger)
	expect(t, first.told(stampedBy("a", 1)...), fine)
	expect(t, first.told(stampedBy("b", 1)...), fine)
	first.reading.excused = true
	expect(t, first.told(stampedBy("a", 5)...), fine)
	expect(t, first.told(stampedBy("b", 9)...), fine)
	expect(t, first.told(stampedBy("b", 11)...), verdict{gaps: 1})
}

func TestLedgerExcusesEveryPublisherWhereNobodyWasThere(t *testing.T) {
	ledger := newLedger(64)
	first, second := readerOf(ledger), readerOf(ledger)
	expect(t, first.told(stampedBy("a", 1)...), fine)
	expect(t, first.told(stampedBy("b", 1)...), fine)
	ledger.leave(&first.reading)
	expect(t, second.told(stampedBy("a", 5)...), fine)
	expect(t, second.told(stampedBy("b", 9)...), fine)
}

func TestLedgerTakesOldNumbersForNoNewBeginning(t *testing.T) {
	ledger := newLedger(2)
	first := readerOf(ledger)
	expect(t, first.told(stampedBy("a", 1, 2, 3, 4, 5, 6)...), fine)
	expect(t, first.told(stampedBy("a", 2)...), fine) // Forgotten by the ledger.
	expect(t, first.told(stampedBy("a", 7)...), fine)
}
