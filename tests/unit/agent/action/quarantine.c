/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/action/quarantine.h"
#include "weir/base/fd.h"

static const char text[] = "a list of customers\n";
static char dir[64], store[80], path[80];
static struct weir_quarantine *quarantine;

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(store, sizeof(store), "%s/quarantine", dir);
	snprintf(path, sizeof(path), "%s/list.csv", dir);
	return weir_quarantine_open(store, &quarantine);
}

static int teardown(void **state)
{
	weir_quarantine_free(quarantine);
	scratch_remove(dir);
	return 0;
}

/* A file with an owner, a mode and a time of its own, taken away. */
static struct weir_quarantine_entry take_away(void)
{
	const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1234567, .tv_nsec = 89}};
	struct weir_quarantine_entry entry;
	int fd _cleanup_(weir_closep) = -1;
	uint64_t bytes = 0;

	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0640), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(chown(path, 1234, 5678), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(weir_quarantine_put(quarantine, fd, path, "local-lists", &entry), 0);
	assert_int_equal(weir_quarantine_replace(&entry, fd, &bytes), 0);
	assert_int_equal(bytes, strlen(text));
	return entry;
}

static struct weir_buf content(const char *name)
{
	struct weir_buf buf = WEIR_BUF_INIT(1 << 16);

	assert_int_equal(weir_read_file(AT_FDCWD, name, &buf), 0);
	return buf;
}

static int count(void *context, const struct weir_quarantine_entry *entry)
{
	(*(int *)context)++;
	assert_string_equal(entry->path, path);
	return 0;
}

static int entries(void)
{
	int seen = 0, n = weir_quarantine_list(quarantine, count, &seen);

	assert_int_equal(n, seen);
	return n;
}

static void quarantine__seals_and_explains(void **state)
{
	struct weir_quarantine_entry entry = take_away(), again;
	struct weir_buf words _cleanup_(weir_buf_done) = content(path);
	char sealed[160];
	struct stat st;

	assert_true(memmem(words.data, words.len, entry.id, strlen(entry.id)) != NULL);
	assert_true(strstr(words.data, "local-lists") != NULL);
	assert_true(strstr(words.data, "隔离") != NULL);
	assert_true(strstr(words.data, "quarantined") != NULL);
	assert_null(strstr(words.data, "a list"));
	assert_int_equal(weir_quarantine_get(quarantine, entry.id, &again), 0);
	assert_memory_equal(&again, &entry, sizeof(entry));
	assert_string_equal(entry.path, path);
	assert_string_equal(entry.rule, "local-lists");
	assert_int_equal(entry.size, strlen(text));
	assert_int_equal(entry.uid, 1234);
	assert_int_equal(entry.gid, 5678);
	assert_int_equal(entry.mode, 0640);
	assert_int_equal(entry.mtime_ns, UINT64_C(1234567000000089));
	assert_int_equal(stat(store, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	snprintf(sealed, sizeof(sealed), "%s/%s.sealed", store, entry.id);
	assert_int_equal(stat(sealed, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	{
		struct weir_buf raw _cleanup_(weir_buf_done) = content(sealed);

		assert_null(memmem(raw.data, raw.len, "customers", 9));
	}
	assert_int_equal(entries(), 1);
}

static void quarantine__restores_in_place(void **state)
{
	struct weir_quarantine_entry entry = take_away();
	struct stat st;

	/* By another run of the program: the key was kept. */
	weir_quarantine_free(quarantine);
	assert_int_equal(weir_quarantine_open(store, &quarantine), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), 0);
	{
		struct weir_buf back _cleanup_(weir_buf_done) = content(path);

		assert_int_equal(back.len, strlen(text));
		assert_string_equal(back.data, text);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 5678);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_mtim.tv_sec, 1234567);
	assert_int_equal(entries(), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -ENOENT);
}

static void quarantine__restores_elsewhere(void **state)
{
	struct weir_quarantine_entry entry = take_away();
	char to[96];

	snprintf(to, sizeof(to), "%s/back.csv", dir);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, path), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, to), 0);
	{
		struct weir_buf back _cleanup_(weir_buf_done) = content(to);

		assert_string_equal(back.data, text);
	}
	assert_int_equal(entries(), 0);
}

/* Somebody works on with the name, or has put a link in its place: nothing of that is overwritten. */
static void quarantine__spares_what_lies_there_now(void **state)
{
	struct weir_quarantine_entry entry = take_away();

	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "new work", 8, 0600), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -ESTALE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -ESTALE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -ESTALE);
	assert_int_equal(entries(), 1);
}

static void quarantine__placeholder_that_was_edited(void **state)
{
	struct weir_quarantine_entry entry = take_away();
	int fd _cleanup_(weir_closep) = open(path, O_WRONLY | O_CLOEXEC | O_APPEND);

	assert_int_equal(weir_write_full(fd, "a note", 6), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -ESTALE);
}

/* Unpacked from an old archive: not sealing it would mean to lose it. */
static void quarantine__name_that_is_not_utf8(void **state)
{
	struct weir_quarantine_entry entry;
	char to[96];

	snprintf(path, sizeof(path), "%s/\xb2\xa2\xb7\xa8.csv", dir);
	entry = take_away();
	assert_non_null(strstr(entry.path, "/????.csv"));
	assert_int_equal(weir_quarantine_get(quarantine, entry.id, &entry), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -ESTALE);
	snprintf(to, sizeof(to), "%s/back.csv", dir);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, to), 0);
	{
		struct weir_buf back _cleanup_(weir_buf_done) = content(to);

		assert_string_equal(back.data, text);
	}
}

static void quarantine__forgets(void **state)
{
	struct weir_quarantine_entry entry = take_away();

	assert_int_equal(weir_quarantine_forget(quarantine, entry.id), 0);
	assert_int_equal(entries(), 0);
	assert_int_equal(weir_quarantine_forget(quarantine, entry.id), -ENOENT);
}

static void quarantine__hostile_ids_and_descriptions(void **state)
{
	static const char *const ids[] = {"",
					  "q-",
					  "../etc/passwd",
					  "q-../../../../etc/",
					  "q-0123456789abcdeF",
					  "q-0123456789abcdef0"};
	struct weir_quarantine_entry entry = take_away(), ret;
	char name[160];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_int_equal(weir_quarantine_get(quarantine, ids[i], &ret), -EINVAL);
		assert_int_equal(weir_quarantine_restore(quarantine, ids[i], NULL), -EINVAL);
		assert_int_equal(weir_quarantine_forget(quarantine, ids[i]), -EINVAL);
	}
	snprintf(name, sizeof(name), "%s/%s.json", store, entry.id);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, name, "{\"id\":1}", 8, 0600), 0);
	assert_int_equal(weir_quarantine_get(quarantine, entry.id, &ret), -EBADMSG);
	assert_int_equal(entries(), 0);
}

/* Cut to 32 bits, 2^32 would be root; what is one less changes no owner. */
static void quarantine__owners_that_cannot_be(void **state)
{
	static const char *const owners[] = {"\"uid\":4294967296", "\"uid\":4294967295",
					     "\"uid\":-1",	   "\"gid\":4294967296",
					     "\"gid\":4294967295", "\"mode\":32768"};
	struct weir_quarantine_entry entry = take_away(), ret;
	char name[160], json[1024];

	snprintf(name, sizeof(name), "%s/%s.json", store, entry.id);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		const char *const has[] = {"\"uid\":1", "\"gid\":1", "\"mode\":1"};
		int n = snprintf(
			json, sizeof(json),
			"{\"id\":\"%s\",\"path\":\"/x\",\"rule\":\"r\",\"time_ns\":1,\"size\":1,"
			"\"mtime_ns\":1,\"dev\":1,\"ino\":1",
			entry.id);

		for (size_t k = 0; k < ARRAY_SIZE(has); k++)
			n += snprintf(json + n, sizeof(json) - (size_t)n, ",%s",
				      strncmp(has[k], owners[i], 5) == 0 ? owners[i] : has[k]);
		n += snprintf(json + n, sizeof(json) - (size_t)n, "}");
		assert_int_equal(weir_write_file_atomic(AT_FDCWD, name, json, (size_t)n, 0600), 0);
		assert_int_equal(weir_quarantine_get(quarantine, entry.id, &ret), -EBADMSG);
	}
}

static void quarantine__damage_restores_nothing(void **state)
{
	struct weir_quarantine_entry entry = take_away();
	char name[160], to[96];
	int fd _cleanup_(weir_closep) = -1;

	snprintf(name, sizeof(name), "%s/%s.sealed", store, entry.id);
	assert_int_equal(chmod(name, 0600), 0);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	assert_int_equal(weir_pwrite_full(fd, "x", 1, 20), 0);
	snprintf(to, sizeof(to), "%s/back.csv", dir);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, to), -EBADMSG);
	assert_int_equal(access(to, F_OK), -1);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), -EBADMSG);
	{
		struct weir_buf words _cleanup_(weir_buf_done) = content(path);

		assert_non_null(strstr(words.data, entry.id));
	}
	assert_int_equal(entries(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(quarantine__seals_and_explains),
		TEST(quarantine__restores_in_place),
		TEST(quarantine__restores_elsewhere),
		TEST(quarantine__spares_what_lies_there_now),
		TEST(quarantine__placeholder_that_was_edited),
		TEST(quarantine__name_that_is_not_utf8),
		TEST(quarantine__forgets),
		TEST(quarantine__hostile_ids_and_descriptions),
		TEST(quarantine__owners_that_cannot_be),
		TEST(quarantine__damage_restores_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
