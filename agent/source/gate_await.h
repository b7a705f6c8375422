/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_AWAIT_H
#define WEIR_SOURCE_GATE_AWAIT_H

/* Openings that wait for a verdict, and which do: the decision thread's side, without a lock and without allocation. A waiting opening is
 * an entry of a fixed table; the thread goes on with the next event. It ends with the owner's answer or with its time, whichever is first. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/abi/types.h"
#include "weir/source/gate.h"

struct gate_wait {
	int fd; /* of the event; negative: free */
	uint32_t tid;
	uint32_t turn; /* how often this entry was used: an answer to another turn is none */
	uint32_t edition;
	uint16_t row;
	bool closed;
	uint64_t until_ns; /* monotonic */
};

struct gate_waits {
	struct gate_wait entry[WEIR_GATE_WAITS_MAX];
	unsigned used;
};

void gate_waits_init(struct gate_waits *waits);
/* A free entry that is filled like this one, but for its turn. NULL: all are in use. */
struct gate_wait *gate_waits_take(struct gate_waits *waits, const struct gate_wait *as);
/* What the owner is to name in its answer. */
uint32_t gate_wait_number(const struct gate_waits *waits, const struct gate_wait *wait);
/* NULL: it has ended. */
struct gate_wait *gate_waits_find(struct gate_waits *waits, uint32_t number);
/* One whose time is over; NULL: none. */
struct gate_wait *gate_waits_over(struct gate_waits *waits, uint64_t now_ns);
/* When the first of them is over; UINT64_MAX: none waits. */
uint64_t gate_waits_next(const struct gate_waits *waits);
/* The caller has taken fd. */
void gate_wait_end(struct gate_waits *waits, struct gate_wait *wait);

/* The folders, in the order in which they are tried. The owner writes one of two copies and then says which; the thread says which it
 * is reading. */
#define GATE_PLACE_MAX 1024

struct gate_folder {
	char path[WEIR_GATE_FOLDER_MAX];
	uint32_t dev;		    /* st_dev; 0: the folder is not there */
	char place[GATE_PLACE_MAX]; /* where it lies in its file system */
	uint32_t budget_ms;	    /* 0: nothing waits here */
	bool closed;
};

struct gate_folders {
	struct gate_folder list[WEIR_GATE_FOLDERS_MAX];
	size_t n;
	uint32_t edition;
};

struct gate_folders_pair {
	struct gate_folders copy[2];
	_Atomic int now;     /* which of them holds */
	_Atomic int reading; /* which of them the thread looks at; -1: none */
};

/* The thread's: what holds, and not written to until done. */
const struct gate_folders *gate_folders_read(struct gate_folders_pair *pair);
void gate_folders_done(struct gate_folders_pair *pair);
/* The owner's: the copy to fill, once the thread has left it, which it does without waiting for anybody; then it holds. */
struct gate_folders *gate_folders_spare(struct gate_folders_pair *pair);
void gate_folders_swap(struct gate_folders_pair *pair);

/* The first folder that path is below; -1: none, or one where nothing waits. */
int gate_folders_match(const struct gate_folders *folders, const char *path);
/* The same by the place in the file system; place NULL: any folder in that, since nobody knows. */
int gate_folders_match_place(const struct gate_folders *folders, uint32_t dev, const char *place);

#endif
