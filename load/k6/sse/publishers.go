package sse

// publishers is the newest number of each publisher of stamped messages. It finds what nobody was given.
type publishers map[string]uint64

// missing is how many messages of its publisher nobody was given before this one.
func (p publishers) missing(data []byte) int64 {
	stamp, ok := readStamp(data)
	if !ok {
		return 0
	}
	before, known := p[string(stamp.publisher)]
	// An old one may come again where nobody remembers it.
	if known && stamp.number <= before {
		return 0
	}
	p[string(stamp.publisher)] = stamp.number
	if !known {
		return 0
	}
	return int64(stamp.number - before - 1)
}
