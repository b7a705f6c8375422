/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

/* The calls that our hooks sit on, each as a loop that can be timed. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_BUFFER 65536

/* What the loops work on. Made once; a call's begin() and end() open and close what it needs. */
struct work {
	int folders[2];		 /* local disk, sink */
	struct sockaddr_in peer; /* where datagrams go */
	const char
		*buffers[2]; /* text, binary; BENCH_BUFFER bytes each, without anything sensitive */
	/* Of the call that runs. */
	int folder, fd, other;
	const char *data;
	size_t size;
	uint64_t turn; /* calls made so far */
	pid_t child;
};

enum bench_place { BENCH_LOCAL, BENCH_SINK };
enum bench_content { BENCH_TEXT, BENCH_BINARY };

struct call {
	const char *name;
	int (*begin)(struct work *work, uint64_t turns); /* not timed; NULL: nothing to do */
	int (*once)(struct work *work);			 /* what is timed */
	void (*end)(struct work *work);			 /* not timed; NULL */
	enum bench_place place;
	enum bench_content content;
	size_t size;
	unsigned dear; /* one turn for so many of the cheapest call; 0: 1 */
};

extern const struct call bench_calls[];
extern const size_t bench_n_calls;

/* Every call made here returns 0 or a negative errno. */

#endif
