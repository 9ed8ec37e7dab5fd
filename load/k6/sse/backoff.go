package sse

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// Browsers' own, where the server says nothing.
	defaultRetry = 3 * time.Second
	mostRetry    = 30 * time.Second
)

// backOff is how long to wait before the next attempt: what the server asked for, twice as long after each that failed, and a
// quarter more or less, so that streams that were lost together do not come back together.
func backOff(retry time.Duration, failures int) time.Duration {
	for range failures - 1 {
		if retry < mostRetry {
			retry = min(2*retry, mostRetry)
		}
	}
	return time.Duration(float64(retry) * (0.75 + rand.Float64()/2))
}

// pause returns false where the context ended before the time.
func pause(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
