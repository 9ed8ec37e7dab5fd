// The streams: every block that comes is taken apart, and every mark in it is a delivery.

#include "connections.h"
#include "histogram.h"

static void note_open(struct connection *stream) {
  if (stream->phase != BODY || stream->seen != (uint64_t)expected || opening_count == 0) return;
  open_count++;
  opening_count--;
}

static void deliver(struct connection *stream, uint64_t now) {
  uint64_t due = 0;
  for (int digit = 1; digit < MARK; digit++) {
    int c = stream->mark[digit];
    due = due << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  stream->marked = 0;
  stream->seen++;
  delivered++;
  histogram_add(now > due ? now - due : 0);
  if (opening_count > 0) note_open(stream);
}

static void scan(struct connection *stream, const char *bytes, const char *end, uint64_t now) {
  while (bytes < end) {
    if (stream->marked == 0 && (bytes = memchr(bytes, '@', (size_t)(end - bytes))) == NULL) return;
    int wanted = MARK - stream->marked, there = end - bytes < wanted ? (int)(end - bytes) : wanted;
    memcpy(stream->mark + stream->marked, bytes, (size_t)there);
    stream->marked += there;
    bytes += there;
    if (stream->marked == MARK) deliver(stream, now);
  }
}

// RFC 9112, 7.1: a line with the size in hex, so many bytes, an empty line.
static void scan_chunks(struct connection *stream, const char *bytes, const char *end, uint64_t now) {
  while (bytes < end) {
    if (stream->chunk_left > 0) {
      size_t there = (size_t)(end - bytes) < stream->chunk_left ? (size_t)(end - bytes) : stream->chunk_left;
      scan(stream, bytes, bytes + there, now);
      bytes += there;
      stream->chunk_left -= there;
      continue;
    }
    // `chunk_line` holds the size read so far, and 1 above it, so that the empty line before a size is told from its end.
    int c = *bytes++;
    if (c == '\n') {
      if (stream->chunk_line > 1) stream->chunk_left = (size_t)stream->chunk_line - 1, stream->chunk_line = 0;
    } else if (c != '\r') {
      int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
      stream->chunk_line = (stream->chunk_line > 0 ? stream->chunk_line - 1 : 0) * 16 + digit + 1;
    }
  }
}

static char buffer[BUFFER + 1];

// Looks at the head without taking it until all of it is there.
static int take_head(struct connection *stream) {
  ssize_t length = recv(stream->fd, buffer, BUFFER, MSG_PEEK);
  if (length == 0) fail("a connection was ended before anything came over it");
  if (length < 0) return 0;
  buffer[length] = 0;
  char *end = strstr(buffer, "\r\n\r\n");
  if (end == NULL) return 0;
  end[2] = 0;
  if (strncmp(buffer, "HTTP/1.1 200 ", 13) != 0) fail("a stream was refused: %s", buffer);
  stream->chunked = strcasestr(buffer, "\r\ntransfer-encoding: chunked\r\n") != NULL;
  stream->phase = BODY;
  if (recv(stream->fd, buffer, (size_t)(end + 4 - buffer), 0) < 0) fail("recv: %s", strerror(errno));
  note_open(stream);
  return 1;
}

static void read_stream(struct connection *stream) {
  if (stream->phase == HEAD && !take_head(stream)) return;
  ssize_t length = recv(stream->fd, buffer, BUFFER, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) fail("a stream was ended by the server after %llu messages", (unsigned long long)stream->seen);
  uint64_t now = nanoseconds();
  progress_at = now;
  (stream->chunked ? scan_chunks : scan)(stream, buffer, buffer + length, now);
}
