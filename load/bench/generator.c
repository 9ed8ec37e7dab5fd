// The load of a benchmark: holds event streams, publishes, and counts every delivery on every stream. In C, so that on one
// core it takes in what a server on another core can send. It knows no server: requests come from outside, and a message is
// found by its mark, `@` and sixteen hex digits, which say when it was due, in nanoseconds.
//
//   generator PORT STREAM_REQUEST PUBLISH_HEAD BEFORE AFTER
//     STREAM_REQUEST   a request's lines, without the empty one     PUBLISH_HEAD   the same, without Content-Length
//     BEFORE, AFTER    what stands around a message in a body; several are put into [ , ]
//
// Commands come line by line, and each is answered by a line of JSON. Times are in seconds, latencies in milliseconds.
//   open COUNT WINDOW EXPECT [HEADER]     open COUNT more streams, WINDOW of them at a time; one is open when its head and EXPECT
//                                         messages have come
//   pace RATE SECONDS BYTES               RATE publishes a second, whether or not answers come: latency counts from when one was due
//   flood INFLIGHT SECONDS BYTES BATCH    as many as answers allow, INFLIGHT at a time, each of BATCH messages
//   close                                 close all streams

#define _GNU_SOURCE
#include "publishers.h"

static void connected(struct connection *connection) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail("connect: %s", strerror(error));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_MOD, connection->fd, &event);
  connection->phase = HEAD;
  if (connection->kind == PUBLISHER) idle[idle_count++] = (int)(connection - publishers);
  else send_all(connection->fd, stream_request, strlen(stream_request));
}

/** Takes what has come, for at most `wait` nanoseconds until the first of it. */
static void turn(uint64_t wait) {
  struct epoll_event events[EVENTS];
  struct timespec timeout = {.tv_sec = (time_t)(wait / 1000000000), .tv_nsec = (long)(wait % 1000000000)};
  int count = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
  for (int index = 0; index < count; index++) {
    struct connection *connection = events[index].data.ptr;
    if (connection->phase == CONNECTING) connected(connection);
    else if (connection->kind == STREAM) read_stream(connection);
    else read_answer(connection);
  }
}

static int any_busy(void) {
  for (int index = 0; index < publisher_count; index++)
    if (publishers[index].busy) return 1;
  return 0;
}

static int impatient(uint64_t now) { return (double)(now - progress_at) / 1e9 > PATIENCE; }

/** So many connections on which publishes can wait for their answers. */
static void prepare_publishers(int count) {
  if (count > MOST_PUBLISHERS) fail("more than %d publishers", MOST_PUBLISHERS);
  while (publisher_count < count) connect_to_server(&publishers[publisher_count++], PUBLISHER);
  for (progress_at = nanoseconds(); idle_count < publisher_count;) {
    turn(10000000);
    if (impatient(nanoseconds())) fail("a publisher got no answer");
  }
}

// ---- commands

static void run_open(int count, int window, int expect, const char *header) {
  static char with_header[8192];
  static const char *without;
  if (without == NULL) without = stream_request;
  sprintf(with_header, "%s%s%s\r\n\r\n", without, *header ? "\r\n" : "", header);
  stream_request = with_header;
  if (stream_count + count > MOST_STREAMS) fail("more than %d streams", MOST_STREAMS);
  int goal = stream_count + count;
  open_count = opening_count = 0;
  expected = expect;
  histogram_clear();
  uint64_t begun = progress_at = nanoseconds();
  while (open_count < count) {
    for (; opening_count < window && stream_count < goal; opening_count++) connect_to_server(&streams[stream_count++], STREAM);
    turn(10000000);
    if (impatient(nanoseconds())) fail("%d of %d streams did not open", count - open_count, count);
  }
  printf("{\"seconds\":%.6f}\n", (double)(nanoseconds() - begun) / 1e9);
}

static void run_close(void) {
  for (int index = 0; index < stream_count; index++) close(streams[index].fd);
  stream_count = 0;
  printf("{}\n");
}

/** @param rate publishes a second, or 0: as many as answers allow */
static void run_publish(double rate, int inflight, double seconds, int bytes, int batch) {
  if (bytes < MARK) fail("a message has at least %d bytes", MARK);
  if ((uint64_t)batch * ((uint64_t)bytes + strlen(before) + strlen(after) + 1) + 2 > MOST_BODY) fail("a batch of more than %d bytes", MOST_BODY);
  prepare_publishers(inflight);
  histogram_clear();
  delivered = 0;
  uint64_t published = 0, begun = nanoseconds(), now = begun, end = begun + (uint64_t)(seconds * 1e9);
  while ((now = nanoseconds()) < end) {
    uint64_t due = now;
    while (idle_count > 0 && (rate == 0 || (due = begun + (uint64_t)((double)published * 1e9 / rate)) <= now)) {
      publish(&publishers[idle[--idle_count]], due, bytes, batch);
      published++;
    }
    turn(rate > 0 && due > now ? due - now : 10000000);
  }
  uint64_t within = delivered, owed = published * (uint64_t)batch * (uint64_t)stream_count;
  double took = (double)(now - begun) / 1e9;
  progress_at = now;
  while ((delivered < owed || any_busy()) && !impatient(nanoseconds())) turn(10000000);
  printf("{\"seconds\":%.6f,\"published\":%llu,\"within\":%llu,\"delivered\":%llu,\"owed\":%llu,", took,
         (unsigned long long)(published * (uint64_t)batch), (unsigned long long)within, (unsigned long long)delivered,
         (unsigned long long)owed);
  printf("\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f}\n", histogram_ms(0.5), histogram_ms(0.99), histogram_ms(0.999));
}

int main(int count, char **words) {
  if (count != 6) fail("PORT STREAM_REQUEST PUBLISH_HEAD BEFORE AFTER");
  server.sin_port = htons((uint16_t)atoi(words[1]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  stream_request = words[2], publish_head = words[3], before = words[4], after = words[5];
  streams = calloc(MOST_STREAMS, sizeof *streams);
  publishers = calloc(MOST_PUBLISHERS, sizeof *publishers);
  poller = epoll_create1(0);
  setvbuf(stdout, NULL, _IOLBF, 0);
  char line[8192];
  while (fgets(line, sizeof line, stdin) != NULL) {
    int many, window, expect, bytes, batch, at = 0;
    double rate, seconds;
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "open %d %d %d %n", &many, &window, &expect, &at) == 3) run_open(many, window, expect, line + at);
    else if (sscanf(line, "pace %lf %lf %d", &rate, &seconds, &bytes) == 3) run_publish(rate, 64, seconds, bytes, 1);
    else if (sscanf(line, "flood %d %lf %d %d", &many, &seconds, &bytes, &batch) == 4) run_publish(0, many, seconds, bytes, batch);
    else if (strcmp(line, "close") == 0) run_close();
    else fail("unknown command: %s", line);
  }
  return 0;
}
