/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_SPOOL_FIXTURE_H
#define WEIR_TESTS_SPOOL_FIXTURE_H

/* A spool in a folder of its own, and what the tests of the writer ask of it. The text of event n
 * is "event n" and padding. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/proto/spool_reader.h"
#include "weir/report/spool.h"

#define BOOT_1 "11111111-1111-1111-1111-111111111111"
#define BOOT_2 "22222222-2222-2222-2222-222222222222"

struct fixture {
	char top[64];
	char dir[96];
	struct weir_spool_options options;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(f->top);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/spool", f->top);
	f->options = (struct weir_spool_options){
		.dir = f->dir, .max_bytes = 1 << 20, .segment_bytes = 1024, .boot_id = BOOT_1};
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	scratch_remove(f->top);
	free(f);
	return 0;
}

static inline struct weir_spool *open_spool(struct fixture *f)
{
	struct weir_spool *spool = NULL;

	assert_int_equal(weir_spool_new(&f->options, &spool), 0);
	return spool;
}

static inline size_t event_text(uint64_t sequence, char ret[static 128])
{
	return (size_t)snprintf(ret, 128, "event %d %.*s", (int)sequence, (int)(sequence % 60),
				"............................................................");
}

static inline int append_event(struct weir_spool *spool, uint64_t kernel_seq, int sync)
{
	char text[128];
	size_t len = event_text(weir_spool_next_sequence(spool), text);

	return weir_spool_append(spool, text, len, kernel_seq, sync);
}

static inline void append_events(struct weir_spool *spool, unsigned n, int sync)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(append_event(spool, 0, sync), 0);
}

/* Reads from a sequence (0: the oldest) to the end, requires order, no gap and the right bytes;
 * returns the last one read. */
static inline uint64_t read_all(const char *dir, uint64_t from)
{
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	struct weir_spool_record record;
	uint64_t last = from ? from - 1 : 0;
	int r = weir_spool_reader_new(dir, &reader);

	if (r == -ENOENT)
		return last;
	assert_int_equal(r, 0);
	if (from)
		assert_int_equal(weir_spool_reader_seek(reader, from), 0);
	while ((r = weir_spool_reader_peek(reader, &record)) > 0) {
		char text[128];
		size_t len = event_text(record.sequence, text);

		if (last)
			assert_int_equal(record.sequence, last + 1);
		assert_int_equal(record.len, len);
		assert_memory_equal(record.data, text, len);
		last = record.sequence;
		weir_spool_reader_advance(reader);
	}
	assert_int_equal(r, 0);
	return last;
}

static inline void commit(const char *dir, uint64_t sequence)
{
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	assert_int_equal(weir_spool_reader_new(dir, &reader), 0);
	assert_int_equal(weir_spool_reader_commit(reader, sequence), 0);
}

static inline uint64_t drop_count(const char *dir, const char *cause)
{
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	struct weir_spool_drop drops[WEIR_SPOOL_DROPS_MAX];
	int n;

	assert_int_equal(weir_spool_reader_new(dir, &reader), 0);
	n = weir_spool_reader_drops(reader, drops);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++)
		if (strcmp(drops[i].cause, cause) == 0)
			return drops[i].count;
	return 0;
}

static inline int list_segments(const char *dir, uint64_t **ret)
{
	int fd _cleanup_(weir_closep) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return weir_spool_list(fd, ret);
}

static inline void segment_path(struct fixture *f, uint64_t first, char ret[static 160])
{
	char name[WEIR_SPOOL_NAME_LEN];

	weir_spool_segment_name(first, name);
	(void)snprintf(ret, 160, "%s/%s", f->dir, name);
}

#endif
