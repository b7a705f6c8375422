/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_REMOTE_H
#define WEIR_BPF_EXTRACT_REMOTE_H

/* Where a message goes, and which profile that destination is under. */

#include "lib/base/core.bpf.h"

#define WEIR_AF_INET   2
#define WEIR_AF_INET6  10
#define WEIR_PROTO_TCP 6
#define WEIR_PROTO_UDP 17

/* 1 when a is b, for numbers below 2^31, without a branch for the verifier to follow both ways. */
static __always_inline __u32 weir_same(__u32 a, __u32 b)
{
	__u32 same = ((a ^ b) - 1) >> 31;

	asm volatile("" : "+r"(same));
	return same;
}

static __always_inline void weir_map_v4(__u32 addr, __u8 ret[16])
{
	__builtin_memset(ret, 0, 10);
	ret[10] = ret[11] = 0xff;
	__builtin_memcpy(ret + 12, &addr, 4);
}

/* The two ends of a connected socket; false when the socket is of no family that leaves the host. */
static __always_inline bool weir_ends_of(struct socket *sock, struct weir_abi_address *remote,
					 struct weir_abi_address *local)
{
	struct sock *sk = BPF_CORE_READ(sock, sk);
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family != WEIR_AF_INET && family != WEIR_AF_INET6)
		return false;
	__builtin_memset(remote, 0, sizeof(*remote));
	__builtin_memset(local, 0, sizeof(*local));
	remote->family = local->family = family;
	remote->protocol = local->protocol = BPF_CORE_READ(sk, sk_protocol);
	local->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	remote->port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (family == WEIR_AF_INET) {
		weir_map_v4(BPF_CORE_READ(sk, __sk_common.skc_daddr), remote->addr);
		weir_map_v4(BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr), local->addr);
	} else {
		BPF_CORE_READ_INTO(&remote->addr, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&local->addr, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
	}
	return true;
}

/* An address given with the message (sendto, sendmsg) goes before the connected one; it is in kernel memory by now. TCP ignores
 * it. */
static __always_inline void weir_addressed_to(struct msghdr *msg, struct weir_abi_address *remote)
{
	void *name = BPF_CORE_READ(msg, msg_name);
	int name_len = BPF_CORE_READ(msg, msg_namelen);
	struct {
		__u16 family, port;
		__u32 v4_or_flow;
		__u8 v6[16];
	} given = {};

	if (!name || remote->protocol == WEIR_PROTO_TCP || name_len < 16)
		return;
	if (bpf_probe_read_kernel(&given, name_len >= 24 ? 24 : 8, name))
		return;
	/* An IPv4 socket takes AF_UNSPEC for AF_INET (udp_sendmsg, raw_sendmsg); an IPv6 one sends to its peer then. */
	if (weir_same(given.family, WEIR_AF_INET) |
	    (weir_same(given.family, 0) & weir_same(remote->family, WEIR_AF_INET)))
		weir_map_v4(given.v4_or_flow, remote->addr);
	else if (given.family == WEIR_AF_INET6)
		__builtin_memcpy(remote->addr, given.v6, 16);
	else
		return;
	remote->port = bpf_ntohs(given.port);
}

/* Is this send a message by itself? What follows a part that a datagram socket holds back (MSG_MORE, UDP_CORK) is not. */
static __always_inline __u32 weir_is_alone(struct socket *sock, __u8 protocol)
{
	struct udp_sock *udp = (void *)BPF_CORE_READ(sock, sk);
	__u32 held = BPF_CORE_READ(udp, pending); /* no matter what it is of another protocol */

	return (weir_same(protocol, WEIR_PROTO_TCP) ^ 1) &
	       ((weir_same(protocol, WEIR_PROTO_UDP) ^ 1) | weir_same(held & 0xffff, 0));
}

static __always_inline bool weir_dest_matches(const struct weir_abi_dest *dest,
					      const struct weir_abi_address *to)
{
	__u32 bits = dest->prefix;

	if (dest->port && dest->port != to->port)
		return false;
	for (int i = 0; i < 16; i++) {
		__u8 mask = bits >= 8 ? 0xff : (__u8)(0xff00 >> bits);

		if ((dest->addr[i] ^ to->addr[i]) & mask)
			return false;
		bits = bits >= 8 ? bits - 8 : 0;
	}
	return true;
}

struct weir_dest_search {
	const struct weir_abi_address *to;
	__u32 used;
	__u32 profile;
};

static long weir_dest_step(__u32 i, struct weir_dest_search *search)
{
	struct weir_abi_dest *dest;

	if (i >= search->used)
		return 1;
	dest = bpf_map_lookup_elem(&weir_dests, &i);
	if (!dest)
		return 1;
	if (!weir_dest_matches(dest, search->to))
		return 0;
	search->profile = dest->profile;
	return 1;
}

static __always_inline __u32 weir_dest_profile(struct weir_abi_config *config,
					       const struct weir_abi_address *to)
{
	struct weir_dest_search search = {
		.to = to, .used = config->dests, .profile = WEIR_ABI_PROFILE_NETWORK};

	bpf_loop(WEIR_ABI_DESTS, weir_dest_step, &search, 0);
	return search.profile;
}

#endif
