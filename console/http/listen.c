/* SPDX-License-Identifier: Apache-2.0 */
/* Where the server may be reached: a Unix socket that its mode guards, or loopback. Nothing else,
 * because there is no TLS here: the network's side is nginx. */

#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "weir/base/fd.h"

#define BACKLOG	    128
#define SOCKET_MODE 0660

/* 0 when nothing is in the way any more. Only a socket that nobody answers is removed. */
static int remove_stale(const struct sockaddr_un *name, struct weir_error *err)
{
	int fd _cleanup_(weir_closep) = -1;
	struct stat st;

	if (lstat(name->sun_path, &st) < 0)
		return errno == ENOENT ? 0
				       : weir_error_set(err, -errno, 0, 0, "cannot look at %s: %m",
							name->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return weir_error_set(err, -EEXIST, 0, 0, "%s is in the way and not a socket",
				      name->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot make a socket: %m");
	if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 || errno == EAGAIN)
		return weir_error_set(err, -EADDRINUSE, 0, 0, "another process listens on %s",
				      name->sun_path);
	if (errno != ECONNREFUSED)
		return weir_error_set(err, -errno, 0, 0, "cannot tell whether %s is in use: %m",
				      name->sun_path);
	if (unlink(name->sun_path) < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot remove the old socket %s: %m",
				      name->sun_path);
	return 0;
}

int weir_http_listen_unix(const char *path, struct weir_error *err, int *ret_fd)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd _cleanup_(weir_closep) = -1;
	size_t len = strlen(path);
	int r;

	if (len == 0 || len >= sizeof(name.sun_path)) {
		weir_error_set(err, -ENAMETOOLONG, 0, 0,
			       "the socket's path is empty or over %zu bytes",
			       sizeof(name.sun_path) - 1);
		weir_error_hint(err, "choose a shorter path");
		return -ENAMETOOLONG;
	}
	memcpy(name.sun_path, path, len);
	r = remove_stale(&name, err);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot make a socket: %m");
	/* Nobody can connect before listen(), so the mode is right before it matters. */
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot bind %s: %m", path);
	if (chmod(path, SOCKET_MODE) < 0 || listen(fd, BACKLOG) < 0) {
		r = weir_error_set(err, -errno, 0, 0, "cannot listen on %s: %m", path);
		unlink(path);
		return r;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int weir_http_listen_loopback(const char *address, uint16_t port, struct weir_error *err,
			      int *ret_fd, uint16_t *ret_port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(name);
	int fd _cleanup_(weir_closep) = -1;
	const int on = 1;

	if (inet_pton(AF_INET, address, &name.sin_addr) != 1 ||
	    name.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) {
		weir_error_set(err, -EPERM, 0, 0,
			       "will not listen on \"%.64s\": without TLS, alerts and tokens would "
			       "cross the network "
			       "in clear; only 127.0.0.1 is allowed",
			       address);
		weir_error_hint(err,
				"listen on a Unix socket and let nginx serve the network with TLS");
		return -EPERM;
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot make a socket: %m");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &len) < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot listen on 127.0.0.1 port %u: %m",
				      port);
	*ret_port = ntohs(name.sin_port);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
