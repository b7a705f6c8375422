/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let act for the agent, and what opens the guard. What the kernel makes of it is tried in a guest. */
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

#include "keys.h"
#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/daemon/protect.h"

#define AGENT "00112233445566778899aabbccddeeff"

static char dir[64], config_path[100], keys[100], key_path[100], public_path[120];
static struct weir_config *config;

static void set(const char *key, const char *value)
{
	struct weir_error error = {0};

	if (weir_config_set(config, key, value, true, &error) < 0)
		fail_msg("%s: %s", key, error.text);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(config_path, sizeof(config_path), "%s/agent.yaml", dir);
	snprintf(keys, sizeof(keys), "%s/keys", dir);
	snprintf(key_path, sizeof(key_path), "%s/key", dir);
	snprintf(public_path, sizeof(public_path), "%s/admin.pem", keys);
	assert_int_equal(weir_config_new(&config), 0);
	assert_int_equal(mkdir(keys, 0700), 0);
	put(config_path, "");
	set("protect.keys", keys);
	set("state_dir", dir);
	set("pin_dir", dir);
	return 0;
}

static int teardown(void **state)
{
	weir_config_free(config);
	scratch_remove(dir);
	return 0;
}

/* argv[0] is the program's name. */
static struct weir_protect *begin(char *const *argv, int argc)
{
	const struct weir_protect_start start = {
		.config = config, .config_path = config_path, .argv = argv, .argc = argc};
	struct weir_protect *protect = NULL;

	assert_int_equal(weir_protect_new(&start, &protect), 0);
	return protect;
}

static struct weir_protect *begin_plain(void)
{
	static char *const argv[] = {"weir-agent", NULL};

	return begin(argv, 1);
}

static void fingerprint(char *const *argv, uint8_t ret[static WEIR_ABI_FINGERPRINT])
{
	struct weir_protect *protect _cleanup_(weir_protect_freep) = NULL;
	int argc = 0;

	while (argv[argc])
		argc++;
	protect = begin(argv, argc);
	assert_int_equal(weir_protect_fingerprint(protect, ret), 0);
}

#define FINGERPRINT(ret, ...) fingerprint((char *const[]){"weir-agent", ##__VA_ARGS__, NULL}, ret)

static void protect__is_wanted_with_a_key(void **state)
{
	struct weir_protect *protect = begin_plain();

	assert_int_equal(weir_protect_keys(protect), 0);
	assert_false(weir_protect_wanted(protect));
	weir_protect_free(protect);
	set("protect.mode", "on");
	protect = begin_plain();
	assert_true(weir_protect_wanted(protect));
	weir_protect_free(protect);
	set("protect.mode", "auto");
	keys_make(key_path, public_path);
	protect = begin_plain();
	assert_int_equal(weir_protect_keys(protect), 1);
	assert_true(weir_protect_wanted(protect));
	weir_protect_free(protect);
	set("protect.mode", "off");
	protect = begin_plain();
	assert_false(weir_protect_wanted(protect));
	weir_protect_free(protect);
}

static void protect__a_key_that_is_none(void **state)
{
	static char *const argv[] = {"weir-agent", NULL};
	const struct weir_protect_start start = {
		.config = config, .config_path = config_path, .argv = argv, .argc = 1};
	struct weir_protect *protect = NULL;

	put(public_path, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
	assert_int_equal(weir_protect_new(&start, &protect), -EINVAL);
	assert_null(protect);
}

static void protect__fingerprint_of_arguments(void **state)
{
	uint8_t plain[WEIR_ABI_FINGERPRINT], other[WEIR_ABI_FINGERPRINT];

	FINGERPRINT(plain);
	FINGERPRINT(other, "--remove", "--unlock", "/anything", "--debug");
	assert_memory_equal(plain, other, sizeof(plain));
	FINGERPRINT(other, "--config=/by/another/name", "--unlock=/anything");
	assert_memory_equal(plain, other, sizeof(plain));
	FINGERPRINT(other, "--best-tier", "4");
	assert_memory_not_equal(plain, other, sizeof(plain));
	FINGERPRINT(plain, "--best-tier", "3");
	assert_memory_not_equal(plain, other, sizeof(plain));
	FINGERPRINT(other, "--config");
	FINGERPRINT(plain);
	assert_memory_equal(plain, other, sizeof(plain));
}

/* The same names lead elsewhere, as they do in a root of the caller's own. */
static void protect__fingerprint_of_files(void **state)
{
	uint8_t before[WEIR_ABI_FINGERPRINT], after[WEIR_ABI_FINGERPRINT];
	char moved[120];

	FINGERPRINT(before);
	FINGERPRINT(after);
	assert_memory_equal(before, after, sizeof(before));
	snprintf(moved, sizeof(moved), "%s/moved", dir);
	assert_int_equal(rename(keys, moved), 0);
	assert_int_equal(mkdir(keys, 0700), 0);
	FINGERPRINT(after);
	assert_memory_not_equal(before, after, sizeof(before));
	assert_int_equal(rmdir(keys), 0);
	assert_int_equal(rename(moved, keys), 0);
	FINGERPRINT(after);
	assert_memory_equal(before, after, sizeof(before));
	put(config_path, ""); /* another file in its place */
	FINGERPRINT(after);
	assert_memory_not_equal(before, after, sizeof(before));
}

static void protect__nothing_is_guarded_here(void **state)
{
	struct weir_protect *protect _cleanup_(weir_protect_freep) = begin_plain();

	assert_int_equal(weir_protect_may_act(protect), 0);
}

static struct weir_buf sign(const char *agent)
{
	struct weir_buf bytes = WEIR_BUF_INIT(WEIR_UNLOCK_BYTES_MAX);
	uint64_t now = weir_now_realtime() / WEIR_NSEC_PER_SEC;
	struct weir_unlock unlock = {
		.purpose = "test", .not_before_s = now - 10, .expires_s = now + 100, .minutes = 7};

	snprintf(unlock.agent, sizeof(unlock.agent), "%s", agent);
	assert_int_equal(weir_unlock_sign(&unlock, key_path, &bytes), 0);
	return bytes;
}

static void protect__an_unlock_is_used_once(void **state)
{
	struct weir_protect *protect _cleanup_(weir_protect_freep) = NULL;
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);
	struct weir_unlock unlock = {.minutes = 99};
	char used[100];

	keys_make(key_path, public_path);
	protect = begin_plain();
	bytes = sign(AGENT);
	snprintf(used, sizeof(used), "%s/unlocks-used", dir);
	assert_int_equal(weir_protect_unlock(protect, bytes.data, bytes.len - 1, AGENT, &unlock),
			 -EBADMSG);
	assert_int_equal(weir_protect_unlock(protect, bytes.data, bytes.len,
					     "ffffffffffffffffffffffffffffffff", &unlock),
			 -ENODEV);
	assert_int_equal(unlock.minutes, 99);
	assert_int_equal(access(used, F_OK), -1);
	assert_int_equal(weir_protect_unlock(protect, bytes.data, bytes.len, AGENT, &unlock), 0);
	assert_int_equal(unlock.minutes, 7);
	assert_string_equal(unlock.purpose, "test");
	assert_int_equal(access(used, F_OK), 0);
	assert_int_equal(weir_protect_unlock(protect, bytes.data, bytes.len, AGENT, &unlock),
			 -EALREADY);
}

/* Keys are those of the start: one that is laid beside them later opens nothing. */
static void protect__a_key_that_came_later(void **state)
{
	struct weir_protect *protect _cleanup_(weir_protect_freep) = begin_plain();
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);
	struct weir_unlock unlock;

	keys_make(key_path, public_path);
	bytes = sign("*");
	assert_int_equal(weir_protect_unlock(protect, bytes.data, bytes.len, AGENT, &unlock),
			 -EKEYREJECTED);
}

static void protect__errors_in_words(void **state)
{
	static const int errors[] = {EBADMSG, EKEYREJECTED, ENODEV, EKEYEXPIRED, EALREADY,
				     EPERM,   EACCES,	    ENOKEY, ENOTSUP,	 ENOSPC};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		json_t *refusal = weir_protect_refusal(-errors[i]);
		const char *en = json_string_value(json_object_get(refusal, "error"));
		const char *zh = json_string_value(json_object_get(refusal, "error_zh"));

		assert_string_equal(en, weir_protect_error(-errors[i]));
		assert_int_equal(strcmp(en, zh) != 0, errors[i] != ENOSPC);
		json_decref(refusal);
	}
	assert_string_equal(weir_protect_error(-ENOSPC), strerror(ENOSPC));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(protect__is_wanted_with_a_key),	 TEST(protect__a_key_that_is_none),
		TEST(protect__fingerprint_of_arguments), TEST(protect__fingerprint_of_files),
		TEST(protect__nothing_is_guarded_here),	 TEST(protect__an_unlock_is_used_once),
		TEST(protect__a_key_that_came_later),	 TEST(protect__errors_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
