/* SPDX-License-Identifier: Apache-2.0 */
#include "spool_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

static void spool__append_and_reopen(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	uint64_t epoch = weir_spool_epoch(spool);
	uint64_t next = 1;

	for (int round = 0; round < 4; round++) {
		assert_int_equal(weir_spool_next_sequence(spool), next);
		append_events(spool, 30, round & 1);
		next += 30;
		weir_spool_free(spool);
		assert_int_equal(read_all(f->dir, 0), next - 1);
		spool = open_spool(f);
		assert_true(weir_spool_epoch(spool) == epoch);
	}
	weir_spool_free(spool);
}

static void spool__permissions(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool _cleanup_(weir_spool_freep) = open_spool(f);
	char path[160];
	struct stat st;

	append_events(spool, 1, 1);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	(void)snprintf(path, sizeof(path), "%s/ack", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0770);
	/* What a start that was cut short left behind is put right by the next. */
	assert_int_equal(chmod(path, 0700), 0);
	weir_spool_free(TAKE_PTR(spool));
	spool = open_spool(f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0770);
	segment_path(f, 1, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void spool__blocks_are_reserved(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool _cleanup_(weir_spool_freep) = NULL;
	char path[160];
	struct stat st;

	f->options.segment_bytes = 128 << 10;
	spool = open_spool(f);
	append_events(spool, 1, 1);
	segment_path(f, 1, path);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size < 4096);
		assert_true((uint64_t)st.st_blocks * 512 >= f->options.segment_bytes);
		/* What is cut off on opening gives its blocks back, and has them again. */
		weir_spool_free(TAKE_PTR(spool));
		assert_int_equal(truncate(path, st.st_size + 3), 0);
		assert_int_equal(truncate(path, st.st_size), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_true((uint64_t)st.st_blocks * 512 < f->options.segment_bytes);
		spool = open_spool(f);
	}
}

/* A segment that is full while the disk is, too, has a successor whose blocks are there. */
static void spool__next_segment_is_reserved(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool _cleanup_(weir_spool_freep) = NULL;
	struct stat spare, st;
	char path[160];

	f->options.segment_bytes = 64 << 10;
	spool = open_spool(f);
	for (unsigned round = 0; round < 3; round++) {
		uint64_t first = 0;

		(void)snprintf(path, sizeof(path), "%s/segment.new", f->dir);
		assert_int_equal(stat(path, &spare), 0);
		assert_int_equal(spare.st_size, 0);
		assert_int_equal(spare.st_mode & 07777, 0640);
		assert_true((uint64_t)spare.st_blocks * 512 >= f->options.segment_bytes);
		while (stat(path, &st) == 0) {
			first = weir_spool_next_sequence(spool);
			append_events(spool, 1, 0);
		}
		segment_path(f, first, path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_ino, spare.st_ino);
		assert_true((uint64_t)st.st_blocks * 512 >= f->options.segment_bytes);
		assert_true(weir_spool_maintain(spool) >= 0);
	}
	/* Whatever lies there otherwise is no segment. */
	(void)snprintf(path, sizeof(path), "%s/segment.new", f->dir);
	weir_spool_free(TAKE_PTR(spool));
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "junk", 4, 0666), 0);
	spool = open_spool(f);
	assert_int_equal(stat(path, &spare), 0);
	assert_int_equal(spare.st_size, 0);
	assert_int_equal(spare.st_mode & 07777, 0640);
}

static void spool__one_writer(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f), *second = NULL;

	assert_int_equal(weir_spool_new(&f->options, &second), -EBUSY);
	assert_null(second);
	weir_spool_free(spool);
	spool = open_spool(f);
	weir_spool_free(spool);
}

static void spool__refuses_bad_lengths(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool _cleanup_(weir_spool_freep) = open_spool(f);
	char *big _cleanup_(freep) = calloc(1, WEIR_SPOOL_EVENT_MAX + 1);

	assert_int_equal(weir_spool_append(spool, big, 0, 0, 0), -EMSGSIZE);
	assert_int_equal(weir_spool_append(spool, big, WEIR_SPOOL_EVENT_MAX + 1, 0, 0), -EMSGSIZE);
	assert_int_equal(weir_spool_append(spool, big, WEIR_SPOOL_EVENT_MAX, 0, 1), 0);
	assert_int_equal(weir_spool_next_sequence(spool), 2);
}

static void spool__bound_keeps_room_for_alerts(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool;
	unsigned plain = 0, alerts = 0;
	int r;

	f->options.max_bytes = 16384;
	spool = open_spool(f);
	while ((r = append_event(spool, 0, 0)) == 0)
		plain++;
	assert_int_equal(r, -ENOSPC);
	assert_true(plain > 50);
	while ((r = append_event(spool, 0, 1)) == 0)
		alerts++;
	assert_int_equal(r, -ENOSPC);
	assert_true(alerts > 5);
	assert_int_equal(drop_count(f->dir, "spool-full"), 1);
	assert_int_equal(drop_count(f->dir, "spool-full-alert"), 1);
	assert_int_equal(read_all(f->dir, 0), plain + alerts);
	/* Room comes back with the reader's mark. */
	commit(f->dir, plain);
	assert_int_equal(weir_spool_maintain(spool), 0);
	assert_int_equal(append_event(spool, 0, 0), 0);
	assert_int_equal(read_all(f->dir, plain + 1), plain + alerts + 1);
	weir_spool_free(spool);
}

static void spool__removes_only_what_is_committed(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool _cleanup_(weir_spool_freep) = open_spool(f);
	uint64_t *before _cleanup_(freep) = NULL, *after _cleanup_(freep) = NULL;
	int n, m;

	append_events(spool, 60, 0);
	n = list_segments(f->dir, &before);
	assert_true(n > 3);
	commit(f->dir, before[2] - 1);
	assert_int_equal(weir_spool_maintain(spool), 0);
	m = list_segments(f->dir, &after);
	assert_int_equal(m, n - 2);
	assert_int_equal(after[0], before[2]);
	free(TAKE_PTR(after));
	/* One short of the end of a segment keeps it. */
	commit(f->dir, before[3] - 2);
	assert_int_equal(weir_spool_maintain(spool), 0);
	assert_int_equal(list_segments(f->dir, &after), m);
	assert_int_equal(read_all(f->dir, before[2]), 60);
}

static void write_mark(struct fixture *f, uint64_t epoch, uint64_t sequence)
{
	struct weir_spool_mark mark = {.epoch = epoch, .sequence = sequence};
	uint8_t bytes[WEIR_SPOOL_MARK_LEN];
	char path[160];

	weir_spool_mark_encode(&mark, bytes);
	(void)snprintf(path, sizeof(path), "%s/ack/committed", f->dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, bytes, sizeof(bytes), 0640), 0);
}

static void spool__does_not_believe_the_mark(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool _cleanup_(weir_spool_freep) = open_spool(f);
	uint64_t *list _cleanup_(freep) = NULL;
	char path[160];
	int n;

	append_events(spool, 40, 0);
	n = list_segments(f->dir, &list);
	write_mark(f, weir_spool_epoch(spool), 41);
	for (int i = 0; i < 3; i++)
		assert_int_equal(weir_spool_maintain(spool), 0);
	assert_int_equal(drop_count(f->dir, "mark-refused"), 1);
	write_mark(f, weir_spool_epoch(spool), UINT64_MAX);
	assert_int_equal(weir_spool_maintain(spool), 0);
	assert_int_equal(drop_count(f->dir, "mark-refused"), 2);
	write_mark(f, weir_spool_epoch(spool) + 1, 10);
	assert_int_equal(weir_spool_maintain(spool), 0);
	(void)snprintf(path, sizeof(path), "%s/ack/committed", f->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(weir_spool_maintain(spool), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(weir_spool_maintain(spool), 0);
	free(TAKE_PTR(list));
	assert_int_equal(list_segments(f->dir, &list), n);
	assert_int_equal(read_all(f->dir, 1), 40);
}

static void spool__knows_kernel_records_again(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);

	for (uint64_t i = 1; i <= 50; i++)
		assert_int_equal(append_event(spool, i * 3, i % 5 == 0), 0);
	assert_int_equal(append_event(spool, 30, 0), -EEXIST);
	weir_spool_free(spool);
	spool = open_spool(f);
	for (uint64_t i = 1; i <= 50; i++)
		assert_int_equal(append_event(spool, i * 3, 0), -EEXIST);
	assert_int_equal(append_event(spool, 4, 0), 0);
	assert_int_equal(append_event(spool, 0, 0), 0);
	assert_int_equal(append_event(spool, 0, 0), 0);
	assert_int_equal(weir_spool_next_sequence(spool), 54);
	weir_spool_free(spool);
}

/* The segments that held them are gone: the state file knows. */
static void spool__knows_kernel_records_of_removed_segments(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	uint64_t *list _cleanup_(freep) = NULL;

	for (uint64_t i = 1; i <= 200; i++)
		assert_int_equal(append_event(spool, 1000 + i, 0), 0);
	commit(f->dir, 200);
	assert_int_equal(weir_spool_maintain(spool), 0);
	assert_int_equal(list_segments(f->dir, &list), 1);
	assert_true(list[0] > 150);
	for (uint64_t i = 201; i <= 220; i++)
		assert_int_equal(append_event(spool, 1000 + i, 0), 0);
	weir_spool_free(spool);
	spool = open_spool(f);
	assert_int_equal(weir_spool_next_sequence(spool), 221);
	for (uint64_t i = 1; i <= 220; i++)
		assert_int_equal(append_event(spool, 1000 + i, 0), -EEXIST);
	assert_int_equal(append_event(spool, 1221, 0), 0);
	weir_spool_free(spool);
}

/* Another boot counts its kernel records anew. */
static void spool__kernel_records_belong_to_a_boot(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);

	for (uint64_t i = 1; i <= 60; i++)
		assert_int_equal(append_event(spool, i, 0), 0);
	commit(f->dir, 40);
	assert_int_equal(weir_spool_maintain(spool), 0);
	weir_spool_free(spool);
	f->options.boot_id = BOOT_2;
	spool = open_spool(f);
	assert_int_equal(weir_spool_next_sequence(spool), 61);
	for (uint64_t i = 1; i <= 60; i++)
		assert_int_equal(append_event(spool, i, 0), 0);
	weir_spool_free(spool);
	spool = open_spool(f);
	assert_int_equal(append_event(spool, 60, 0), -EEXIST);
	weir_spool_free(spool);
	assert_int_equal(read_all(f->dir, 41), 120);
}

static void spool__counts_drops(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	char cause[16];

	append_events(spool, 1, 0);
	weir_spool_count_drop(spool, "ring full\n", 2);
	weir_spool_count_drop(spool, "ring full\n", 3);
	weir_spool_count_drop(spool, "a cause that is much longer than thirty-one bytes", 1);
	assert_int_equal(drop_count(f->dir, "ring_full_"), 5);
	weir_spool_free(spool);
	spool = open_spool(f);
	weir_spool_count_drop(spool, "ring full\n", 1);
	assert_int_equal(drop_count(f->dir, "ring_full_"), 6);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(cause, sizeof(cause), "cause-%d", i);
		weir_spool_count_drop(spool, cause, 1);
	}
	assert_int_equal(drop_count(f->dir, "cause-28"), 1);
	assert_int_equal(drop_count(f->dir, "other"), 71);
	weir_spool_free(spool);
}

static void sleep_us(long us)
{
	struct timespec time = {.tv_nsec = us * 1000};

	(void)nanosleep(&time, NULL);
}

/* Writes until it is killed; synced[0] is the last sequence that append said was on the disk,
 * synced[1] is set when the spool is full, as it may be at once where syncing costs nothing. */
static _Noreturn void write_forever(struct fixture *f, volatile uint64_t *synced)
{
	struct weir_spool *spool = NULL;

	if (weir_spool_new(&f->options, &spool) < 0)
		_exit(1);
	for (;;) {
		uint64_t sequence = weir_spool_next_sequence(spool);

		/* The kernel's sequence is tied to ours: what is read again after a crash is
		 * refused or filled in. */
		int r = append_event(spool, sequence, sequence % 4 == 0);

		if (r == -ENOSPC) {
			synced[1] = 1;
			for (;;)
				pause();
		}
		if (r < 0)
			_exit(2);
		if (sequence % 4 == 0)
			*synced = sequence;
		if (sequence % 64 == 0 && weir_spool_maintain(spool) < 0)
			_exit(3);
	}
}

static void spool__survives_kill(void **state)
{
	struct fixture *f = *state;
	volatile uint64_t *synced =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t committed = 0, before = 0;

	assert_true(synced != MAP_FAILED);
	srandom(20251122);
	for (int round = 0; round < 25; round++) {
		struct weir_spool *spool;
		bool full;
		int status;
		pid_t pid;

		synced[1] = 0;
		pid = fork();
		if (pid == 0)
			write_forever(f, synced);
		assert_true(pid > 0);
		/* It gets somewhere, however slow the machine is, then dies at any moment. */
		while (*synced < before + 8 && !synced[1])
			sleep_us(200);
		sleep_us(random() % 20000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		full = synced[1];
		spool = open_spool(f);
		assert_true(weir_spool_next_sequence(spool) > *synced);
		assert_true(weir_spool_next_sequence(spool) > before || full);
		before = weir_spool_next_sequence(spool) - 1;
		assert_int_equal(read_all(f->dir, committed + 1), before);
		/* The ring brings the last records again: each is known, committed and removed or
		 * not. */
		for (uint64_t i = before > 3000 ? before - 3000 : 1; i <= before; i++)
			assert_int_equal(append_event(spool, i, 0), -EEXIST);
		assert_int_equal(drop_count(f->dir, "spool-damaged"), 0);
		if (before && (round % 2 || full)) {
			committed = WEIR_MAX(committed,
					     before - (uint64_t)random() %
							      WEIR_MIN(before, UINT64_C(50)));
			commit(f->dir, committed);
			assert_int_equal(weir_spool_maintain(spool), 0);
		}
		weir_spool_free(spool);
	}
	assert_true(before > 100);
	(void)munmap((void *)synced, 4096);
}

struct follower {
	char dir[96];
	uint64_t until;
	uint64_t last;
	uint64_t lost, bad;
};

static void *follow(void *context)
{
	struct follower *f = context;
	struct weir_spool_reader *reader = NULL;

	while (weir_spool_reader_new(f->dir, &reader) < 0)
		sleep_us(200);
	while (f->last < f->until) {
		struct weir_spool_record record;
		int r = weir_spool_reader_peek(reader, &record);

		if (r < 0)
			break;
		if (r == 0) {
			sleep_us(100);
			continue;
		}
		if (record.sequence != f->last + 1)
			break;
		f->last = record.sequence;
		weir_spool_reader_advance(reader);
		if (f->last % 100 == 0 && weir_spool_reader_commit(reader, f->last) < 0)
			break;
	}
	f->lost = weir_spool_reader_stats(reader)->lost;
	f->bad = weir_spool_reader_stats(reader)->bad_segments;
	weir_spool_reader_free(reader);
	return NULL;
}

static void spool__reader_follows_writer(void **state)
{
	struct fixture *f = *state;
	struct follower follower = {.until = 5000};
	struct weir_spool *spool;
	pthread_t thread;

	(void)snprintf(follower.dir, sizeof(follower.dir), "%s", f->dir);
	assert_int_equal(pthread_create(&thread, NULL, follow, &follower), 0);
	spool = open_spool(f);
	for (unsigned i = 0; i < follower.until; i++) {
		assert_int_equal(append_event(spool, i + 1, 0), 0);
		if (i % 50 == 0)
			assert_int_equal(weir_spool_maintain(spool), 0);
	}
	weir_spool_free(spool);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(follower.last, follower.until);
	assert_int_equal(follower.lost, 0);
	assert_int_equal(follower.bad, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spool__append_and_reopen),
		TEST(spool__permissions),
		TEST(spool__blocks_are_reserved),
		TEST(spool__next_segment_is_reserved),
		TEST(spool__one_writer),
		TEST(spool__refuses_bad_lengths),
		TEST(spool__bound_keeps_room_for_alerts),
		TEST(spool__removes_only_what_is_committed),
		TEST(spool__does_not_believe_the_mark),
		TEST(spool__knows_kernel_records_again),
		TEST(spool__knows_kernel_records_of_removed_segments),
		TEST(spool__kernel_records_belong_to_a_boot),
		TEST(spool__counts_drops),
		TEST(spool__survives_kill),
		TEST(spool__reader_follows_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
