/* SPDX-License-Identifier: Apache-2.0 */
#include "raw.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"

#define BACKLOG 128 /* these three as in the console */
#define THREADS 4
#define MEMORY	(32 * 1024)
#define EVENTS	256
#define REQUEST 4096
#define ANSWER	4096

/* Shared with the child. */
struct raw {
	pid_t pid;
	char dir[32], socket[48];
	atomic_uint waiting;
	uint32_t connections;
	size_t len;
	char answer[ANSWER];
};

static int listen_at(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(name.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		die("cannot listen");
	return fd;
}

static void add(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll");
}

static void serve_one(struct raw *raw, int fd, const struct weir_buf *answer)
{
	char request[REQUEST + 1];
	ssize_t n = read(fd, request, REQUEST);

	if (n <= 0) {
		weir_close(fd);
		return;
	}
	request[n] = '\0';
	if (strstr(request, "\r\nPrefer: wait="))
		atomic_fetch_add(&raw->waiting, 1);
	else if (send(fd, answer->data, answer->len, MSG_NOSIGNAL) != (ssize_t)answer->len)
		die("cannot answer");
}

static void serve_sockets(struct raw *raw, int listen_fd)
{
	struct weir_buf answer = WEIR_BUF_INIT(2 * ANSWER);
	struct epoll_event events[EVENTS];
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (weir_buf_printf(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", raw->len) <
		    0 ||
	    weir_buf_append(&answer, raw->answer, raw->len) < 0)
		die("no memory");
	add(epoll_fd, listen_fd);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd != listen_fd)
				serve_one(raw, fd, &answer);
			else if ((fd = accept(listen_fd, NULL, NULL)) >= 0)
				add(epoll_fd, fd);
		}
	}
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **slot)
{
	static int seen;
	struct raw *raw = context;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (!*slot || *size) {
		*slot = &seen;
		*size = 0;
		return MHD_YES;
	}
	if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Prefer")) {
		MHD_suspend_connection(connection);
		atomic_fetch_add(&raw->waiting, 1);
		return MHD_YES;
	}
	response = MHD_create_response_from_buffer(raw->len, raw->answer, MHD_RESPMEM_PERSISTENT);
	result = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return result;
}

static void serve_library(struct raw *raw, int listen_fd)
{
	const unsigned flags =
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;

	if (!MHD_start_daemon(flags, 0, NULL, NULL, on_request, raw, MHD_OPTION_LISTEN_SOCKET,
			      listen_fd, MHD_OPTION_CONNECTION_LIMIT, raw->connections + BACKLOG,
			      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
			      MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_END))
		die("libmicrohttpd does not start");
	for (;;)
		pause();
}

struct raw *raw_start(enum raw_kind kind, uint32_t connections, const void *answer, size_t len)
{
	struct raw *raw =
		mmap(NULL, sizeof(*raw), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int fd;

	if (raw == MAP_FAILED || len > sizeof(raw->answer))
		die("no memory");
	(void)snprintf(raw->dir, sizeof(raw->dir), "/tmp/weir-raw-XXXXXX");
	if (!mkdtemp(raw->dir))
		die("no folder");
	(void)snprintf(raw->socket, sizeof(raw->socket), "%s/socket", raw->dir);
	raw->connections = connections;
	raw->len = len;
	memcpy(raw->answer, answer, len);
	fd = listen_at(raw->socket);
	pid = fork();
	if (pid < 0)
		die("no process");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (kind == RAW_SOCKETS)
			serve_sockets(raw, fd);
		else
			serve_library(raw, fd);
	}
	weir_close(fd);
	raw->pid = pid;
	return raw;
}

void raw_stop(struct raw *raw)
{
	kill(raw->pid, SIGKILL);
	waitpid(raw->pid, NULL, 0);
	unlink(raw->socket);
	rmdir(raw->dir);
	munmap(raw, sizeof(*raw));
}

pid_t raw_pid(const struct raw *raw)
{
	return raw->pid;
}

const char *raw_socket(const struct raw *raw)
{
	return raw->socket;
}

uint32_t raw_waiting(const struct raw *raw)
{
	return atomic_load(&raw->waiting);
}
