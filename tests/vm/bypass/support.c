/* SPDX-License-Identifier: Apache-2.0 */
/* What the techniques have in common. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

extern char **environ;

int bypass_refused(const char *call)
{
	int error = errno;
	const char *name = strerrorname_np(error);

	fprintf(stderr, "refused %s %s\n", call, name ? name : "?");
	errno = error;
	return -error;
}

int bypass_first(int first, int second)
{
	return first < 0 ? first : second;
}

int bypass_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | (flags & O_CREAT ? O_TRUNC : 0), 0644);

	return fd < 0 ? bypass_refused("open") : fd;
}

int bypass_write(int fd, const void *data, size_t len)
{
	errno = -weir_write_full(fd, data, len);
	return errno ? bypass_refused("write") : 0;
}

int bypass_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	errno = -weir_pwrite_full(fd, data, len, offset);
	return errno ? bypass_refused("pwrite") : 0;
}

int bypass_write_pieces(int fd, const char *data, size_t len, size_t piece)
{
	int r = 0;

	for (size_t at = 0; at < len; at += piece)
		r = bypass_first(r, bypass_write(fd, data + at, WEIR_MIN(piece, len - at)));
	return r;
}

int bypass_close(int fd, int r)
{
	if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		r = bypass_first(r, bypass_refused("fsync"));
	if (close(fd) < 0)
		r = bypass_first(r, bypass_refused("close"));
	return r;
}

const char *bypass_beside(const struct bypass_job *job, const char *suffix)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s.%s", job->target, suffix);
	return path;
}

const char *bypass_line(const struct bypass_job *job, size_t i, size_t *ret_len)
{
	const char *line = job->data, *end;

	while (i-- && line)
		line = (line = strchr(line, '\n')) ? line + 1 : NULL;
	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*ret_len = end ? (size_t)(end - line) + 1 : strlen(line);
	return line;
}

size_t bypass_number(const char *line, size_t len)
{
	const char *comma = memchr(line, ',', len);

	return comma ? (size_t)(comma - line) + 1 : 0;
}

int bypass_child(int (*run)(const struct bypass_job *), const struct bypass_job *job)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return bypass_refused("fork");
	if (pid == 0)
		_exit(-run(job));
	if (waitpid(pid, &status, 0) < 0)
		return bypass_refused("waitpid");
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int bypass_program(const char *const *argv)
{
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
	if (r) {
		errno = r;
		return bypass_refused(argv[0]);
	}
	if (waitpid(pid, &status, 0) < 0)
		return bypass_refused("waitpid");
	errno = ECANCELED;
	return status ? bypass_refused(argv[0]) : 0;
}

void bypass_go(void)
{
	char byte;

	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
}
