/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_INSPECT_RUN_H
#define TEST_INSPECT_RUN_H

/* Runs the weir program in a scratch folder, which is the working directory of the test. */

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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "synthetic.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"

struct ran {
	int status; /* exit status */
	struct weir_buf out, err;
};

static inline void ran_done(struct ran *ran)
{
	weir_buf_done(&ran->out);
	weir_buf_done(&ran->err);
}

static inline void scratch_file(const char *path, const char *text)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static inline int redirect(const char *path, int flags, int to)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 || dup2(fd, to) < 0 ? -1 : 0;
}

/* Arguments behind "weir", ended by NULL; standard input is the file named input, or empty. */
static inline struct ran run_weir(const char *input, const char *const *argv)
{
	struct ran ran = {.out = WEIR_BUF_INIT(64 << 20), .err = WEIR_BUF_INIT(1 << 20)};
	char *args[32] = {"weir"};
	int status;
	pid_t pid;

	for (size_t i = 0; argv[i]; i++)
		args[i + 1] = (char *)argv[i];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (redirect(input ? input : "/dev/null", O_RDONLY, 0) < 0 ||
		    redirect("../out", O_WRONLY | O_CREAT | O_TRUNC, 1) < 0 ||
		    redirect("../err", O_WRONLY | O_CREAT | O_TRUNC, 2) < 0)
			_exit(99);
		execv(WEIR_TEST_BIN "/weir", args);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	ran.status = WEXITSTATUS(status);
	assert_int_equal(weir_read_file(AT_FDCWD, "../out", &ran.out), 0);
	assert_int_equal(weir_read_file(AT_FDCWD, "../err", &ran.err), 0);
	return ran;
}

#define RUN(input, ...) run_weir(input, (const char *const[]){__VA_ARGS__, NULL})

static inline const char *text_of(const struct weir_buf *buf)
{
	return buf->data ? buf->data : "";
}

/* Line number n (from 0) of the output as JSON; NULL behind the last. */
static inline json_t *json_line(const struct ran *ran, size_t n)
{
	const char *at = text_of(&ran->out), *end;

	for (; n > 0 && at; n--) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	end = at ? strchr(at, '\n') : NULL;
	return end ? json_loadb(at, (size_t)(end - at), 0, NULL) : NULL;
}

/* A folder of its own below /tmp with "work" in it, which becomes the working directory. */
static inline int scratch_begin(void **state)
{
	char folder[] = "/tmp/weir-test-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("work", 0700) < 0 || chdir("work") < 0)
		return -1;
	*state = strdup(folder);
	return *state ? 0 : -1;
}

static inline int scratch_end(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	free(*state);
	return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}

#endif
