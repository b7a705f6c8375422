/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands of weirctl have in common: options, formats, contexts, languages, completion, the
 * manual. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "client.h"
#include "fake.h"
#include "weir/base/fd.h"
#include "weirctl_run.h"

#define WAIT_MS	  60000
#define EVIL_PATH "=cmd(\x1b]0;\"a,b\"\x07)"

static int setup(void **state)
{
	static const struct fake_event evil = {.path = EVIL_PATH};

	if (weirctl_setup(state) < 0)
		return -1;
	weirctl_post(*state, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 2});
	weirctl_post(*state, &(struct fake_batch){
				     .agent = 1, .epoch = 1, .first = 3, .n = 1, .model = &evil});
	return 0;
}

static void commands__name_their_fields(void **state)
{
	struct output fields _cleanup_(output_done) = RUN("event", "show", "--json");
	struct output rows _cleanup_(output_done) =
		RUN("event", "ls", "--limit", "1", "--json", "id,scan_reason,channel");
	json_t *json = json_loads(rows.out, 0, NULL);
	const json_t *row = json_array_get(json, 0);

	assert_non_null(strstr(fields.out, "host_name\n"));
	assert_int_equal(json_array_size(json), 1);
	assert_int_equal(json_object_size(row), 3);
	assert_string_equal(json_string_value(json_object_get(row, "id")), "E-00036");
	assert_string_equal(json_string_value(json_object_get(row, "channel")), "removable");
	assert_true(json_is_null(json_object_get(row, "scan_reason")));
	json_decref(json);
	weirctl_says(RUN("event", "ls", "--json", "id,nonsense"), 2, "\"nonsense\"");
	weirctl_says(RUN("event", "ls", "--json", "id,"), 2, "no field");
}

static void commands__run_jq(void **state)
{
	weirctl_says(RUN("event", "ls", "--jq", ".events | map(.id) | join(\"+\")"), 0,
		     "E-00036+E-00024+E-00012\n");
	weirctl_says(RUN("event", "ls", "--json", "id", "--jq", ".[1]"), 0,
		     "{\"id\":\"E-00024\"}\n");
	weirctl_says(RUN("event", "show", "E-00036", "--jq", ".event.file.path"), 0,
		     "=cmd(\\u001b]0;\"a,b\"\\u0007)\n");
	weirctl_says(RUN("event", "ls", "--jq", ".events |"), 2, "syntax error");
	assert_int_equal(STATUS("event", "ls", "--jq", "env | no_such_function"), 2);
}

/* What it had printed by then stays. */
static void commands__tell_what_jq_failed_on(void **state)
{
	const char *const argv[] = {WEIRCTL, "event", "ls", "--jq", "1, (.events | .id)", NULL};
	struct process_result result;

	assert_int_equal(process_run(argv, &result), 0);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.out.data, "1\n");
	assert_non_null(strstr(result.err.data, "Cannot index array"));
	process_result_done(&result);
}

static void commands__write_csv(void **state)
{
	struct output output _cleanup_(output_done) = RUN("event", "ls", "-o", "csv");

	assert_int_equal(strncmp(output.out, "\"ID\",\"TIME\",\"HOST\",", 19), 0);
	/* No formula, no escape, quotes doubled. */
	assert_non_null(strstr(output.out, ",\"'=cmd(\\u001b]0;\"\"a,b\"\"\\u0007)\",\"cn_"));
	assert_non_null(strstr(output.out, "\r\n\"E-00012\",\""));
}

static void commands__write_json_lines(void **state)
{
	struct output output _cleanup_(output_done) = RUN("event", "ls", "-o", "jsonl");
	const char *at = output.out;

	for (unsigned i = 0; i < 3; i++) {
		json_t *row = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);

		assert_non_null(json_object_get(row, "id"));
		json_decref(row);
		at = strchr(at, '\n') + 1;
	}
	assert_int_equal(*at, '\0');
}

static mode_t mode_of(const struct console *console, const char *name)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", console->dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void commands__keep_contexts(void **state)
{
	struct console *console = *state;
	char base[64], path[128], *saved = strdup(getenv("WEIR_CONSOLE"));

	unsetenv("WEIR_CONSOLE");
	unsetenv("WEIR_TOKEN_FILE");
	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%u", console->port);
	(void)snprintf(path, sizeof(path), "%s/weir/weirctl.json", console->dir);
	assert_int_equal(
		STATUS("context", "add", "here", base, "--token-file", console->token_file), 0);
	assert_int_equal(
		STATUS("context", "add", "socket", saved, "--token-file", console->token_file), 0);
	assert_int_equal(mode_of(console, "weir"), 0700);
	assert_int_equal(mode_of(console, "weir/weirctl.json"), 0600);
	weirctl_says(
		RUN("context", "ls", "--json", "name,current", "--jq", "map(select(.current))"), 0,
		"[{\"name\":\"here\",\"current\":true}]");
	weirctl_says(RUN("event", "ls"), 0, "E-00012");
	weirctl_says(RUN("event", "ls", "--context", "socket"), 0, "E-00012");
	/* The token is this context's alone: another address, no token. */
	weirctl_says(RUN("event", "ls", "--console", base), 4, "token");
	assert_int_equal(STATUS("context", "use", "socket"), 0);
	weirctl_says(RUN("context", "ls"), 0, "socket\tyes\t");
	weirctl_says(RUN("event", "ls", "--context", "nowhere"), 3, "nowhere");
	weirctl_says(RUN("context", "use", "nowhere"), 3, "nowhere");
	weirctl_says(RUN("context", "add", "../x", base), 2, "name");
	weirctl_says(RUN("context", "add", "x", "http://192.0.2.1"), 2, "may not leave");
	assert_int_equal(chmod(path, 0620), 0);
	weirctl_says(RUN("event", "ls"), 1, "weirctl.json");
	assert_int_equal(unlink(path), 0);
	setenv("WEIR_CONSOLE", saved, 1);
	setenv("WEIR_TOKEN_FILE", console->token_file, 1);
	free(saved);
}

static void commands__read_the_token_from_stdin(void **state)
{
	struct console *console = *state;
	char script[512];
	struct process_result result;

	(void)snprintf(script, sizeof(script),
		       "'%s' --console http://127.0.0.1:%u --token-file - event ls <'%s'", WEIRCTL,
		       console->port, console->token_file);
	assert_int_equal(process_run((const char *const[]){"/bin/sh", "-c", script, NULL}, &result),
			 0);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out.data, "E-00012"));
	process_result_done(&result);
}

static void wait_file(const char *path)
{
	for (unsigned waited = 0; access(path, F_OK) < 0; waited += 20) {
		assert_true(waited < WAIT_MS);
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
	}
}

static void shell(const char *script)
{
	struct process_result result;

	assert_int_equal(process_run((const char *const[]){"/bin/sh", "-c", script, NULL}, &result),
			 0);
	if (result.status)
		fail_msg("%s", result.err.data ? result.err.data : script);
	process_result_done(&result);
}

static void commands__check_the_consoles_certificate(void **state)
{
	struct console *console = *state;
	char script[1024], base[64], other[64], ca[128], port_file[128];
	char *saved = strdup(getenv("WEIR_CONSOLE"));
	struct weir_buf port _cleanup_(weir_buf_done) = WEIR_BUF_INIT(16);
	pid_t pid;

	unsetenv("WEIR_CONSOLE");
	(void)snprintf(
		script, sizeof(script),
		"cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-keyout tls.key -out tls.pem -days 2 -subj /CN=localhost "
		"-addext subjectAltName=DNS:localhost",
		console->dir);
	shell(script);
	(void)snprintf(ca, sizeof(ca), "%s/tls.pem", console->dir);
	(void)snprintf(port_file, sizeof(port_file), "%s/tls.port", console->dir);
	(void)snprintf(
		script, sizeof(script),
		"exec setpriv --pdeathsig KILL python3 '%s/tls.py' '%s' '%s/tls.key' '%s' '%s'",
		WEIR_TEST_SOURCE, ca, console->dir, console->socket, port_file);
	assert_int_equal(posix_spawn(&pid, "/bin/sh", NULL, NULL,
				     (char *const[]){"/bin/sh", "-c", script, NULL}, environ),
			 0);
	wait_file(port_file);
	assert_int_equal(weir_read_file(AT_FDCWD, port_file, &port), 0);
	(void)snprintf(base, sizeof(base), "https://localhost:%s", port.data);
	(void)snprintf(other, sizeof(other), "https://127.0.0.1:%s", port.data);
	assert_int_equal(STATUS("context", "add", "tls", base, "--ca-file", ca), 0);
	assert_int_equal(STATUS("context", "add", "other", other, "--ca-file", ca), 0);
	weirctl_says(RUN("event", "ls", "--context", "tls"), 0, "E-00012");
	assert_int_equal(STATUS("event", "ls", "--context", "other"), 1); /* another name */
	assert_int_equal(STATUS("event", "ls", "--console", base), 1);	  /* nobody signed it */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)snprintf(script, sizeof(script), "rm '%s/weir/weirctl.json'", console->dir);
	shell(script);
	setenv("WEIR_CONSOLE", saved, 1);
	free(saved);
}

static void commands__ask_the_api(void **state)
{
	weirctl_says(RUN("api", "GET", "/api/v1/events/E-00024", "--jq", ".event.id"), 0,
		     "E-00024\n");
	weirctl_says(RUN("api", "GET", "/api/v1/nothing"), 3, "");
	weirctl_says(RUN("api", "--dry-run", "DELETE", "/api/v1/x"), 0, "DELETE /api/v1/x\n");
	assert_int_equal(STATUS("api", "GET"), 2);
	assert_int_equal(STATUS("api", "GET", "/a", "/b"), 2);
	assert_int_equal(STATUS("api", "POST", "/a", "--input", "/nonexistent"), 2);
}

static void commands__speak_chinese(void **state)
{
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	weirctl_says(RUN("--help"), 0, "列出告警");
	weirctl_says(RUN("event", "ls", "--help"), 0, "输出格式");
	weirctl_says(RUN("alert", "rm"), 2, "没有这个命令");
	weirctl_says(RUN("event", "ls", "--json", "id"), 0, "\"id\": \"E-00012\"");
	setenv("LC_ALL", "C", 1);
	weirctl_says(RUN("alert", "rm"), 2, "there is no such command");
	weirctl_says(RUN("alert", "--help"), 0, "alert show");
}

static void commands__take_options_anywhere(void **state)
{
	weirctl_says(RUN("-o", "json", "event", "ls", "-n1"), 0, "E-00036");
	weirctl_says(RUN("event", "-o", "tsv", "ls", "--limit=1"), 0, "E-00036\t");
	weirctl_says(RUN("event", "show", "--", "E-00036"), 0, "E-00036");
	weirctl_says(RUN("event", "show", "E-00036", "--help", "--nonsense"), 0, "E-7K3QM");
	weirctl_says(RUN("--version"), 0, "weirctl ");
	weirctl_says(RUN("event", "ls", "--limit"), 2, "needs a value");
	weirctl_says(RUN("event", "ls", "--alerts=1"), 2, "takes no value");
	weirctl_says(RUN("event", "ls", "--lim", "3"), 2, "no option");
	weirctl_says(RUN("event", "ls", "-x"), 2, "no option");
	weirctl_says(RUN("context", "ls", "--limit", "3"), 2, "no option");
	weirctl_says(RUN("man", "x"), 2, "usage");
}

/* Prints what bash offers for the words before the cursor. */
static void assert_completes(const char *words, const char *offered)
{
	static const char script[] =
		"source <('%s' completion bash); COMP_WORDS=(weirctl %s); "
		"COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _weirctl; echo \"${COMPREPLY[*]}\"";
	char text[1024];
	struct process_result result;

	(void)snprintf(text, sizeof(text), script, WEIRCTL, words);
	assert_int_equal(process_run((const char *const[]){"/bin/bash", "-c", text, NULL}, &result),
			 0);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.out.data, offered);
	process_result_done(&result);
}

static void commands__complete_in_bash(void **state)
{
	assert_completes("ale", "alert\n");
	assert_completes("man", "\n");
	assert_completes("context ''", "ls use add\n");
	assert_completes("event ls --chan", "--channel\n");
	assert_completes("event ls --channel sh", "share\n");
	assert_completes("event ls --channel share --act", "--action\n");
	assert_completes("event ls --since ''", "\n");
	assert_completes("-o json alert l", "ls\n");
}

static void commands__complete_in_other_shells(void **state)
{
	weirctl_says(RUN("completion", "zsh"), 0, "#compdef weirctl\n");
	weirctl_says(
		RUN("completion", "fish"), 0,
		"complete -c weirctl -n '__fish_seen_subcommand_from event; and "
		"__fish_seen_subcommand_from ls' -l channel -x -a 'file removable share network "
		"at_rest'");
	weirctl_says(RUN("completion", "csh"), 2, "bash");
}

/* The page as a reader sees it, blanks and line ends as one blank. */
static char *render(const char *path)
{
	const char *argv[] = {
		"/usr/bin/groff", "-man", "-Tutf8", "-P-cbou", "-k", "-ww", path, NULL};
	struct process_result result;
	char *text;
	size_t len = 0;

	assert_int_equal(process_run(argv, &result), 0);
	assert_int_equal(result.status, 0);
	assert_null(result.err.data); /* not one warning */
	text = malloc(result.out.len + 1);
	assert_non_null(text);
	for (size_t i = 0; i < result.out.len; i++) {
		bool blank = strchr(" \n", result.out.data[i]) != NULL;

		if (!blank || (len && text[len - 1] != ' '))
			text[len++] = blank ? ' ' : result.out.data[i];
	}
	text[len] = '\0';
	process_result_done(&result);
	return text;
}

/* Every command in the list of help, with each of its options, is in the manual. */
static void assert_in_manual(const char *manual, const char *command)
{
	char script[256], *line, *rest = NULL;
	struct process_result result;

	(void)snprintf(script, sizeof(script), "'%s' %s --help", WEIRCTL, command);
	assert_int_equal(process_run((const char *const[]){"/bin/sh", "-c", script, NULL}, &result),
			 0);
	assert_int_equal(result.status, 0);
	for (line = strtok_r(result.out.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *name = strstr(line, "--");

		if (strncmp(line, "  ", 2) != 0 || !name)
			continue;
		name[strcspn(name, " ")] = '\0';
		if (!strstr(manual, name))
			fail_msg("weirctl(1) does not know %s of %s", name, command);
	}
	process_result_done(&result);
}

static void commands__are_all_in_the_manual(void **state)
{
	struct output list _cleanup_(output_done) = RUN("--help");
	char *manual = render(WEIR_TEST_BIN "/../share/man/man1/weirctl.1");
	char *chinese = render(WEIR_TEST_BIN "/../share/man/zh_CN/man1/weirctl.1");
	char *line, *rest = NULL;
	unsigned n = 0;

	assert_non_null(strstr(chinese, "列出告警"));
	for (line = strtok_r(list.result.out.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *end = strncmp(line, "  ", 2) == 0 ? strstr(line + 2, "  ") : NULL;
		char heading[128];

		if (!end)
			continue;
		*end = '\0';
		(void)snprintf(heading, sizeof(heading), "weirctl %s", line + 2);
		if (!strstr(manual, heading))
			fail_msg("weirctl(1) does not know %s", heading);
		assert_in_manual(manual, line + 2);
		n++;
	}
	assert_true(n >= 8);
	free(manual);
	free(chinese);
}

static bool read_until(int fd, struct weir_buf *text, const char *wanted)
{
	while (!text->data || !strstr(text->data, wanted)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		char part[4096];
		ssize_t n;

		if (poll(&ready, 1, WAIT_MS) != 1)
			return false;
		n = read(fd, part, sizeof(part));
		if (n <= 0)
			return false;
		assert_int_equal(weir_buf_append(text, part, (size_t)n), 0);
	}
	return true;
}

static void commands__watch(void **state)
{
	static const struct fake_event other = {.channel = 3};
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	char *const argv[] = {(char *)WEIRCTL,	   (char *)"event", (char *)"ls", (char *)"--watch",
			      (char *)"--channel", (char *)"share", NULL};
	posix_spawn_file_actions_t actions;
	int out[2];
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	assert_int_equal(posix_spawn(&pid, WEIRCTL, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	weirctl_post(*state, &(struct fake_batch){
				     .agent = 3, .epoch = 1, .first = 1, .n = 1, .model = &other});
	assert_true(read_until(out[0], &text, "E-00048\t"));
	weirctl_post(*state, &(struct fake_batch){
				     .agent = 3, .epoch = 1, .first = 2, .n = 1, .model = &other});
	assert_true(read_until(out[0], &text, "E-0005A\t"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(out[0]);
	assert_int_equal(STATUS("context", "use", "--watch", "x"), 2);
}

/* On a terminal: a table, its heading bold unless $NO_COLOR says no. */
static void commands__know_a_terminal(void **state)
{
	for (unsigned plain = 0; plain < 2; plain++) {
		struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
		char *const argv[] = {(char *)WEIRCTL,
				      (char *)"event",
				      (char *)"ls",
				      (char *)"--agent",
				      (char *)"01010101-0101-0101-0101-010101010101",
				      NULL};
		int fd;
		pid_t pid = forkpty(&fd, NULL, NULL, NULL);

		assert_true(pid >= 0);
		if (pid == 0) {
			setenv("TERM", "xterm", 1);
			setenv("NO_COLOR", plain ? "1" : "", 1);
			execv(argv[0], argv);
			_exit(127);
		}
		assert_true(read_until(fd, &text, "E-00012"));
		assert_int_equal(strstr(text.data, "\033[1mID  ") != NULL, !plain);
		assert_int_equal(strstr(text.data, "\033") != NULL, !plain);
		assert_null(strchr(text.data, '\t'));
		close(fd);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands__name_their_fields),
		cmocka_unit_test(commands__run_jq),
		cmocka_unit_test(commands__tell_what_jq_failed_on),
		cmocka_unit_test(commands__write_csv),
		cmocka_unit_test(commands__write_json_lines),
		cmocka_unit_test(commands__keep_contexts),
		cmocka_unit_test(commands__read_the_token_from_stdin),
		cmocka_unit_test(commands__check_the_consoles_certificate),
		cmocka_unit_test(commands__ask_the_api),
		cmocka_unit_test(commands__speak_chinese),
		cmocka_unit_test(commands__take_options_anywhere),
		cmocka_unit_test(commands__complete_in_bash),
		cmocka_unit_test(commands__complete_in_other_shells),
		cmocka_unit_test(commands__are_all_in_the_manual),
		cmocka_unit_test(commands__know_a_terminal),
		cmocka_unit_test(commands__watch),
	};

	return cmocka_run_group_tests(tests, setup, weirctl_teardown);
}
