/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_SYNC_FIXTURE_H
#define WEIR_TESTS_SYNC_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_console.h"
#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_client/sync.h"
#include "weir/proto/spool_reader.h"
#include "weir/proto/wire.h"
#include "weir/report/spool.h"
#include "weir/v1/event.pb-c.h"

#define UID_BYTES "0123456789abcdef"

/* Appends n events that carry their own sequence. */
static inline void fill(struct weir_spool *spool, unsigned n)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);

	for (unsigned i = 0; i < n; i++) {
		Weir__V1__Event event = WEIR__V1__EVENT__INIT;

		weir_buf_clear(&buf);
		event.sequence = weir_spool_next_sequence(spool);
		event.rule = "some-rule";
		assert_int_equal(weir_wire_pack(&event.base, &buf), 0);
		assert_int_equal(weir_spool_append(spool, buf.data, buf.len, 0, i == n - 1), 0);
	}
}

static inline uint64_t read_mark(const char *dir)
{
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	uint64_t mark = 0;

	assert_int_equal(weir_spool_reader_new(dir, &reader), 0);
	assert_int_equal(weir_spool_reader_committed(reader, &mark), 0);
	return mark;
}

#endif
