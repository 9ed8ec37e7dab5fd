// Connections to the server under load: what is known of each, and how one is made.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MARK = 17, MOST_STREAMS = 20000, MOST_PUBLISHERS = 256, MOST_BODY = 1 << 20, BUFFER = 1 << 18, EVENTS = 512 };

// How long nothing may come before what is missing is taken for lost.
static const double PATIENCE = 5;

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("generator: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

enum kind { STREAM, PUBLISHER };
enum phase { CONNECTING, HEAD, BODY };

struct connection {
  enum kind kind;
  enum phase phase;
  int fd;
  // A stream's: how its body is cut, the bytes left of the chunk, how much of a mark has come, and how many messages.
  int chunked, chunk_line;
  size_t chunk_left;
  char mark[MARK];
  int marked;
  uint64_t seen;
  // A publisher's: whether it waits for an answer, and how much of that has come.
  int busy;
  size_t answered;
  char answer[4096];
};

static struct connection *streams, *publishers;
static int stream_count, publisher_count, poller;
static int open_count, opening_count, expected;
static uint64_t delivered, progress_at;
static int idle[MOST_PUBLISHERS], idle_count;

static struct sockaddr_in server = {.sin_family = AF_INET};
static const char *stream_request, *publish_head, *before, *after;

static void connect_to_server(struct connection *connection, enum kind kind) {
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("no more sockets: %s", strerror(errno));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
  *connection = (struct connection){.kind = kind, .phase = CONNECTING, .fd = fd};
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) fail("send: %s", strerror(errno));
    if (sent > 0) bytes += sent, length -= (size_t)sent;
  }
}
