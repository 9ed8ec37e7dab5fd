package sse

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/http/httputil"
	"strings"
	"testing"
)

// unchunk gives a body to chunks in these parts.
func unchunk(parts ...[]byte) (payload []byte, done bool, err error) {
	var chunks chunks
	for _, part := range parts {
		for len(part) > 0 && !chunks.done() {
			var stretch []byte
			if stretch, part, err = chunks.next(part); err != nil {
				return payload, false, err
			}
			payload = append(payload, stretch...)
		}
	}
	return payload, chunks.done(), nil
}

func TestChunksUndoWhatNetHTTPWrites(t *testing.T) {
	const seed = 6
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		var body bytes.Buffer
		var want []byte
		writer := httputil.NewChunkedWriter(&body)
		for range random.IntN(20) {
			payload := make([]byte, 1+random.IntN(300))
			for i := range payload {
				payload[i] = "\r\n0;a"[random.IntN(5)]
			}
			want = append(want, payload...)
			_, _ = writer.Write(payload)
		}
		_ = writer.Close()
		body.WriteString("\r\n")
		got, done, err := unchunk(cutAnywhere(random, body.Bytes())...)
		if err != nil || !done || !bytes.Equal(got, want) {
			t.Fatalf("%q: got %q (whole: %v, %v), want %q", body.Bytes(), got, done, err, want)
		}
	}
}

func cutAnywhere(random *rand.Rand, whole []byte) (parts [][]byte) {
	for len(whole) > 0 {
		length := 1 + random.IntN(min(len(whole), 40))
		parts = append(parts, whole[:length])
		whole = whole[length:]
	}
	return parts
}

func TestChunksAreReadWhereverTheyAreCut(t *testing.T) {
	for name, body := range map[string]string{
		"plain":             "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
		"bare line feeds":   "3\nabc\n4\ndefg\n0\n\n",
		"extensions":        "3;a=b\r\nabc\r\n4 ; c=\"d;e\"\r\ndefg\r\n0;last\r\n\r\n",
		"leading zeros":     "0003\r\nabc\r\n04\r\ndefg\r\n000\r\n\r\n",
		"padded sizes":      "3  \r\nabc\r\n4\t\r\ndefg\r\n0 \r\n\r\n",
		"a trailer":         "7\r\nabcdefg\r\n0\r\nA: b\r\nC: d\r\n\r\n",
		"bytes after it":    "7\r\nabcdefg\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n",
		"upper, lower case": "A\r\nabcdefg\r\n\r\r\na\r\n0123456789\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			want := "abcdefg"
			if strings.Contains(name, "case") {
				want = "abcdefg\r\n\r0123456789"
			}
			for cut := range len(body) + 1 {
				got, done, err := unchunk([]byte(body[:cut]), []byte(body[cut:]))
				if err != nil || !done || string(got) != want {
					t.Fatalf("cut at %d: got %q (whole: %v, %v)", cut, got, done, err)
				}
			}
		})
	}
}

func TestChunksThatAreNoneAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"an empty size":               "\r\nabc\r\n0\r\n\r\n",
		"an empty size after a chunk": "1\r\na\r\n\r\n",
		"an extension without a size": ";a=b\r\n",
		"a letter out of range":       "g\r\n",
		"a sign":                      "-1\r\n",
		"a prefix":                    "0x1\r\n",
		"a control character":         "\x11\r\na\r\n",
		"a size that overflows":       "10000000000000000\r\n",
		"a longer one":                strings.Repeat("f", 40) + "\r\n",
		"data longer than its size":   "3\r\nabcd\r\n0\r\n\r\n",
		"an event stream as it is":    "data: a\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			for cut := range len(body) {
				if _, done, err := unchunk([]byte(body[:cut]), []byte(body[cut:])); !errors.Is(err, errChunk) {
					t.Fatalf("cut at %d: taken (whole: %v, %v)", cut, done, err)
				}
			}
		})
	}
}

func TestChunksThatHaveNotEndedAreNotDone(t *testing.T) {
	whole := "3\r\nabc\r\n0\r\nA: b\r\n\r\n"
	for cut := range len(whole) {
		if _, done, err := unchunk([]byte(whole[:cut])); done || err != nil {
			t.Fatalf("%q is whole (%v)", whole[:cut], err)
		}
	}
}
