/* SPDX-License-Identifier: Apache-2.0 */
/* weir unlock, weir quarantine and weir doctor, with the agent's own answers behind a socket, in both languages. */

#include "run.h"

#include <signal.h>

#include "keys.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/daemon/answers.h"
#include "weir/daemon/protect.h"
#include "weir/daemon/quarantine.h"

#define SOCKET	  "control.sock"
#define NO_ENTRY  "q-0123456789abcdef"
#define TRIES	  6000
#define STEP_USEC 10000

static pid_t server;

struct agent {
	struct weir_config *config;
	struct weir_protect *protect;
	struct weir_quarantine *quarantine;
};

static json_t *unlock(const struct agent *agent, const json_t *arguments)
{
	const char *text = json_string_value(json_object_get(arguments, "unlock"));
	uint8_t bytes[WEIR_UNLOCK_BYTES_MAX];
	struct weir_unlock taken;
	int n = weir_unhex(text, bytes, sizeof(bytes));
	int r = n < 0 ? n
		      : weir_protect_unlock(agent->protect, bytes, (size_t)n,
					    "00112233445566778899aabbccddeeff", &taken);

	return r < 0 ? weir_protect_refusal(r) : json_pack("{s:i}", "minutes", (int)taken.minutes);
}

/* Closes were seen to be told, and then not tried again. */
static json_t *doctor(const struct agent *agent)
{
	static struct weir_pipeline_status status = {
		.file_tier = WEIR_ABI_TIER_SCAN,
		.net_tier = WEIR_ABI_TIER_SCAN,
		.watching = true,
		.n_evidence = 1,
		.evidence = {{.hook = WEIR_ABI_HOOK_FANOTIFY_CLOSE,
			      .attached = true,
			      .passed_clean = true,
			      .at_ns = 2 * WEIR_NSEC_PER_SEC,
			      .untried_ns = 3 * WEIR_NSEC_PER_SEC,
			      .text = "seen"}}};
	const struct weir_answer_facts facts = {.status = &status,
						.config = agent->config,
						.policy_error = "",
						.policy_refused = "",
						.lsm = "",
						.kernel = "6.12.1-test"};

	return weir_answer_doctor(&facts);
}

static json_t *reply(void *context, const struct weir_control_request *request)
{
	const struct agent *agent = context;

	if (strcmp(request->name, "quarantine") == 0)
		return weir_answer_quarantine(agent->quarantine, request);
	if (strcmp(request->name, "doctor") == 0)
		return doctor(agent);
	if (strcmp(request->name, "lock") == 0)
		return json_pack("{s:i}", "minutes", 0);
	return strcmp(request->name, "unlock") == 0 ? unlock(agent, request->arguments) : NULL;
}

/* name: in the working directory */
static int set(struct weir_config *config, const char *key, const char *name)
{
	struct weir_error error;
	char path[200], cwd[100];

	if (!getcwd(cwd, sizeof(cwd)))
		return -errno;
	snprintf(path, sizeof(path), "%s/%s", cwd, name);
	return weir_config_set(config, key, path, true, &error);
}

/* Never returns; ended by a signal. */
static void serve(void)
{
	static char *const argv[] = {"weir-agent", NULL};
	struct weir_protect_start start = {.config_path = "in", .argv = argv, .argc = 1};
	struct weir_config *config = NULL;
	struct weir_control *control = NULL;
	struct weir_loop *loop = NULL;
	struct agent agent = {0};

	if (weir_config_new(&config) < 0 || set(config, "protect.keys", "keys") < 0 ||
	    set(config, "state_dir", "state") < 0)
		_exit(90);
	start.config = agent.config = config;
	if (weir_protect_new(&start, &agent.protect) < 0 ||
	    weir_quarantine_open("quarantine", &agent.quarantine) < 0 || weir_loop_new(&loop) < 0 ||
	    weir_control_new(SOCKET, loop, reply, &agent, &control) < 0)
		_exit(91);
	_exit(weir_loop_run(loop) < 0 ? 92 : 0);
}

static int set_up(void **state)
{
	if (scratch_begin(state) < 0)
		return -1;
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	setenv("LANG", "C", 1);
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(mkdir("keys", 0700), 0);
	keys_make("key", "keys/admin.pem");
	server = fork();
	if (server == 0)
		serve();
	for (int i = 0; i < TRIES && access(SOCKET, F_OK) < 0; i++)
		usleep(STEP_USEC);
	return access(SOCKET, F_OK);
}

static int tear_down(void **state)
{
	int status;

	(void)kill(server, SIGKILL);
	if (waitpid(server, &status, 0) != server || !WIFSIGNALED(status))
		return -1;
	return scratch_end(state);
}

static void expect(struct ran ran, int status, const char *out, const char *err)
{
	assert_string_equal(text_of(&ran.out), out);
	assert_string_equal(text_of(&ran.err), err);
	assert_int_equal(ran.status, status);
	ran_done(&ran);
}

static void unlock__opens_and_closes(void **state)
{
	expect(RUN(NULL, "unlock", "--sign", "key", "--purpose", "test", "--minutes", "7", "order"),
	       0, "", "");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "order"), 0,
	       "the guard is open for 7 minutes\n", "");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "order"), 1, "",
	       "weir unlock: refused: it was used before\n");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "--close"), 0, "the guard is closed\n", "");
	setenv("LANG", "zh_CN.UTF-8", 1);
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "order"), 1, "",
	       "weir unlock：被拒绝：已经用过\n");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "--close"), 0, "自我保护已关闭，重新生效\n",
	       "");
	expect(RUN(NULL, "unlock", "--sign", "key", "--purpose", "p", "second"), 0, "", "");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "second"), 0, "自我保护已开放 30 分钟\n",
	       "");
}

static void unlock__refused(void **state)
{
	expect(RUN(NULL, "unlock", "--sign", "key", "--purpose", "test", "--agent",
		   "ffffffffffffffffffffffffffffffff", "order"),
	       0, "", "");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "order"), 1, "",
	       "weir unlock: refused: it is for another agent\n");
	scratch_file("order", "nonsense");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "order"), 1, "",
	       "weir unlock: refused: it is no signed unlock\n");
	expect(RUN(NULL, "unlock", "--socket", SOCKET, "nowhere"), 2, "",
	       "weir unlock: nowhere: No such file or directory\n");
	expect(RUN(NULL, "unlock", "--socket", "nobody", "order"), 2, "",
	       "weir unlock: no answer at nobody: No such file or directory\n");
}

static void unlock__wrong_usage(void **state)
{
	static const char *const wrong[][6] = {
		{"unlock"},
		{"unlock", "one", "two"},
		{"unlock", "--close", "one"},
		{"unlock", "--close", "--sign", "key"},
		{"unlock", "--minutes", "many", "one"},
		{"unlock", "--no-such-option"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct ran ran = run_weir(NULL, wrong[i]);

		assert_int_equal(ran.status, 2);
		assert_string_equal(text_of(&ran.out), "");
		assert_non_null(strstr(text_of(&ran.err), "wrong usage"));
		ran_done(&ran);
	}
	/* Signed is only what an agent would take. */
	expect(RUN(NULL, "unlock", "--sign", "key", "order"), 2, "",
	       "weir unlock: key: Invalid argument\n");
	expect(RUN(NULL, "unlock", "--sign", "key", "--purpose", "p", "--minutes", "241", "order"),
	       2, "", "weir unlock: key: Invalid argument\n");
	assert_int_equal(access("order", F_OK), -1);
}

static void quarantine__refused_in_both_languages(void **state)
{
	expect(RUN(NULL, "quarantine", "ls", "--socket", SOCKET), 0, "", "");
	expect(RUN(NULL, "quarantine", "restore", NO_ENTRY, "--socket", SOCKET), 1, "",
	       "weir quarantine: refused: there is no such entry\n");
	expect(RUN(NULL, "quarantine", "forget", "../../key", "--socket", SOCKET), 1, "",
	       "weir quarantine: refused: that is no id of an entry\n");
	setenv("LANG", "zh_CN.UTF-8", 1);
	expect(RUN(NULL, "quarantine", "restore", NO_ENTRY, "--socket", SOCKET), 1, "",
	       "weir quarantine：被拒绝：没有这个条目\n");
	expect(RUN(NULL, "quarantine", "forget", "../../key", "--socket", SOCKET), 1, "",
	       "weir quarantine：被拒绝：不是有效的条目编号\n");
	expect(RUN(NULL, "quarantine", "ls", "--socket", "nobody"), 1, "",
	       "weir quarantine：nobody 没有应答：No such file or directory\n");
	assert_int_equal(access("key", F_OK), 0);
}

static void expect_lines(const char *const *lines, size_t n)
{
	struct ran ran = RUN(NULL, "doctor", "--socket", SOCKET);

	for (size_t i = 0; i < n; i++)
		if (!strstr(text_of(&ran.out), lines[i]))
			fail_msg("no '%s' in %s", lines[i], text_of(&ran.out));
	assert_int_equal(ran.status, 0);
	ran_done(&ran);
}

static void doctor__untried_in_both_languages(void **state)
{
	static const char *const en[] = {
		"    - fanotify/close: seen (1970-01-01T00:00:02.000Z)\n",
		"    - fanotify/close: not tried (1970-01-01T00:00:03.000Z)\n",
		("    - too many files wait to be inspected: whether closes are still seen was not "
		 "tried\n"),
	};
	static const char *const zh[] = {
		"    - fanotify/close: seen (1970-01-01T00:00:02.000Z)\n",
		"    - fanotify/close：未测试（1970-01-01T00:00:03.000Z）\n",
		"    - 等待检查的文件过多：未能测试关闭事件是否仍然可见\n",
	};

	expect_lines(en, ARRAY_SIZE(en));
	setenv("LANG", "zh_CN.UTF-8", 1);
	expect_lines(zh, ARRAY_SIZE(zh));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(unlock__opens_and_closes),
		TEST(unlock__refused),
		TEST(unlock__wrong_usage),
		TEST(quarantine__refused_in_both_languages),
		TEST(doctor__untried_in_both_languages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
