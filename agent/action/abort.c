/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/action/abort.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

static void put_address(const struct weir_abi_address *address, __be32 out[static 4])
{
	if (address->family == AF_INET)
		memcpy(out, address->addr + 12, 4);
	else
		memcpy(out, address->addr, 16);
}

/* The namespace folder entry of pid, -1 when it is this process's own or can't be told. */
static int other_namespace(uint32_t pid)
{
	struct stat own, other;
	char path[64];
	int fd _cleanup_(weir_closep) = -1;

	if (pid == 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &other) < 0 || stat("/proc/thread-self/ns/net", &own) < 0)
		return -1;
	if (own.st_ino == other.st_ino && own.st_dev == other.st_dev)
		return -1;
	return TAKE_FD(fd);
}

static int diag_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	return fd < 0 ? -errno : fd;
}

/* A socket stays in the namespace that it was made in. */
static int diag_socket_in(int namespace)
{
	int own _cleanup_(weir_closep) = -1;
	int fd;

	if (namespace < 0)
		return diag_socket();
	own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(namespace, CLONE_NEWNET) < 0)
		return -errno;
	fd = diag_socket();
	if (setns(own, CLONE_NEWNET) < 0) {
		int r = -errno;

		/* A thread that stays in a stranger's namespace must not go on as if nothing had happened. */
		if (fd >= 0)
			(void)weir_close(fd);
		return r;
	}
	return fd;
}

/* The kernel answers the message at once, within the send. */
static int read_answer(int fd)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(answer.header) + sizeof(answer.error.error) ||
	    answer.header.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.error.error;
}

int weir_abort_connection(const struct weir_abi_address *local,
			  const struct weir_abi_address *remote, uint32_t pid)
{
	struct request request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = SOCK_DESTROY,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.body = {.sdiag_family = local->family,
			 .sdiag_protocol = IPPROTO_TCP,
			 .id = {.idiag_sport = htons(local->port),
				.idiag_dport = htons(remote->port),
				.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
	};
	int namespace _cleanup_(weir_closep) = -1;
	int fd _cleanup_(weir_closep) = -1;

	if (local->protocol != IPPROTO_TCP ||
	    (local->family != AF_INET && local->family != AF_INET6))
		return -EPROTONOSUPPORT;
	put_address(local, request.body.id.idiag_src);
	put_address(remote, request.body.id.idiag_dst);
	namespace = other_namespace(pid);
	fd = diag_socket_in(namespace);
	if (fd < 0)
		return fd;
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		return -errno;
	return read_answer(fd);
}
