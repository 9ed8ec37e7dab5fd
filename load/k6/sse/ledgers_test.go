package sse

import "testing"

func TestLedgersForgetWhatNobodyListensTo(t *testing.T) {
	var all ledgers
	first := all.of("a", 1)
	if all.of("a", 1) != first {
		t.Fatal("one URL has two ledgers")
	}
	all.release([]string{"a"})
	if all.of("a", 1) != first {
		t.Fatal("it was forgotten while somebody listened")
	}
	all.release([]string{"a", "a"})
	if got := len(all.byURL); got != 0 {
		t.Fatalf("%d are kept", got)
	}
}
