/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed evidence on its way to a console that has no room, refuses, or cannot be reached. The clock is the test's own. */
#include "sync_fixture.h"

#include <sys/stat.h>

#include "reviewers.h"
#include "weir/base/parse.h"
#include "weir/console_client/bring.h"

struct fixture {
	char top[64];
	struct fake_console *console;
	struct weir_http *http;
	struct weir_bring *bring;
	struct weir_buf sealed;
	uint64_t now;
};

static void make_sealed(struct fixture *f)
{
	struct weir_recipients *recipients _cleanup_(weir_recipients_freep) = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);

	weir_reviewer_free(reviewer_new(f->top, "key", &pem));
	assert_int_equal(weir_recipients_new(&recipients), 0);
	assert_int_equal(weir_recipients_add(recipients, pem.data, pem.len), 0);
	f->sealed = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	assert_int_equal(weir_evidence_seal(recipients, "content", 7, &f->sealed), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct weir_http_options http = {.timeout_ns = 20 * WEIR_NSEC_PER_SEC};
	struct weir_bring_options options = {.bearer = "tok"};
	char dir[96];

	scratch_make(f->top);
	(void)snprintf(dir, sizeof(dir), "%s/evidence", f->top);
	assert_int_equal(mkdir(dir, 0700), 0);
	f->console = fake_console_new(NULL);
	f->console->token = "tok";
	http.base = f->console->base;
	assert_int_equal(weir_http_new(&http, &f->http, NULL), 0);
	options.http = f->http;
	options.spool_dir = f->top;
	assert_int_equal(weir_bring_new(&options, &f->bring), 0);
	f->now = WEIR_NSEC_PER_SEC;
	make_sealed(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_buf_done(&f->sealed);
	weir_bring_free(f->bring);
	weir_http_free(f->http);
	fake_console_free(f->console);
	scratch_remove(f->top);
	free(f);
	return 0;
}

static void path_of(const struct fixture *f, unsigned number, char path[static 200])
{
	(void)snprintf(path, 200, "%s/evidence/%064x", f->top, number);
}

static void put(const struct fixture *f, unsigned number, const void *data, size_t len)
{
	char path[200];

	path_of(f, number, path);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, data, len, 0600), 0);
}

static bool is_there(const struct fixture *f, unsigned number)
{
	char path[200];

	path_of(f, number, path);
	return access(path, F_OK) == 0;
}

static uint64_t step(struct fixture *f, int expected)
{
	uint64_t wait = 0;

	assert_int_equal(weir_bring_step(f->bring, f->now, 0, &wait), expected);
	return wait;
}

/* The oldest first; nothing is asked when nothing is there. */
static void bring__brings_and_forgets(void **state)
{
	struct fixture *f = *state;

	assert_true(step(f, 0) == UINT64_MAX);
	put(f, 7, f->sealed.data, f->sealed.len);
	(void)usleep(20000);
	put(f, 3, f->sealed.data, f->sealed.len);
	(void)step(f, 1);
	assert_false(is_there(f, 7));
	assert_true(is_there(f, 3));
	assert_int_equal(f->console->evidence, 1);
	assert_int_equal(f->console->evidence_len, f->sealed.len);
	f->console->evidence_status = 200; /* it has it */
	(void)step(f, 1);
	assert_false(is_there(f, 3));
	assert_true(step(f, 0) == UINT64_MAX);
	assert_int_equal(weir_bring_counters(f->bring)->brought, 2);
	assert_int_equal(f->console->bad_requests, 0);
	assert_string_equal(weir_bring_problem(f->bring), "");
}

/* As long as the console says, and longer by itself; then it is taken. */
static void bring__waits_for_room(void **state)
{
	static const unsigned full[] = {429, 503};
	struct fixture *f = *state;
	uint64_t wait;

	for (unsigned i = 0; i < ARRAY_SIZE(full); i++) {
		put(f, i, f->sealed.data, f->sealed.len);
		f->console->fail = 1;
		f->console->fail_status = full[i];
		f->console->retry_after = "3600";
		(void)step(f, 1);
		assert_true(is_there(f, i));
		assert_non_null(strstr(weir_bring_problem(f->bring), i ? "503" : "429"));
		wait = step(f, 0);
		assert_true(wait >= 3600 * WEIR_NSEC_PER_SEC && wait < 3700 * WEIR_NSEC_PER_SEC);
		f->now += wait - 1;
		assert_int_equal(step(f, 0), 1);
		f->now += 1;
		(void)step(f, 1);
		assert_false(is_there(f, i));
		assert_int_equal(weir_bring_counters(f->bring)->failures, i + 1);
		assert_int_equal(weir_bring_counters(f->bring)->brought, i + 1);
	}
}

/* What would be refused again is forgotten, and counted. */
static void bring__gives_up_what_is_refused(void **state)
{
	static const unsigned never[] = {400, 413};
	struct fixture *f = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(never); i++) {
		put(f, i, f->sealed.data, f->sealed.len);
		f->console->fail = 1;
		f->console->fail_status = never[i];
		(void)step(f, 1);
		assert_false(is_there(f, i));
		assert_int_equal(weir_bring_counters(f->bring)->refused, i + 1);
	}
	assert_true(step(f, 0) == UINT64_MAX);
}

/* Whatever else happens keeps it. */
static void bring__keeps_what_may_be_taken_later(void **state)
{
	static const unsigned later[] = {401, 403, 404, 500, 502};
	struct fixture *f = *state;

	put(f, 0, f->sealed.data, f->sealed.len);
	for (unsigned i = 0; i < ARRAY_SIZE(later); i++) {
		f->console->fail = 1;
		f->console->fail_status = later[i];
		(void)step(f, 1);
		assert_true(is_there(f, 0));
		f->now += step(f, 0);
	}
	f->console->token = "another";
	(void)step(f, 1);
	assert_true(is_there(f, 0));
	fake_console_free(TAKE_PTR(f->console));
	f->now += step(f, 0);
	(void)step(f, 1);
	assert_true(is_there(f, 0));
	assert_int_equal(weir_bring_counters(f->bring)->brought, 0);
}

/* Only what the agent would have put there leaves the machine. */
static void bring__sends_nothing_else(void **state)
{
	struct fixture *f = *state;
	char path[200], other[200];

	put(f, 0, "readable", 8);
	(void)step(f, 1);
	assert_false(is_there(f, 0));
	put(f, 1, "", 0);
	(void)step(f, 1);
	path_of(f, 2, path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	(void)step(f, 1);
	assert_false(is_there(f, 2));
	path_of(f, 3, path);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)step(f, 1);
	assert_int_equal(weir_bring_counters(f->bring)->refused, 4);
	(void)snprintf(other, sizeof(other), "%s/evidence/half.new", f->top);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, other, "half", 4, 0600), 0);
	assert_true(step(f, 0) == UINT64_MAX);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(f->console->requests, 0);
}

/* No folder is no evidence: the agent may never have made one. */
static void bring__without_a_folder(void **state)
{
	struct fixture *f = *state;
	char dir[96];

	(void)snprintf(dir, sizeof(dir), "%s/evidence", f->top);
	assert_int_equal(rmdir(dir), 0);
	assert_true(step(f, 0) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bring__brings_and_forgets, setup, teardown),
		cmocka_unit_test_setup_teardown(bring__waits_for_room, setup, teardown),
		cmocka_unit_test_setup_teardown(bring__gives_up_what_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(bring__keeps_what_may_be_taken_later, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bring__sends_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(bring__without_a_folder, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
