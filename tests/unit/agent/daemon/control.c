/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/daemon/control.h"

static char dir[64], path[100];
static struct weir_loop *loop;
static struct weir_control *control;

static json_t *reply(void *context, const struct weir_control_request *request)
{
	if (strcmp(request->name, "who") == 0)
		return json_pack("{s:i,s:b,s:O}", "uid", (int)request->uid, "me",
				 request->pid == getpid(), "with",
				 json_object_get(request->arguments, "with"));
	return strcmp(request->name, "status") == 0 ? json_pack("{s:i}", "schema", 1) : NULL;
}

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/control.sock", dir);
	assert_int_equal(weir_loop_new(&loop), 0);
	return weir_control_new(path, loop, reply, NULL, &control);
}

static int teardown(void **state)
{
	struct stat st;

	weir_control_free(control);
	assert_int_equal(stat(path, &st), -1);
	weir_loop_free(loop);
	scratch_remove(dir);
	return 0;
}

static int call(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void run(void)
{
	while (weir_loop_step(loop, 0) > 0)
		;
}

static void ask(const char *request, size_t len, const char *wanted)
{
	char answer[256] = "";
	int fd = call();

	assert_int_equal(send(fd, request, len, MSG_NOSIGNAL), len);
	run();
	assert_true(recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT) >= 0);
	if (!strstr(answer, wanted))
		fail_msg("%s answered %s", request, answer);
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_DONTWAIT), 0);
	close(fd);
}

static void control__answers(void **state)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	ask("{\"request\":\"status\"}", strlen("{\"request\":\"status\"}"), "\"schema\":1");
}

/* Who asks is the kernel's word, and what else the packet says is handed on. */
static void control__names_the_caller(void **state)
{
	static const char request[] = "{\"request\":\"who\",\"with\":\"a reason\",\"uid\":12345}";
	char wanted[80];

	snprintf(wanted, sizeof(wanted), "{\"uid\":%d,\"me\":true,\"with\":\"a reason\"}",
		 (int)geteuid());
	ask(request, strlen(request), wanted);
}

static void control__nonsense(void **state)
{
	char big[WEIR_CONTROL_REQUEST_MAX + 100];

	ask("{\"request\":\"stop\"}", strlen("{\"request\":\"stop\"}"), "error");
	ask("not json", 8, "error");
	ask("{\"request\":1}", strlen("{\"request\":1}"), "error");
	memset(big, '[', sizeof(big));
	ask(big, sizeof(big), ""); /* too long: hung up on */
	memset(big, '[', 1000);
	ask(big, 1000, "error");
}

static void control__silent_callers_do_not_fill_it(void **state)
{
	int fds[100];

	for (size_t i = 0; i < 100; i++) {
		fds[i] = call();
		run();
	}
	ask("{\"request\":\"status\"}", strlen("{\"request\":\"status\"}"), "\"schema\":1");
	for (size_t i = 0; i < 100; i++)
		close(fds[i]);
	run();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(control__answers),
		TEST(control__names_the_caller),
		TEST(control__nonsense),
		TEST(control__silent_callers_do_not_fill_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
