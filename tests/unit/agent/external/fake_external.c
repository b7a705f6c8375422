/* SPDX-License-Identifier: Apache-2.0 */
/* A program that does what the first byte of its input says, and answers with what came of it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

/* One line each: what it is, what it gave. */
static void tell(const char *what, long result)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%s=%s\n", what, result < 0 ? "refused" : "done");

	(void)!write(1, line, (size_t)n);
}

static void try_everything(void)
{
	static const char byte = 'x';
	int out[2] = {-1, -1};
	pid_t pid;

	tell("passwd", open("/etc/passwd", O_RDONLY));
	tell("proc", open("/proc/self/status", O_RDONLY));
	tell("tmp", open("/tmp/weir-external-test", O_CREAT | O_RDWR, 0600));
	tell("library", open("/etc/ld.so.cache", O_RDONLY));
	tell("socket", socket(AF_INET, SOCK_STREAM, 0));
	tell("unix", socket(AF_UNIX, SOCK_STREAM, 0));
	tell("memfd", memfd_create("x", 0));
	tell("pipe", pipe(out));
	tell("kill", kill(getppid(), 0));
	tell("input", write(0, &byte, 1));
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && lseek(fd, 0, SEEK_CUR) == 0 && fd > 4)
			tell("descriptor", fd);
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "LC_ALL=", 7) != 0 && strncmp(*e, "OMP_", 4) != 0)
			tell("environment", 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	tell("fork", pid);
	tell("root", geteuid() == 0 ? 0 : -1);
	tell("exec", execl("/bin/sh", "sh", "-c", "echo sh=done", (char *)NULL));
}

static void flood(void)
{
	char piece[4096];

	memset(piece, 'f', sizeof(piece));
	while (write(1, piece, sizeof(piece)) > 0)
		;
}

static void echo(void)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(0, piece, sizeof(piece))) > 0)
		(void)!write(1, piece, (size_t)n);
}

static void spin(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

/* Takes memory until there is none. */
static void swell(void)
{
	size_t taken = 0;
	char line[64];
	char *p;

	while ((p = malloc(1 << 20))) {
		memset(p, 1, 1 << 20);
		taken++;
	}
	(void)!write(1, line, (size_t)snprintf(line, sizeof(line), "%zu MiB\n", taken));
}

int main(void)
{
	char what = 0;

	if (read(0, &what, 1) != 1)
		return 1;
	switch (what) {
	case 'e':
		echo();
		return 0;
	case 't':
		try_everything();
		return 0;
	case 'f':
		flood();
		return 0;
	case 's':
		spin();
		return 0;
	case 'p': /* nothing, for long */
		for (;;)
			(void)raise(SIGSTOP);
	case 'm':
		swell();
		return 0;
	case 'c': /* closes its output and stays */
		(void)close(1);
		spin();
		return 0;
	case 'a':
		abort();
	default:
		return what - '0';
	}
}
