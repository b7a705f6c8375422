/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/daemon/control.h"

#define CALLERS 16

struct caller {
	struct weir_control *control;
	int fd; /* -1: free */
};

struct weir_control {
	int fd;
	char *path;
	struct weir_loop *loop; /* borrowed */
	weir_control_fn fn;
	void *context;
	unsigned next; /* caller that goes when there are too many */
	struct caller callers[CALLERS];
};

static void hang_up(struct caller *caller)
{
	if (caller->fd < 0)
		return;
	weir_loop_remove(caller->control->loop, caller->fd);
	caller->fd = weir_close(caller->fd);
}

static json_t *answer_to(const struct caller *caller, const char *text, size_t len)
{
	struct weir_control *control = caller->control;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL), *answer = NULL;
	struct weir_control_request request = {
		.name = json_string_value(json_object_get(root, "request")), .arguments = root};
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (request.name && getsockopt(caller->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
		request.uid = peer.uid;
		request.pid = peer.pid;
		answer = control->fn(control->context, &request);
	}

	json_decref(root);
	return answer ? answer : json_pack("{s:s}", "error", "there is no such request");
}

static int on_caller(void *context, uint32_t events)
{
	struct caller *caller = context;
	char request[WEIR_CONTROL_REQUEST_MAX];
	ssize_t n = recv(caller->fd, request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0 && (size_t)n <= sizeof(request)) {
		json_t *answer = answer_to(caller, request, (size_t)n);
		char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

		/* A caller that does not read gets nothing: the agent waits for nobody. */
		if (text && strlen(text) <= WEIR_CONTROL_ANSWER_MAX)
			(void)send(caller->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
		free(text);
		json_decref(answer);
	}
	hang_up(caller);
	return 0;
}

static struct caller *free_caller(struct weir_control *control)
{
	struct caller *caller;

	for (size_t i = 0; i < CALLERS; i++)
		if (control->callers[i].fd < 0)
			return &control->callers[i];
	caller = &control->callers[control->next++ % CALLERS];
	hang_up(caller);
	return caller;
}

static int on_listen(void *context, uint32_t events)
{
	struct weir_control *control = context;
	int size = WEIR_CONTROL_ANSWER_MAX * 2;
	struct caller *caller;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	caller = free_caller(control);
	caller->fd = fd;
	if (weir_loop_add(control->loop, fd, EPOLLIN, on_caller, caller) < 0)
		caller->fd = weir_close(fd);
	return 0;
}

static int listen_at(struct weir_control *control)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char fresh[sizeof(address.sun_path)];

	if (snprintf(fresh, sizeof(fresh), "%s.new", control->path) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, fresh, sizeof(fresh));
	control->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;
	(void)unlink(fresh);
	if (bind(control->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(fresh, 0666) < 0 || listen(control->fd, CALLERS) < 0 ||
	    rename(fresh, control->path) < 0)
		return -errno;
	return 0;
}

json_t *weir_control_refusal(const char *en, const char *zh)
{
	return json_pack("{s:s, s:s}", "error", en, "error_zh", zh);
}

int weir_control_new(const char *path, struct weir_loop *loop, weir_control_fn fn, void *context,
		     struct weir_control **ret)
{
	struct weir_control *control _cleanup_(weir_control_freep) = calloc(1, sizeof(*control));
	int r;

	if (!control)
		return -ENOMEM;
	control->fd = -1;
	control->loop = loop;
	control->fn = fn;
	control->context = context;
	for (size_t i = 0; i < CALLERS; i++)
		control->callers[i] = (struct caller){.control = control, .fd = -1};
	control->path = strdup(path);
	if (!control->path)
		return -ENOMEM;
	r = listen_at(control);
	if (r == 0)
		r = weir_loop_add(loop, control->fd, EPOLLIN, on_listen, control);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(control);
	return 0;
}

void weir_control_free(struct weir_control *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CALLERS; i++)
		hang_up(&control->callers[i]);
	weir_loop_remove(control->loop, control->fd);
	if (control->fd >= 0 && control->path)
		(void)unlink(control->path);
	weir_close(control->fd);
	free(control->path);
	free(control);
}
