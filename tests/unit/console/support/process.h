/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_PROCESS_H
#define WEIR_TEST_CONSOLE_PROCESS_H

/* Programs as children, and a weir-console in a folder of its own. */

#include <stdint.h>
#include <sys/types.h>

#include "weir/base/buf.h"

struct process_result {
	int status; /* exit status, or 128 + the signal */
	struct weir_buf out, err;
};

void process_result_done(struct process_result *result);

/* Runs argv to its end. 0 or negative errno. */
int process_run(const char *const *argv, struct process_result *ret);

/* Seconds of CPU of a process and of its dead children, or of all living children of a parent with
 * theirs; 0 when there is none. */
double process_cpu(pid_t pid);
double process_children_cpu(pid_t parent);

struct console {
	char dir[64];	 /* made under /tmp */
	char state[96];	 /* dir/state */
	char socket[96]; /* dir/socket */
	char port_file[96];
	char token_file[128];
	char token[80];	      /* the developer's */
	const char *database; /* of --database, borrowed; NULL: the default */
	const char *names;    /* of --server-names, likewise */
	unsigned waiting;     /* of --waiting; 0: the default */
	pid_t pid;	      /* 0: not running */
	uint16_t port;
};

/* Makes the folder. */
int console_init(struct console *console);
/* Starts the program at WEIR_TEST_BIN/weir-console and waits until it answers. */
int console_start(struct console *console, const char *program);
/* Sends the signal, waits; the exit status as in process_result. */
int console_stop(struct console *console, int signal);
/* Stops it when it runs and removes the folder. */
void console_done(struct console *console);

#endif
