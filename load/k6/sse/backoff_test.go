package sse

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestBackOffDoublesAndIsJittered(t *testing.T) {
	for _, each := range []struct {
		retry    time.Duration
		failures int
		want     time.Duration
	}{
		{time.Second, 0, time.Second},
		{time.Second, 1, time.Second},
		{time.Second, 2, 2 * time.Second},
		{time.Second, 4, 8 * time.Second},
		{time.Second, 100, mostRetry},
		{time.Hour, 3, time.Hour},
		{0, 5, 0},
	} {
		least, most := time.Duration(1<<62), time.Duration(0)
		for range 1000 {
			got := backOff(each.retry, each.failures)
			least, most = min(least, got), max(most, got)
		}
		if least < each.want*3/4 || most > each.want*5/4 || each.want > 0 && most-least < each.want/4 {
			t.Errorf("%v after %d failures: from %v to %v", each.retry, each.failures, least, most)
		}
	}
}

func TestStreamTakesAHugeRetryForALongOne(t *testing.T) {
	for _, ms := range []int64{mostMs, mostMs + 1, 9_300_000_000_000, 999_999_999_999_999_999} {
		stream := &stream{}
		stream.onRetry(ms)
		if got := backOff(stream.retry, 1); got < 18*time.Hour {
			t.Errorf("retry %d is a wait of %v", ms, got)
		}
	}
}

func TestPauseEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if !pause(ctx, time.Minute-1) || pause(ctx, time.Hour) {
			t.Error("it waits for the time, and not longer than the context")
		}
	})
}
