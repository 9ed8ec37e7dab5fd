package sse

import "testing"

// Messages without ids may be the same: a ledger must not take one for the other.

func TestLedgerTakesMessagesThatAreTheSameForSeveral(t *testing.T) {
	ledger := newLedger(64)
	first, second := readerOf(ledger), readerOf(ledger)
	all := []string{"a", "b", "ping", "ping", "c", "ping", "d", "ping", "ping", "e"}
	expect(t, first.told(all...), fine)
	expect(t, second.told(all...), fine)
	expect(t, readerOf(ledger).told("a", "b", "ping", "c", "ping", "d"), verdict{gaps: 1})
	expect(t, readerOf(ledger).told("a", "b", "ping", "ping", "ping", "d"), verdict{gaps: 1})
	expect(t, readerOf(ledger).told("a", "b", "ping", "ping", "ping", "c"), verdict{gaps: 1, reordered: true})
}

func TestLedgerPlacesALateStreamWhereNoOtherMessageIsTheSame(t *testing.T) {
	ledger := newLedger(64)
	first, late := readerOf(ledger), readerOf(ledger)
	expect(t, first.told("ping", "a", "ping", "ping", "b"), fine)
	expect(t, late.told("ping", "c", "ping"), fine) // Before the others.
	expect(t, first.told("ping", "c", "ping", "d", "ping", "e"), fine)
	expect(t, late.told("d", "ping", "e"), fine)
	expect(t, first.told("f", "g"), fine)
	expect(t, late.told("g"), verdict{gaps: 1})
}

func TestLedgerIsNotSureOfThePlaceOfAStreamThatMayBeElsewhere(t *testing.T) {
	ledger := newLedger(64)
	first, late := readerOf(ledger), readerOf(ledger)
	expect(t, first.told("a", "b", "c"), fine)
	// It is the second "b", which the first has not been given yet.
	expect(t, late.told("b", "d"), verdict{unchecked: true})
	expect(t, first.told("b", "d", "e", "f"), fine)
	expect(t, late.told("e", "f", "g"), fine)
	expect(t, first.told("h"), verdict{gaps: 1})
}

func TestLedgerSaysNothingWhereAllMessagesAreTheSame(t *testing.T) {
	ledger := newLedger(8)
	first, late := readerOf(ledger), readerOf(ledger)
	for range 30 {
		got := plus(first.told("ping"), late.told("ping", "ping"))
		got.unchecked = false
		expect(t, got, fine)
	}
}
