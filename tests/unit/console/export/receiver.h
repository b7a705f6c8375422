/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_EXPORT_RECEIVER_H
#define WEIR_TEST_CONSOLE_EXPORT_RECEIVER_H

/* A small HTTP server on loopback, in a thread: keeps what came last and answers as it was told. */

#include <pthread.h>
#include <stdatomic.h>

#include "weir/base/buf.h"

struct ssl_ctx_st;

struct receiver {
	struct ssl_ctx_st *tls; /* NULL: in the clear; borrowed */
	const char *answer;	/* a whole response; NULL: "HTTP/1.1 200 OK" with "{}" */
	const char *refused;	/* a body that has it in clear gets 400; NULL: none does */
	int fd;
	char url[64]; /* "http://127.0.0.1:PORT" */
	atomic_uint n_requests;
	struct weir_buf head, body; /* of the last request; read them when the answer has come */
	struct weir_buf
		taken; /* the bodies that were not refused, in a row; read it when all is over */
	pthread_t thread;
};

/* Fills what is not the caller's. */
void receiver_start(struct receiver *receiver);
void receiver_stop(struct receiver *receiver);

#endif
