package sse

import (
	"testing"
	"time"
)

func TestStampIsReadAsItWasWritten(t *testing.T) {
	now := time.UnixMicro(1_795_390_949_095_123)
	for _, size := range []int{-1, 0, 20, 1000} {
		message := appendStamped(nil, now, "3x.0", 17, size)
		if len(message) < size {
			t.Errorf("%d bytes were asked for, %d came", size, len(message))
		}
		got, ok := readStamp(message)
		if !ok || got.sentAt != now.UnixMicro() || string(got.publisher) != "3x.0" || got.number != 17 {
			t.Errorf("%q was read as %+v, %v", message, got, ok)
		}
	}
}

func TestOtherMessagesHaveNoStamp(t *testing.T) {
	for _, message := range []string{
		"", "hello", "hello big wide world", `{"order":17}`, "1795390949095123", "1795390949095123 a", "1795390949095123 a 1",
		"1795390949095123 a b ", "1795390949095123 a  ", "1795390949095 a 1 ", "17953909490951234 a 1 ", "17953909490951ab a 1 ",
		" 1795390949095123 a 1 ",
	} {
		if got, ok := readStamp([]byte(message)); ok {
			t.Errorf("%q was read as %+v", message, got)
		}
	}
}
