/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_POSTGRES_H
#define WEIR_TEST_CONSOLE_POSTGRES_H

/* A PostgreSQL server of the test's own: a scratch folder under /tmp, a Unix socket in it, no port,
 * nothing of the system's service. Ends with the test, whatever ends that. */

#include <stdbool.h>
#include <sys/types.h>

struct postgres {
	char dir[64]; /* "": none */
	pid_t pid;    /* 0: not running */
	bool durable;
};

/* Makes the folder and the database in it, and starts. durable: what was committed outlives a power
 * cut and not a kill alone, at the price of a disk. 0 or negative errno; words on stderr. */
int postgres_init(struct postgres *pg, bool durable);
/* Starts it again and waits until it answers. */
int postgres_start(struct postgres *pg);
/* SIGKILL, at once, to the server and to whoever works for it. */
void postgres_kill(struct postgres *pg);
/* Stops it and removes the folder. */
void postgres_done(struct postgres *pg);

/* Where tests connect to; schema: a name of their own, made here, or NULL. */
#define POSTGRES_CONNINFO_MAX 256
int postgres_conninfo(const struct postgres *pg, const char *schema,
		      char ret[static POSTGRES_CONNINFO_MAX]);

#endif
