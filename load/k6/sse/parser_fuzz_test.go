package sse

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// readNaively is the standard's text, word by word, over the whole stream.
func readNaively(stream string) (heard []string) {
	stream = strings.TrimPrefix(stream, "\ufeff")
	stream = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream)
	lines := strings.Split(stream, "\n")
	var id, lastID, name, data string
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			lastID = id
			if data != "" {
				heard = append(heard, fmt.Sprintf("%s|%s|%s", lastID, name, strings.TrimSuffix(data, "\n")))
			}
			name, data = "", ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "event":
			name = value
		case field == "data":
			data += value + "\n"
		case field == "id" && !strings.Contains(value, "\x00"):
			id = value
		case field == "retry" && value != "" && len(value) <= mostDigits && strings.Trim(value, "0123456789") == "":
			ms, _ := strconv.ParseInt(value, 10, 64)
			heard = append(heard, fmt.Sprintf("retry %d", ms))
		}
	}
	return heard
}

func FuzzParserAgreesWithTheStandard(f *testing.F) {
	for _, rule := range parserRules {
		f.Add([]byte(rule.stream), uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		var parts []string
		for part := range slices.Chunk(bytes.Clone(stream), int(step)+1) {
			parts = append(parts, string(part))
		}
		if got, want := parseParts(parts...), readNaively(string(stream)); !slices.Equal(got, want) {
			t.Fatalf("%q in steps of %d: got %q, want %q", stream, int(step)+1, got, want)
		}
	})
}
