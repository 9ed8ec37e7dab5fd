package sse

import (
	"io"
	"sync"
	"syscall"
	"time"
)

// A stream that waits holds no buffer: one is lent to it while it reads.
var readBuffers = sync.Pool{New: func() any { return new([readBytes]byte) }}

// each passes on the body as it comes, in parts that hold until the next, and returns how it ended: io.EOF where it is whole.
// The function is told of the moment when a part came.
func (c *connection) each(take func(part []byte, at time.Time)) error {
	defer c.release()
	part, err := c.own, error(nil)
	for c.own = nil; err == nil; part, err = c.wait() {
		err = c.pass(part, time.Now(), take)
		if err != nil {
			break
		}
	}
	return err
}

func (c *connection) pass(part []byte, at time.Time, take func([]byte, time.Time)) error {
	for c.chunked && len(part) > 0 {
		payload, rest, err := c.chunks.next(part)
		if err != nil {
			return err
		}
		if len(payload) > 0 {
			take(payload, at)
		}
		if c.chunks.done() {
			return io.EOF
		}
		part = rest
	}
	if c.left >= 0 {
		part = part[:min(int64(len(part)), c.left)]
	}
	if len(part) > 0 {
		take(part, at)
	}
	if c.left >= 0 {
		if c.left -= int64(len(part)); c.left == 0 {
			return io.EOF
		}
	}
	return nil
}

// wait returns the next bytes; they hold until it is called again.
func (c *connection) wait() ([]byte, error) {
	if c.raw == nil {
		return c.waitOwn()
	}
	c.release()
	if err := c.raw.Read(c.onReadable); err != nil {
		return nil, err
	}
	if c.err != nil {
		return nil, c.err
	}
	if c.read == 0 {
		return nil, io.EOF
	}
	return c.buffer[:c.read], nil
}

// readNow reads what is there into a buffer that is borrowed for it. It returns false where nothing is, to be called again.
func (c *connection) readNow(fd uintptr) bool {
	c.buffer = readBuffers.Get().(*[readBytes]byte)
	for {
		c.read, c.err = syscall.Read(int(fd), c.buffer[:c.most])
		if c.err != syscall.EINTR {
			break
		}
	}
	if c.err == syscall.EAGAIN {
		c.release()
		return false
	}
	return true
}

func (c *connection) release() {
	if c.buffer != nil {
		readBuffers.Put(c.buffer)
		c.buffer = nil
	}
}

func (c *connection) waitOwn() ([]byte, error) {
	if c.own == nil {
		c.own = make([]byte, min(headBytes, c.most))
	}
	n, err := c.Read(c.own)
	if n > 0 {
		return c.own[:n], nil
	}
	return nil, err
}
