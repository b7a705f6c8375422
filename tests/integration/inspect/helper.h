/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_INSPECT_HELPER_H
#define TEST_INSPECT_HELPER_H

/* Requests made of memory, and their outcomes by cookie. */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/fd.h"
#include "weir/ipc/inspector.h"

#define OUTCOMES 2048

struct outcomes {
	unsigned answered[OUTCOMES]; /* how often */
	struct weir_findings last;
	enum weir_scan_status status[OUTCOMES];
	char reason[OUTCOMES][WEIR_REASON_MAX];
};

static inline void record(void *context, uint64_t cookie, const struct weir_findings *f)
{
	struct outcomes *o = context;

	assert_true(cookie < OUTCOMES);
	o->answered[cookie]++;
	o->status[cookie] = f->status;
	memcpy(o->reason[cookie], f->reason, WEIR_REASON_MAX);
	memcpy(&o->last, f,
	       offsetof(struct weir_findings, findings) + f->count * sizeof(f->findings[0]));
}

static inline int memory_file(const void *data, size_t len)
{
	int fd = memfd_create("request", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(weir_write_full(fd, data, len), 0);
	return fd;
}

/* One round: waits for work, does it. False after 60 s of silence, which only a hang brings about.
 */
static inline bool turn(struct weir_inspector *in)
{
	struct pollfd p = {.fd = weir_inspector_fd(in), .events = POLLIN};

	if (poll(&p, 1, 60000) <= 0)
		return false;
	assert_int_equal(weir_inspector_dispatch(in), 0);
	return true;
}

static inline void drain(struct weir_inspector *in)
{
	while (weir_inspector_pending(in) > 0)
		assert_true(turn(in));
}

#endif
