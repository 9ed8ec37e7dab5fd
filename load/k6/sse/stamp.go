package sse

import (
	"bytes"
	"strconv"
	"time"
)

// A stamped message begins "<µs since 1970> <publisher> <number> ". A publisher numbers what it sends to one channel from 1
// on, so that a message which nobody was given leaves a hole.
type stamp struct {
	sentAt    int64
	publisher []byte
	number    uint64
}

// appendStamped writes a message of at least that many bytes.
func appendStamped(buffer []byte, now time.Time, publisher string, number uint64, size int) []byte {
	buffer = strconv.AppendInt(buffer, now.UnixMicro(), 10)
	buffer = append(buffer, ' ')
	buffer = append(buffer, publisher...)
	buffer = append(buffer, ' ')
	buffer = strconv.AppendUint(buffer, number, 10)
	buffer = append(buffer, ' ')
	for len(buffer) < size {
		buffer = append(buffer, 'x')
	}
	return buffer
}

func readStamp(data []byte) (stamp, bool) {
	time, rest, ok := bytes.Cut(data, []byte(" "))
	if !ok {
		return stamp{}, false
	}
	publisher, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return stamp{}, false
	}
	number, _, ok := bytes.Cut(rest, []byte(" "))
	sentAt, isTime := digits(time)
	count, isNumber := digits(number)
	// Sixteen digits of microseconds: since 2001, and until 2286.
	return stamp{sentAt, publisher, uint64(count)}, ok && isTime && isNumber && len(time) == 16
}
