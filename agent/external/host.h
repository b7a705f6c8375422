/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EXTERNAL_HOST_H
#define WEIR_EXTERNAL_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/external/external.h"

/* What goes over the socket, one structure each way, the descriptor beside it. */
enum message_type {
	MESSAGE_BUFFER = 1, /* make memory of `number` bytes -> result, memory file */
	MESSAGE_START,	/* run program `number` on the descriptor or the memory -> result, pipe */
	MESSAGE_FINISH, /* -> how it ended */
};

struct message {
	uint32_t type;
	int32_t result;
	uint64_t number;
};

struct running {
	pid_t pid;	   /* 0: none */
	uint64_t deadline; /* monotonic */
	enum weir_external program;
	int complaints; /* its standard error, as far as the pipe took it */
	bool late;	/* killed at its deadline */
};

/* run.c: one program at a time. input is read from its start. *ret_output: the reading end. */
int weir_external_run(struct running *running, const struct weir_external_options *options,
		      enum weir_external program, int input, int *ret_output) _must_use_;
/* Kills it when its deadline is over. */
void weir_external_check(struct running *running);
/* Waits for it a moment, then kills it. What weir_unpack_port.finish says. */
int weir_external_end(struct running *running);

/* host.c: answers until the socket closes; never returns. */
void weir_external_serve(int sock, const struct weir_external_options *options)
	__attribute__((noreturn));

#endif
