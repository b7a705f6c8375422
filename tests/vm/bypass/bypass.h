/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BYPASS_H
#define BYPASS_H

/* Ways to bring a file with identifiers to a volume past those who watch the ordinary one. A family is a file with a table of
 * techniques; main.c runs one of them in a process of its own. A technique does its work as well as it can: it goes on after a
 * refusal where a stubborn person would, says on stderr which call was refused, and leaves judging to the runner. */

#include <stddef.h>
#include <sys/types.h>

#include "weir/base/macros.h"

#define BYPASS_BLOCK 4096 /* bytes of a page and of a file system's block */

enum bypass_need {
	BYPASS_EXT4 = 1 << 0,	/* a volume that knows more than FAT */
	BYPASS_DEVICE = 1 << 1, /* the target is a whole disk, its first partition free */
	BYPASS_LABEL = 1 << 2,	/* the source is a labelled file: the single bytes do not tell */
	BYPASS_PARTS =
		1 << 3, /* parts within the limit lie on the volume, the target is their sum */
	BYPASS_OLDER =
		1
		<< 4, /* bypass_go() separates what comes before the agent from what comes after */
	BYPASS_REFLINK = 1 << 5, /* a volume whose files can share blocks */
};

/* What is brought where. */
struct bypass_job {
	const char *
		source; /* a file with a heading and then one identifier a line, after the first comma */
	const char *
		target; /* a file that is not there yet, or a disk; further files are TARGET.something */
	char *data; /* the source's content, writable, len bytes and a zero */
	size_t len;
	off_t place; /* on a disk: this technique's own place, bytes, 2 MiB of room */
};

struct bypass_technique {
	const char *name, *title, *chinese;
	unsigned needs; /* enum bypass_need */
	/* 0: all is written, as far as the kernel says; negative errno: what was refused first. */
	int (*run)(const struct bypass_job *job);
};

struct bypass_family {
	const char *name, *title, *chinese;
	const struct bypass_technique *rows;
	size_t count;
};

extern const struct bypass_family bypass_plain, bypass_small, bypass_race, bypass_async,
	bypass_copy, bypass_alloc, bypass_map, bypass_names, bypass_process, bypass_spaces,
	bypass_device;

/* --- support.c */

/* Says that a call failed with errno; returns it, negative. */
int bypass_refused(const char *call);

/* The first of two outcomes that is a failure. */
int bypass_first(int first, int second);

/* A descriptor (made anew and empty with O_CREAT), or what bypass_refused() returns. */
int bypass_open(const char *path, int flags) _must_use_;

/* Everything at once, at the position or at an offset; a short count is carried on. */
int bypass_write(int fd, const void *data, size_t len) _must_use_;
int bypass_pwrite(int fd, const void *data, size_t len, off_t offset) _must_use_;

/* In pieces, going on after refusals. */
int bypass_write_pieces(int fd, const char *data, size_t len, size_t piece) _must_use_;

/* Syncs and closes; r or the first failure. */
int bypass_close(int fd, int r) _must_use_;

/* TARGET.suffix, until the next call. */
const char *bypass_beside(const struct bypass_job *job, const char *suffix);

/* Line number i, the heading being number 0, with its line feed; NULL after the last. */
const char *bypass_line(const struct bypass_job *job, size_t i, size_t *ret_len);

/* Where in a line of len bytes the identifier begins; its first 15 digits tell whose it is. */
size_t bypass_number(const char *line, size_t len);
#define BYPASS_TELLING 15
#define BYPASS_DIGITS  18

/* Runs it in a child: what it returned, -EINTR when a signal ended it. */
int bypass_child(int (*run)(const struct bypass_job *), const struct bypass_job *job) _must_use_;

/* Runs a program: 0, -ENOENT when it is not there, -ECANCELED when it failed. */
int bypass_program(const char *const *argv) _must_use_;

/* Tells the runner that the first part is done and waits for its word (a byte, or the end) on stdin. */
void bypass_go(void);

#endif
