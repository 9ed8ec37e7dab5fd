package sse

import "bytes"

// event is a dispatched event. Its slices belong to the parser and hold until the next byte is parsed.
type event struct {
	// Last event ID, which an event inherits from those before it.
	id []byte
	// Empty for the default, "message".
	name []byte
	data []byte
}

// listener is told what a parser finds, in the order of the stream.
type listener interface {
	onEvent(event)
	// The stream said how long to wait before reconnecting.
	onRetry(ms int64)
}

// So many do not overflow.
const mostDigits = 18

var byteOrderMark = []byte("\xef\xbb\xbf")

// parser reads an event stream as WHATWG HTML, section 9.2.6, says. Bytes may come cut anywhere. It allocates nothing for an
// event once its buffers have grown to the size of the largest.
type parser struct {
	listener listener
	// What has come of a line that has not ended.
	line []byte
	// The fields of the event that has not been dispatched.
	data, name []byte
	hasData    bool
	// The id of the event that has not been dispatched, and that of the last one that was: the cursor.
	id, lastEventID []byte
	began           bool
	// The last byte was a carriage return: a line feed after it belongs to the same end of line.
	afterReturn bool
}

// restart makes ready for another connection: an event that was cut off is discarded, its id too. The id of the first event
// there begins with the last event ID, as in browsers, and not empty, as the standard has it: a block that carries a
// retry alone would else take the cursor away.
func (p *parser) restart() {
	p.line, p.data, p.name = p.line[:0], p.data[:0], p.name[:0]
	p.id = append(p.id[:0], p.lastEventID...)
	p.hasData, p.began, p.afterReturn = false, false, false
}

// parse takes the next bytes.
func (p *parser) parse(part []byte) {
	for len(part) > 0 {
		if p.afterReturn {
			p.afterReturn = false
			if part[0] == '\n' {
				part = part[1:]
				continue
			}
		}
		end := endOfLine(part)
		if end < 0 {
			p.line = append(p.line, part...)
			return
		}
		line := part[:end]
		if len(p.line) > 0 {
			p.line = append(p.line, line...)
			line = p.line
		}
		p.afterReturn = part[end] == '\r'
		part = part[end+1:]
		p.endLine(line)
		p.line = p.line[:0]
	}
}

// shrink gives large buffers back, which one large event would else keep for the life of a stream.
func (p *parser) shrink(most int) {
	for _, buffer := range []*[]byte{&p.line, &p.data} {
		if len(*buffer) == 0 && cap(*buffer) > most {
			*buffer = nil
		}
	}
}

func endOfLine(part []byte) int {
	end := bytes.IndexByte(part, '\n')
	before := part
	if end >= 0 {
		before = part[:end]
	}
	if carriageReturn := bytes.IndexByte(before, '\r'); carriageReturn >= 0 {
		return carriageReturn
	}
	return end
}

func (p *parser) endLine(line []byte) {
	if !p.began {
		p.began = true
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	if len(line) == 0 {
		p.dispatch()
		return
	}
	field, value := line, []byte(nil)
	if colon := bytes.IndexByte(line, ':'); colon >= 0 {
		field, value = line[:colon], line[colon+1:]
		if len(value) > 0 && value[0] == ' ' {
			value = value[1:]
		}
	}
	p.take(field, value)
}

func (p *parser) take(field, value []byte) {
	switch string(field) {
	case "data":
		if p.hasData {
			p.data = append(p.data, '\n')
		}
		p.data = append(p.data, value...)
		p.hasData = true
	case "event":
		p.name = append(p.name[:0], value...)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			p.id = append(p.id[:0], value...)
		}
	case "retry":
		if ms, ok := digits(value); ok {
			p.listener.onRetry(ms)
		}
	}
}

// dispatch ends a block. One without data is no event, but its id is kept.
func (p *parser) dispatch() {
	p.lastEventID = append(p.lastEventID[:0], p.id...)
	if p.hasData {
		p.listener.onEvent(event{id: p.lastEventID, name: p.name, data: p.data})
	}
	p.data, p.name, p.hasData = p.data[:0], p.name[:0], false
}

func digits(value []byte) (int64, bool) {
	if len(value) == 0 || len(value) > mostDigits {
		return 0, false
	}
	var number int64
	for _, digit := range value {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		number = 10*number + int64(digit-'0')
	}
	return number, true
}
