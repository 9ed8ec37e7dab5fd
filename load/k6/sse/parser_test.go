package sse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// heard writes down what a parser says.
type heard struct{ lines []string }

func (h *heard) onEvent(event event) {
	h.lines = append(h.lines, fmt.Sprintf("%s|%s|%s", event.id, event.name, event.data))
}

func (h *heard) onRetry(ms int64) { h.lines = append(h.lines, fmt.Sprintf("retry %d", ms)) }

// parseParts parses a stream that comes in these parts.
func parseParts(parts ...string) []string {
	heard := &heard{}
	parser := &parser{listener: heard}
	for _, part := range parts {
		parser.parse([]byte(part))
	}
	return heard.lines
}

// The expected lines are "id|name|data" and "retry ms".
var parserRules = []struct {
	rule, stream string
	want         []string
}{
	{"a byte order mark at the start is ignored", "\ufeffdata: a\n\n", []string{"||a"}},
	{"only one is", "\ufeff\ufeffdata: a\n\ndata: b\n\n", []string{"||b"}},
	{"and only at the start", "\n\ufeffdata: a\n\n", nil},
	{"lines end at LF", "data: a\ndata: b\n\n", []string{"||a\nb"}},
	{"at CR", "data: a\rdata: b\r\r", []string{"||a\nb"}},
	{"at CRLF", "data: a\r\ndata: b\r\n\r\n", []string{"||a\nb"}},
	{"at any mix", "data: a\rdata: b\ndata: c\r\n\rdata: d\n\r", []string{"||a\nb\nc", "||d"}},
	{"CRLF is one end", "data: a\r\ndata: b\n\n", []string{"||a\nb"}},
	{"and nowhere else", "data: a\u2028b\vc\u0085\n\n", []string{"||a\u2028b\vc\u0085"}},
	{"a comment is no event", ": hello\n\n:\n\ndata: a\n: b\n\n", []string{"||a"}},
	{"a field without a colon is empty", "data\n\ndata\ndata\n\n", []string{"||", "||\n"}},
	{"one leading space is removed", "data:  a\n\ndata:a\n\ndata:\ta\n\ndata: \n\n", []string{"|| a", "||a", "||\ta", "||"}},
	{"empty data is an event", "data:\n\n", []string{"||"}},
	{"a name alone is none", "event: a\n\ndata: b\n\n", []string{"||b"}},
	{"the name is that of one event", "event: a\ndata: b\n\ndata: c\n\n", []string{"|a|b", "||c"}},
	{"the last name counts", "event: a\nevent: b\ndata: c\n\n", []string{"|b|c"}},
	{"an empty name is the default", "event: a\nevent\ndata: c\n\n", []string{"||c"}},
	{"an id is kept", "id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n", []string{"1||a", "1||b", "2||c"}},
	{"an empty id takes it away", "id: 1\ndata: a\n\nid\ndata: b\n\n", []string{"1||a", "||b"}},
	{"an id with NUL is ignored", "id: 1\ndata: a\n\nid: 2\x003\ndata: b\n\n", []string{"1||a", "1||b"}},
	{"an id without data is kept", "id: 1\n\ndata: a\n\n", []string{"1||a"}},
	{"what has not ended is discarded", "data: a\n\nid: 1\ndata: b\n", []string{"||a"}},
	{"in the middle of a line too", "data: a\n\ndata: b", []string{"||a"}},
	{"retry is of digits", "retry: 10\nretry:7\nretry: 1a\nretry: -1\nretry: 1.5\nretry:  1\nretry\n", []string{"retry 10", "retry 7"}},
	{"of so many that it fits", "retry: 999999999999999999\nretry: 9999999999999999999\n", []string{"retry 999999999999999999"}},
	{"unknown fields are ignored", "Data: a\n data: b\nid : 7\nfoo: bar\ndata: c\n\n", []string{"||c"}},
	{"colons belong to the value", "data: a: b:c\n\n", []string{"||a: b:c"}},
	{"empty lines dispatch nothing", "\n\n\r\r\r\n", nil},
}

func TestParserKeepsTheRulesWhereverTheStreamIsCut(t *testing.T) {
	for _, rule := range parserRules {
		t.Run(rule.rule, func(t *testing.T) {
			for cut := range len(rule.stream) + 1 {
				if got := parseParts(rule.stream[:cut], rule.stream[cut:]); !slices.Equal(got, rule.want) {
					t.Fatalf("cut at %d: got %q, want %q", cut, got, rule.want)
				}
			}
			if got := parseParts(strings.Split(rule.stream, "")...); !slices.Equal(got, rule.want) {
				t.Fatalf("byte by byte: got %q, want %q", got, rule.want)
			}
		})
	}
}

func TestParserGoesOnAfterAnotherConnection(t *testing.T) {
	heard := &heard{}
	parser := &parser{listener: heard}
	parser.parse([]byte("id: 1\ndata: a\n\nid: 2\nevent: cut\ndata: off\r"))
	parser.restart()
	parser.parse([]byte("\ufeffretry: 5\n\ndata: b\n\n"))
	if want := []string{"1||a", "retry 5", "1||b"}; !slices.Equal(heard.lines, want) {
		t.Fatalf("got %q, want %q", heard.lines, want)
	}
}

func TestParserGivesLargeBuffersBack(t *testing.T) {
	parser := &parser{listener: &heard{}}
	parser.parse([]byte("data: " + strings.Repeat("x", 1<<20)))
	parser.shrink(keptBytes)
	if len(parser.line) <= 1<<20 {
		t.Fatal("a line that has not ended was given back")
	}
	parser.parse([]byte("\n\n"))
	parser.shrink(keptBytes)
	if cap(parser.line) > keptBytes || cap(parser.data) > keptBytes {
		t.Fatalf("%d and %d bytes are kept", cap(parser.line), cap(parser.data))
	}
}

type deaf struct{}

func (deaf) onEvent(event) {}
func (deaf) onRetry(int64) {}

func TestParserAllocatesNothingForAnEvent(t *testing.T) {
	parser := &parser{listener: deaf{}}
	whole := []byte("id: 1795390949095-0\nevent: paid\nretry: 10\ndata: {\"order\":17}\ndata: b\n\n")
	once := func() {
		parser.parse(whole[:30])
		parser.parse(whole[30:])
		parser.shrink(keptBytes)
	}
	once()
	if allocations := testing.AllocsPerRun(1000, once); allocations != 0 {
		t.Fatalf("%v allocations for an event", allocations)
	}
}
