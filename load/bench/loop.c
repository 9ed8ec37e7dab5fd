// The least that any server does: a message comes by POST, and a plain loop sends it to every stream. No channels, no log,
// no heartbeats, no slow readers: what it costs is the kernel's part, and so the limit for all others.
//
//   loop PORT

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 20100, REQUEST = 1 << 16, EVENTS = 512 };

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
static const char ANSWER[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

static int streams[MOST], stream_count;
static char *requests[MOST];
static size_t lengths[MOST];

/** Waits where the reader is slow: sockets here block when written to. */
static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes += sent, length -= (size_t)sent;
  }
}

static void broadcast(const char *message, size_t length) {
  static char block[REQUEST + 16];
  memcpy(block, "data: ", 6);
  memcpy(block + 6, message, length);
  memcpy(block + 6 + length, "\n\n", 2);
  for (int index = 0; index < stream_count; index++) send_all(streams[index], block, length + 8);
}

static void forget(int fd) {
  for (int index = 0; index < stream_count; index++)
    if (streams[index] == fd) streams[index] = streams[--stream_count];
  close(fd);
  free(requests[fd]);
  requests[fd] = NULL;
  lengths[fd] = 0;
}

static void serve(int fd) {
  if (requests[fd] == NULL) requests[fd] = malloc(REQUEST + 1);
  char *request = requests[fd];
  ssize_t length = recv(fd, request + lengths[fd], REQUEST - lengths[fd], MSG_DONTWAIT);
  if (length <= 0) return forget(fd);
  lengths[fd] += (size_t)length;
  request[lengths[fd]] = 0;
  char *body = strstr(request, "\r\n\r\n");
  if (body == NULL) return;
  body += 4;
  if (strncmp(request, "GET ", 4) == 0) {
    send_all(fd, HEAD, sizeof HEAD - 1);
    streams[stream_count++] = fd;
    free(request);
    requests[fd] = NULL;
    lengths[fd] = 0;
    return;
  }
  const char *field = strcasestr(request, "\r\ncontent-length:");
  size_t wanted = field == NULL ? 0 : strtoul(field + 17, NULL, 10);
  if (lengths[fd] - (size_t)(body - request) < wanted) return;
  broadcast(body, wanted);
  send_all(fd, ANSWER, sizeof ANSWER - 1);
  lengths[fd] = 0;
}

int main(int count, char **words) {
  if (count != 2) return 1;
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poller = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(poller, events, EVENTS, -1);
    for (int index = 0; index < ready; index++) {
      if (events[index].data.fd != listener) {
        serve(events[index].data.fd);
        continue;
      }
      for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        if (fd >= MOST) return 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.data.fd = fd;
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
      }
    }
  }
}
