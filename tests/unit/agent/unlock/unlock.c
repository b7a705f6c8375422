/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys.h"
#include "scratch.h"
#include "weir/unlock/unlock.h"

#define AGENT "00112233445566778899aabbccddeeff"
#define NOW   UINT64_C(2000000000)

static char dir[64], keys_dir[80], key_path[80], other_path[80], used_path[80];
static struct weir_dsse_keys *known;

static int setup(void **state)
{
	char path[100];

	scratch_make(dir);
	snprintf(keys_dir, sizeof(keys_dir), "%s/keys", dir);
	snprintf(key_path, sizeof(key_path), "%s/key", dir);
	snprintf(other_path, sizeof(other_path), "%s/other", dir);
	snprintf(used_path, sizeof(used_path), "%s/used", dir);
	assert_int_equal(mkdir(keys_dir, 0700), 0);
	snprintf(path, sizeof(path), "%s/admin.pem", keys_dir);
	keys_make(key_path, path);
	keys_make(other_path, NULL);
	assert_int_equal(weir_dsse_keys_load(keys_dir, &known), 0);
	assert_int_equal(weir_dsse_keys_count(known), 1);
	return 0;
}

static int teardown(void **state)
{
	weir_dsse_keys_free(known);
	scratch_remove(dir);
	return 0;
}

static struct weir_unlock sample(void)
{
	return (struct weir_unlock){.nonce = {1, 2, 3},
				    .agent = AGENT,
				    .purpose = "upgrade to 2.0",
				    .not_before_s = NOW - 10,
				    .expires_s = NOW + 100,
				    .minutes = 15};
}

static struct weir_buf make(const struct weir_unlock *unlock, const char *key)
{
	struct weir_buf buf = WEIR_BUF_INIT(WEIR_UNLOCK_BYTES_MAX);

	assert_int_equal(weir_unlock_sign(unlock, key, &buf), 0);
	return buf;
}

static int verify(const struct weir_buf *buf, const char *agent, uint64_t now_s,
		  struct weir_unlock *ret)
{
	return weir_unlock_verify(known, buf->data, buf->len, agent, now_s, ret);
}

static void unlock__says_what_was_signed(void **state)
{
	const struct weir_unlock unlock = sample();
	struct weir_unlock got, all = unlock;
	struct weir_buf buf = make(&unlock, key_path), every;

	assert_int_equal(verify(&buf, AGENT, NOW, &got), 0);
	assert_memory_equal(got.nonce, unlock.nonce, sizeof(got.nonce));
	assert_string_equal(got.agent, AGENT);
	assert_string_equal(got.purpose, "upgrade to 2.0");
	assert_int_equal(got.not_before_s, NOW - 10);
	assert_int_equal(got.expires_s, NOW + 100);
	assert_int_equal(got.minutes, 15);
	(void)snprintf(all.agent, sizeof(all.agent), "%s", "*");
	every = make(&all, key_path);
	assert_int_equal(verify(&every, "ffffffffffffffffffffffffffffffff", NOW, &got), 0);
	weir_buf_done(&every);
	weir_buf_done(&buf);
}

static void unlock__holds_for_its_agent_and_its_time(void **state)
{
	const struct weir_unlock unlock = sample();
	struct weir_unlock got = {.minutes = 7};
	struct weir_buf buf = make(&unlock, key_path);

	assert_int_equal(verify(&buf, "ffffffffffffffffffffffffffffffff", NOW, &got), -ENODEV);
	assert_int_equal(verify(&buf, AGENT, NOW - 11, &got), -EKEYEXPIRED);
	assert_int_equal(verify(&buf, AGENT, NOW - 10, &got), 0);
	assert_int_equal(verify(&buf, AGENT, NOW + 99, &got), 0);
	got.minutes = 7;
	assert_int_equal(verify(&buf, AGENT, NOW + 100, &got), -EKEYEXPIRED);
	assert_int_equal(got.minutes, 7); /* untouched */
	weir_buf_done(&buf);
}

static void unlock__of_another_key_is_refused(void **state)
{
	const struct weir_unlock unlock = sample();
	struct weir_unlock got;
	struct weir_buf buf = make(&unlock, other_path);

	assert_int_equal(weir_unlock_decode(buf.data, buf.len, &got), 0);
	assert_int_equal(verify(&buf, AGENT, NOW, &got), -EKEYREJECTED);
	weir_buf_done(&buf);
}

/* Every bit of it counts, and every length. */
static void unlock__altered_is_refused(void **state)
{
	const struct weir_unlock unlock = sample();
	struct weir_unlock got;
	struct weir_buf buf = make(&unlock, key_path);
	size_t len = buf.len;

	for (size_t i = 0; i < len * 8; i++) {
		int r;

		buf.data[i / 8] ^= (char)(1 << i % 8);
		r = verify(&buf, AGENT, NOW, &got);
		assert_true(r == -EKEYREJECTED || r == -EBADMSG || r == -E2BIG);
		buf.data[i / 8] ^= (char)(1 << i % 8);
	}
	for (buf.len = 0; buf.len < len; buf.len++)
		assert_true(verify(&buf, AGENT, NOW, &got) < 0);
	assert_int_equal(verify(&buf, AGENT, NOW, &got), 0);
	weir_buf_done(&buf);
}

static void unlock__out_of_bounds_is_not_signed(void **state)
{
	struct weir_buf buf = WEIR_BUF_INIT(WEIR_UNLOCK_BYTES_MAX);
	struct weir_unlock u[8];

	for (size_t i = 0; i < ARRAY_SIZE(u); i++)
		u[i] = sample();
	u[0].minutes = 0;
	u[1].minutes = WEIR_UNLOCK_MINUTES_MAX + 1;
	u[2].expires_s = u[2].not_before_s;
	u[3].expires_s = u[3].not_before_s + WEIR_UNLOCK_VALID_MAX_S + 1;
	(void)snprintf(u[4].agent, sizeof(u[4].agent), "%s", "somebody");
	(void)snprintf(u[5].agent, sizeof(u[5].agent), "%s", "");
	(void)snprintf(u[6].purpose, sizeof(u[6].purpose), "%s", "");
	(void)snprintf(u[7].purpose, sizeof(u[7].purpose), "%s", "two\nlines");
	for (size_t i = 0; i < ARRAY_SIZE(u); i++)
		assert_int_equal(weir_unlock_sign(&u[i], key_path, &buf), -EINVAL);
	u[0] = sample();
	memset(u[0].purpose, 'x', sizeof(u[0].purpose) - 1); /* the longest there is fits */
	assert_int_equal(weir_unlock_sign(&u[0], key_path, &buf), 0);
	assert_int_equal(verify(&buf, AGENT, NOW, &u[1]), 0);
	assert_string_equal(u[1].purpose, u[0].purpose);
	weir_buf_done(&buf);
}

static void keys__that_are_none_are_an_error(void **state)
{
	struct weir_dsse_keys *keys = NULL;
	char path[100], nowhere[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/broken.pem", keys_dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", file);
	fclose(file);
	assert_int_equal(weir_dsse_keys_load(keys_dir, &keys), -EINVAL);
	assert_null(keys);
	assert_int_equal(unlink(path), 0);
	/* No folder, no keys: nothing is guarded then, so that nobody is locked out. */
	snprintf(nowhere, sizeof(nowhere), "%s/nowhere", dir);
	assert_int_equal(weir_dsse_keys_load(nowhere, &keys), 0);
	assert_int_equal(weir_dsse_keys_count(keys), 0);
	weir_dsse_keys_free(keys);
}

static void used__once(void **state)
{
	struct weir_unlock first = sample(), second = sample();
	struct stat st;

	second.nonce[15] = 9;
	assert_int_equal(weir_unlock_use(used_path, &first, NOW), 0);
	assert_int_equal(weir_unlock_use(used_path, &first, NOW), -EALREADY);
	assert_int_equal(weir_unlock_use(used_path, &second, NOW + 50), 0);
	assert_int_equal(weir_unlock_use(used_path, &first, NOW + 50), -EALREADY);
	assert_int_equal(weir_unlock_use(used_path, &second, NOW + 50), -EALREADY);
	assert_int_equal(stat(used_path, &st), 0);
	assert_int_equal(st.st_size, 16 + 2 * 24);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* A clock that is set back brings nothing to life: what has expired is forgotten, the time is not. */
static void used__time_does_not_go_back(void **state)
{
	struct weir_unlock first = sample(), later = sample();
	struct stat st;

	unlink(used_path);
	later.nonce[0] = 77;
	later.expires_s = NOW + 1000;
	assert_int_equal(weir_unlock_use(used_path, &first, NOW), 0);
	assert_int_equal(weir_unlock_use(used_path, &later, NOW + 500), 0);
	assert_int_equal(stat(used_path, &st), 0);
	assert_int_equal(st.st_size, 16 + 24);
	assert_int_equal(weir_unlock_use(used_path, &first, NOW), -EKEYEXPIRED);
}

static void used__is_bounded_and_not_forgiving(void **state)
{
	struct weir_unlock unlock = sample();
	FILE *file;

	unlink(used_path);
	for (unsigned i = 0; i < 1024; i++) {
		memcpy(unlock.nonce, &i, sizeof(i));
		assert_int_equal(weir_unlock_use(used_path, &unlock, NOW), 0);
	}
	unlock.nonce[15] = 1;
	assert_int_equal(weir_unlock_use(used_path, &unlock, NOW), -ENOSPC);
	file = fopen(used_path, "r+");
	assert_non_null(file);
	fputc('X', file);
	fclose(file);
	assert_int_equal(weir_unlock_use(used_path, &unlock, NOW), -EBADMSG);
}

static void fingerprint__tells_lists_apart(void **state)
{
	const char *const one[] = {"ab", "c"}, *const two[] = {"a", "bc"};
	uint8_t a[WEIR_UNLOCK_FINGERPRINT], b[WEIR_UNLOCK_FINGERPRINT];

	assert_int_equal(weir_unlock_fingerprint(one, 2, a), 0);
	assert_int_equal(weir_unlock_fingerprint(one, 2, b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(weir_unlock_fingerprint(two, 2, b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unlock__says_what_was_signed),
		cmocka_unit_test(unlock__holds_for_its_agent_and_its_time),
		cmocka_unit_test(unlock__of_another_key_is_refused),
		cmocka_unit_test(unlock__altered_is_refused),
		cmocka_unit_test(unlock__out_of_bounds_is_not_signed),
		cmocka_unit_test(keys__that_are_none_are_an_error),
		cmocka_unit_test(used__once),
		cmocka_unit_test(used__time_does_not_go_back),
		cmocka_unit_test(used__is_bounded_and_not_forgiving),
		cmocka_unit_test(fingerprint__tells_lists_apart),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
