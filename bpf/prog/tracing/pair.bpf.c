/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pairs of sockets without names (socketpair()) carry what their sender remembers to whoever reads at the other end, and pipes to who
 * waits in a read. Not sockets with a name: what talks to everybody would carry everything to everybody. The family's own functions, behind every system call and
 * io_uring: a send is seen before its bytes can be read and after all that may refuse it, a receipt when there was something. Nothing is decided
 * here, so fentry and fexit serve tiers 1 and 2 alike. */

#define WEIR_CONTEXT	       __u64
#define WEIR_READ(scan, to, n) bpf_probe_read_user(to, n, (void *)(scan)->slot->source)

#include "lib/scan/lineage.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define WEIR_SOCK_SEQPACKET 5

static __always_inline void weir_socket_key(struct socket *sock, struct weir_abi_inode *ret)
{
	weir_inode_key(&((struct socket_alloc *)sock)->vfs_inode, ret);
}

/* The end at which sock's bytes arrive: it, and not this one, is what they are read from, also when this one is closed by then. NULL:
 * one of the two has a name, or the other is closed. Nothing holds it: at worst a key is made of what it was. */
static __always_inline struct socket *weir_pair_other(struct socket *sock)
{
	struct unix_sock *here = (void *)BPF_CORE_READ(sock, sk);
	struct unix_sock *there = (void *)BPF_CORE_READ(here, peer);

	if (!there || BPF_CORE_READ(here, addr) || BPF_CORE_READ(there, addr))
		return NULL;
	return BPF_CORE_READ(there, sk.sk_socket);
}

static __always_inline void weir_pair_carry(struct socket *sock, const struct weir_buffer *buffer)
{
	struct weir_abi_proc *proc = weir_remembers();
	struct weir_abi_inode key;
	struct socket *other;

	if (!proc)
		return;
	other = weir_pair_other(sock);
	if (!other)
		return;
	weir_socket_key(other, &key);
	weir_carry_to(proc, &key, buffer);
}

static __always_inline int weir_pair_send(struct socket *sock, struct msghdr *msg, __u64 size)
{
	struct weir_buffer buffer;

	if (!size || !weir_lineage_follows())
		return 0;
	weir_buffer_of_message(msg, size, &buffer);
	weir_pair_carry(sock, &buffer);
	return 0;
}

SEC("?fentry/unix_stream_sendmsg")
int BPF_PROG(weir_pair_stream, struct socket *sock, struct msghdr *msg, unsigned long size)
{
	return weir_pair_send(sock, msg, size);
}

/* To the other end, whatever address is given. */
SEC("?fentry/unix_seqpacket_sendmsg")
int BPF_PROG(weir_pair_packet, struct socket *sock, struct msghdr *msg, unsigned long size)
{
	return weir_pair_send(sock, msg, size);
}

/* An address is a name. The function before this one goes on here. */
SEC("?fentry/unix_dgram_sendmsg")
int BPF_PROG(weir_pair_datagram, struct socket *sock, struct msghdr *msg, unsigned long size)
{
	if (sock->type == WEIR_SOCK_SEQPACKET || msg->msg_namelen)
		return 0;
	return weir_pair_send(sock, msg, size);
}

/* sendfile() and splice() into a stream up to 6.4; they are messages since, and always were into the others. */
SEC("?fentry/unix_stream_sendpage")
int BPF_PROG(weir_pair_page, struct socket *sock)
{
	const struct weir_buffer unseen = {.kind = WEIR_BUFFER_OPAQUE};

	if (weir_lineage_follows())
		weir_pair_carry(sock, &unseen);
	return 0;
}

/* A look that leaves it there (MSG_PEEK) is a reading as well. */
static __always_inline int weir_pair_read(struct socket *sock, __s64 size)
{
	struct weir_abi_inode key;

	if (size <= 0 || !weir_lineage_follows())
		return 0;
	weir_socket_key(sock, &key);
	weir_carried_by(&key);
	return 0;
}

/* A pipe as well: file_permission is asked when a read begins, and who waits in it finds nothing then. Since 6.15 by its new name. */
static __always_inline int weir_pipe_read(struct kiocb *request, __s64 size)
{
	if (size > 0 && weir_lineage_follows())
		weir_carried(request->ki_filp);
	return 0;
}

SEC("?fexit/pipe_read")
int BPF_PROG(weir_pipe_was_read, struct kiocb *request, void *to, long ret)
{
	return weir_pipe_read(request, ret);
}

SEC("?fexit/anon_pipe_read")
int BPF_PROG(weir_anon_pipe_was_read, struct kiocb *request, void *to, long ret)
{
	return weir_pipe_read(request, ret);
}

SEC("?fexit/unix_stream_recvmsg")
int BPF_PROG(weir_pair_stream_read, struct socket *sock, struct msghdr *msg, unsigned long size,
	     int flags, int ret)
{
	return weir_pair_read(sock, ret);
}

SEC("?fexit/unix_dgram_recvmsg")
int BPF_PROG(weir_pair_datagram_read, struct socket *sock, struct msghdr *msg, unsigned long size,
	     int flags, int ret)
{
	return weir_pair_read(sock, ret);
}

SEC("?fexit/unix_seqpacket_recvmsg")
int BPF_PROG(weir_pair_packet_read, struct socket *sock, struct msghdr *msg, unsigned long size,
	     int flags, int ret)
{
	return weir_pair_read(sock, ret);
}

SEC("?fexit/unix_stream_splice_read")
int BPF_PROG(weir_pair_splice_read, struct socket *sock, loff_t *at, void *pipe, unsigned long size,
	     unsigned int flags, long ret)
{
	return weir_pair_read(sock, ret);
}
