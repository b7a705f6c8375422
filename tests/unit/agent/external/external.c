/* SPDX-License-Identifier: Apache-2.0 */
/* The host with a program that does what it is told; each test in its own processes. */

#include "weir/external/external.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/sandbox/sandbox.h"

/* A copy of the program where anybody may reach it: the tree may lie in a folder of root's. */
static char fake[] = "/tmp/weir-fake-XXXXXX";

static int copy_fake(void **state)
{
	int from _cleanup_(weir_closep) = open(FAKE_EXTERNAL, O_RDONLY | O_CLOEXEC);
	int to _cleanup_(weir_closep) = mkostemp(fake, O_CLOEXEC);
	char piece[65536];
	ssize_t n;

	if (from < 0 || to < 0 || fchmod(to, 0755) < 0)
		return -1;
	while ((n = read(from, piece, sizeof(piece))) > 0)
		if (weir_write_full(to, piece, (size_t)n) < 0)
			return -1;
	return (int)n;
}

static int remove_fake(void **state)
{
	return unlink(fake);
}

static struct weir_external_host *start_with(struct weir_external_options options)
{
	struct weir_external_host *host = NULL;

	options.pdf = fake;
	options.uid = options.gid = 65534;
	assert_int_equal(weir_external_new(&options, &host), 0);
	assert_non_null(host);
	return host;
}

static struct weir_external_host *start(void)
{
	return start_with((struct weir_external_options){.timeout_ns = 5 * WEIR_NSEC_PER_SEC});
}

/* Runs it on text from memory; keeps the first bytes of the output. Returns what finish said. */
static int run(struct weir_external_host *host, const char *text, char *out, size_t size)
{
	const struct weir_unpack_port *port = weir_external_port(host);
	struct weir_memory memory = {(const uint8_t *)text, strlen(text)};
	ssize_t n;
	int fd, r = port->start(port->context, WEIR_EXTERNAL_PDF, -1, &memory, &fd);

	memset(out, 0, size);
	if (r < 0)
		return r;
	n = weir_read_full(fd, out, size - 1);
	assert_true(n >= 0);
	return port->finish(port->context, fd);
}

static void external__answers_from_memory(void **state)
{
	struct weir_external_host *host = start();
	char out[64];

	for (int i = 0; i < 20; i++) {
		assert_int_equal(run(host, "ehello", out, sizeof(out)), 0);
		assert_string_equal(out, "hello");
	}
	weir_external_free(host);
}

static void external__reads_a_file_from_its_start(void **state)
{
	struct weir_external_host *host = start();
	const struct weir_unpack_port *port = weir_external_port(host);
	char path[] = "/tmp/weir-external-XXXXXX", out[64] = "";
	int file = mkstemp(path), fd;

	assert_true(file >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(weir_write_full(file, "efile", 5), 0); /* stands at its end now */
	assert_int_equal(port->start(port->context, WEIR_EXTERNAL_PDF, file, NULL, &fd), 0);
	assert_int_equal(weir_read_full(fd, out, sizeof(out) - 1), 4);
	assert_string_equal(out, "file");
	assert_int_equal(port->finish(port->context, fd), 0);
	(void)weir_close(file);
	weir_external_free(host);
}

static void external__meaning_of_its_end(void **state)
{
	struct weir_external_host *host = start();
	char out[64];

	assert_int_equal(run(host, "1", out, sizeof(out)), -EBADMSG);
	assert_int_equal(run(host, "3", out, sizeof(out)), -EKEYREJECTED);
	assert_int_equal(run(host, "2", out, sizeof(out)), -EIO);
	assert_int_equal(run(host, "a", out, sizeof(out)), -EIO);
	assert_int_equal(run(host, "0", out, sizeof(out)), 0);
	assert_true(weir_external_alive(host));
	weir_external_free(host);
}

static void external__program_is_confined(void **state)
{
	static const char *const refused[] = {"tmp",  "socket", "unix", "memfd", "pipe",
					      "kill", "input",	"fork", "exec",	 "root"};
	struct weir_external_host *host = start();
	char out[1024], line[64];

	assert_int_equal(run(host, "t", out, sizeof(out)), 0);
	print_message("%s", out);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(line, sizeof(line), "%s=refused\n", refused[i]);
		assert_non_null(strstr(out, line));
	}
	if (weir_sandbox_kernel_has_landlock()) {
		assert_non_null(strstr(out, "passwd=refused"));
		assert_non_null(strstr(out, "proc=refused"));
	}
	assert_non_null(strstr(out, "library=done"));
	assert_null(strstr(out, "sh=done"));
	assert_null(strstr(out, "descriptor="));
	assert_null(strstr(out, "environment="));
	weir_external_free(host);
}

static void external__hang_is_killed(void **state)
{
	static const char *const hangs[] = {"s", "p", "c"};

	for (size_t i = 0; i < ARRAY_SIZE(hangs); i++) {
		struct weir_external_host *host =
			start_with((struct weir_external_options){.timeout_ns = WEIR_NSEC_PER_SEC});
		uint64_t begun = weir_now_monotonic();
		char out[64];

		assert_int_equal(run(host, hangs[i], out, sizeof(out)), -ETIMEDOUT);
		assert_true(weir_now_monotonic() - begun < 30 * WEIR_NSEC_PER_SEC);
		assert_int_equal(run(host, "egood", out, sizeof(out)), 0);
		weir_external_free(host);
	}
}

static void external__flood_ends_when_nobody_reads(void **state)
{
	struct weir_external_host *host = start();
	char out[100000];

	assert_true(run(host, "f", out, sizeof(out)) < 0);
	assert_int_equal(out[sizeof(out) - 2], 'f');
	assert_int_equal(run(host, "egood", out, sizeof(out)), 0);
	assert_string_equal(out, "good");
	weir_external_free(host);
}

static void external__memory_is_bounded(void **state)
{
	struct weir_external_host *host =
		start_with((struct weir_external_options){.memory_bytes = 256 << 20});
	char out[64];

	assert_int_equal(run(host, "m", out, sizeof(out)), 0);
	assert_true(strtoull(out, NULL, 10) > 100);
	assert_true(strtoull(out, NULL, 10) < 256);
	weir_external_free(host);
}

static void external__input_is_bounded(void **state)
{
	struct weir_external_host *host =
		start_with((struct weir_external_options){.input_bytes = 4});
	char out[64];

	assert_int_equal(run(host, "elong", out, sizeof(out)), -EFBIG);
	assert_int_equal(run(host, "eok", out, sizeof(out)), 0);
	assert_string_equal(out, "ok");
	weir_external_free(host);
}

static void external__one_at_a_time(void **state)
{
	struct weir_external_host *host = start();
	const struct weir_unpack_port *port = weir_external_port(host);
	struct weir_memory memory = {(const uint8_t *)"ex", 2};
	int first, second;
	char byte;

	assert_int_equal(port->start(port->context, WEIR_EXTERNAL_PDF, -1, &memory, &first), 0);
	assert_int_equal(port->start(port->context, WEIR_EXTERNAL_PDF, -1, &memory, &second),
			 -EBUSY);
	assert_int_equal(port->start(port->context, WEIR_EXTERNAL_OCR, -1, &memory, &second),
			 -ENOSYS);
	assert_int_equal(read(first, &byte, 1), 1);
	assert_int_equal(port->finish(port->context, first), 0);
	weir_external_free(host);
}

static void external__nothing_without_programs(void **state)
{
	struct weir_external_options options = {.pdf = "/nonexistent/pdftotext", .ocr = ""};
	struct weir_external_host *host = NULL;

	assert_int_equal(weir_external_new(&options, &host), 0);
	assert_null(host);
	assert_null(weir_external_port(host));
	assert_true(weir_external_alive(host));
}

/* Killed at rest, and while a program runs, which goes with it: else its output would not end. */
static void external__host_killed(void **state)
{
	struct weir_external_host *host = start();
	const struct weir_unpack_port *port = weir_external_port(host);
	struct weir_memory memory = {(const uint8_t *)"s", 1};
	char out[64];
	int fd;

	assert_int_equal(port->start(port->context, WEIR_EXTERNAL_PDF, -1, &memory, &fd), 0);
	assert_int_equal(kill(weir_external_pid(host), SIGKILL), 0);
	assert_int_equal(weir_read_full(fd, out, sizeof(out)), 0);
	assert_int_equal(port->finish(port->context, fd), -EIO);
	assert_false(weir_external_alive(host));
	assert_int_equal(run(host, "egone", out, sizeof(out)), -EIO);
	weir_external_free(host);
}

static bool gone(pid_t pid)
{
	char path[64], text[512] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	(void)!read(fd, text, sizeof(text) - 1);
	(void)weir_close(fd);
	return strstr(text, ") Z ") != NULL;
}

/* The asking side is killed while a program runs: the program ends, since its pipe, which the test
 * holds too, does; and so does the host. */
static void external__ends_with_its_asker(void **state)
{
	int sockets[2], fd;
	pid_t pid, host_pid;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	pid = fork();
	if (pid == 0) {
		struct weir_external_host *host = start();
		const struct weir_unpack_port *port = weir_external_port(host);
		struct weir_memory memory = {(const uint8_t *)"s", 1};

		if (port->start(port->context, WEIR_EXTERNAL_PDF, -1, &memory, &fd) < 0)
			_exit(1);
		host_pid = weir_external_pid(host);
		(void)!weir_send_fd(sockets[1], &host_pid, sizeof(host_pid), fd);
		(void)kill(getpid(), SIGKILL);
	}
	assert_int_equal(weir_recv_fd(sockets[0], &host_pid, sizeof(host_pid), &fd),
			 sizeof(host_pid));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(read(fd, &byte, 1), 0);
	while (!gone(host_pid))
		(void)poll(NULL, 0, 10);
	for (int i = 0; i < 2; i++)
		(void)weir_close(sockets[i]);
	(void)weir_close(fd);
}

/* From inside the sandbox of a worker. */
static void external__asked_from_a_sandbox(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct weir_sandbox_options options = {
			.uid = 65534, .gid = 65534, .memory_bytes = 1 << 28};
		struct weir_external_host *host = start();
		const struct weir_unpack_port *port = weir_external_port(host);
		struct weir_memory memory = {(const uint8_t *)"einside", 7};
		struct weir_sandbox_state in;
		char out[64] = "";
		int fd;

		if (weir_sandbox_enter(&options, &in) < 0)
			_exit(2);
		if (port->start(port->context, WEIR_EXTERNAL_PDF, -1, &memory, &fd) < 0)
			_exit(3);
		if (weir_read_full(fd, out, sizeof(out)) != 6 || strcmp(out, "inside") != 0)
			_exit(4);
		_exit(port->finish(port->context, fd) < 0 ? 5 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(external__answers_from_memory),
		cmocka_unit_test(external__reads_a_file_from_its_start),
		cmocka_unit_test(external__meaning_of_its_end),
		cmocka_unit_test(external__program_is_confined),
		cmocka_unit_test(external__hang_is_killed),
		cmocka_unit_test(external__flood_ends_when_nobody_reads),
		cmocka_unit_test(external__memory_is_bounded),
		cmocka_unit_test(external__input_is_bounded),
		cmocka_unit_test(external__one_at_a_time),
		cmocka_unit_test(external__nothing_without_programs),
		cmocka_unit_test(external__host_killed),
		cmocka_unit_test(external__ends_with_its_asker),
		cmocka_unit_test(external__asked_from_a_sandbox),
	};

	return cmocka_run_group_tests(tests, copy_fake, remove_fake);
}
