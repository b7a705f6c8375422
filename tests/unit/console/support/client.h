/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_CLIENT_H
#define WEIR_TEST_CONSOLE_CLIENT_H

/* A client that sends whatever bytes it is told to. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/buf.h"

#define CLIENT_MAX (32 * 1024 * 1024)

/* Connected, or negative errno. */
int client_unix(const char *path);
int client_tcp(uint16_t port);

struct client_reply {
	int status; /* 0: the connection ended without an answer */
	struct weir_buf head, body;
	bool closed; /* the server closed after it */
};

void client_reply_done(struct client_reply *reply);

/* Sends all of data (a peer that closes early is not an error), then reads one answer. 0 or
 * negative errno. */
int client_exchange(int fd, const void *data, size_t len, struct client_reply *ret);
/* Reads one answer. */
int client_read(int fd, struct client_reply *ret);
/* True when the peer has closed or closes within two seconds, without sending more. */
bool client_closed(int fd);

/* GET over a new connection to a Unix socket, with a bearer token (NULL: none). */
int client_get(const char *path, const char *token, const char *target, struct client_reply *ret);
/* POST of a batch to /v1/events over a new connection. */
int client_post(const char *path, const struct weir_buf *batch, struct client_reply *ret);

#endif
