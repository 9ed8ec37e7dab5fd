// The publishers: one request at a time on each connection, and its answer.

#include "streams.h"

static char request[MOST_BODY + 8192];

static void publish(struct connection *publisher, uint64_t due, int bytes, int batch) {
  static char body[MOST_BODY];
  size_t length = 0;
  if (batch > 1) body[length++] = '[';
  for (int count = 0; count < batch; count++) {
    if (count > 0) body[length++] = ',';
    length += (size_t)sprintf(body + length, "%s@%016llx", before, (unsigned long long)due);
    memset(body + length, 'x', (size_t)(bytes - MARK));
    length += (size_t)(bytes - MARK);
    length += (size_t)sprintf(body + length, "%s", after);
  }
  if (batch > 1) body[length++] = ']';
  int head = sprintf(request, "%s\r\nContent-Length: %zu\r\n\r\n", publish_head, length);
  memcpy(request + head, body, length);
  publisher->busy = 1;
  publisher->answered = 0;
  send_all(publisher->fd, request, (size_t)head + length);
}

/** A server may end a connection between two requests (RFC 9112, 9.6). */
static void reconnect(struct connection *publisher) {
  for (int index = 0; index < idle_count; index++)
    if (&publishers[idle[index]] == publisher) idle[index--] = idle[--idle_count];
  close(publisher->fd);
  connect_to_server(publisher, PUBLISHER);
}

static void read_answer(struct connection *publisher) {
  size_t room = sizeof publisher->answer - 1 - publisher->answered;
  ssize_t length = recv(publisher->fd, publisher->answer + publisher->answered, room, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0 && publisher->busy) fail("a publisher's connection was ended by the server");
  if (length <= 0) return reconnect(publisher);
  publisher->answered += (size_t)length;
  publisher->answer[publisher->answered] = 0;
  const char *end = strstr(publisher->answer, "\r\n\r\n");
  if (end == NULL) return;
  if (strncmp(publisher->answer, "HTTP/1.1 2", 10) != 0) fail("a publish was refused: %s", publisher->answer);
  const char *field = strcasestr(publisher->answer, "\r\ncontent-length:");
  size_t whole = (size_t)(end + 4 - publisher->answer) + (field == NULL ? 0 : strtoul(field + 17, NULL, 10));
  if (whole >= sizeof publisher->answer) fail("an answer is longer than %zu bytes", sizeof publisher->answer);
  if (publisher->answered < whole) return;
  publisher->busy = 0;
  if (strcasestr(publisher->answer, "\r\nconnection: close\r\n") != NULL) reconnect(publisher);
  else idle[idle_count++] = (int)(publisher - publishers);
}
