package sse

import (
	"bytes"
	"errors"
	"strings"
)

var errChunk = errors.New("the body is not chunked as RFC 9112, section 7.1, says")

type chunkPart int

const (
	chunkSize chunkPart = iota
	chunkExtension
	chunkData
	chunkEnd
	chunkTrailer
	chunkDone
)

// More than any chunk, and no overflow.
const mostChunkBytes = 1 << 40

// chunks undoes chunked transfer coding, wherever it is cut. The zero value is ready.
type chunks struct {
	part chunkPart
	left int64
	// A digit of the size has come.
	sized bool
	// A line of the trailer that is not empty.
	field bool
}

// done is true once the last chunk and its trailer have been read.
func (c *chunks) done() bool { return c.part == chunkDone }

// next returns the first stretch of payload in the bytes, and what comes after it. It does not copy.
func (c *chunks) next(in []byte) (payload, rest []byte, err error) {
	for len(in) > 0 {
		switch c.part {
		case chunkSize:
			in, err = c.size(in)
		case chunkExtension:
			if in = after(in, '\n'); in != nil {
				c.part = chunkData
				if c.left == 0 {
					c.part = chunkTrailer
				}
			}
		case chunkData:
			taken := min(int64(len(in)), c.left)
			if c.left -= taken; c.left == 0 {
				c.part = chunkEnd
			}
			return in[:taken], in[taken:], nil
		case chunkEnd:
			in, err = c.end(in)
		case chunkTrailer:
			in = c.trailer(in)
		case chunkDone:
			return nil, nil, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, nil
}

func (c *chunks) size(in []byte) ([]byte, error) {
	for i, digit := range in {
		value := strings.IndexByte("0123456789abcdef0123456789ABCDEF", digit)
		switch {
		// Some servers pad the size with spaces.
		case c.sized && strings.IndexByte("\r\n; \t", digit) >= 0:
			c.part, c.sized = chunkExtension, false
			return in[i:], nil
		case value < 0 || c.left > mostChunkBytes:
			return nil, errChunk
		}
		c.left, c.sized = 16*c.left+int64(value%16), true
	}
	return nil, nil
}

// end takes the line end that follows a chunk's data, and nothing else.
func (c *chunks) end(in []byte) ([]byte, error) {
	switch in[0] {
	case '\n':
		c.part = chunkSize
	case '\r':
	default:
		return nil, errChunk
	}
	return in[1:], nil
}

func (c *chunks) trailer(in []byte) []byte {
	for i, char := range in {
		switch {
		case char == '\n' && !c.field:
			c.part = chunkDone
			return in[i+1:]
		case char == '\n':
			c.field = false
		case char != '\r':
			c.field = true
		}
	}
	return nil
}

// after returns what follows the first such byte, or nil where there is none; what follows may be empty, and is not nil then.
func after(in []byte, char byte) []byte {
	if i := bytes.IndexByte(in, char); i >= 0 {
		return in[i+1:]
	}
	return nil
}
