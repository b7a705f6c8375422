/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 3, network: packets on their way out of a cgroup. A refused segment is dropped, and so is all that follows on its socket;
 * user space then aborts the connection, so that the sender sees an error instead of a silence. */

#define WEIR_CONTEXT		struct __sk_buff *
#define WEIR_READ(scan, to, n)	bpf_skb_load_bytes((scan)->context, (scan)->slot->source, to, n)
#define WEIR_FILL_PROCESS(s, p) weir_process_known((s)->process, p)
#define WEIR_UID(s)		weir_uid_known((s)->process)
#define WEIR_PUT_OFF(s)		false
#define WEIR_FILL_NAMES(s, v)	((void)(v))

#include "lib/extract/process.bpf.h"

static __always_inline void weir_process_known(__u32 tgid, struct weir_abi_process *ret)
{
	struct weir_abi_proc *proc = bpf_map_lookup_elem(&weir_procs, &tgid);

	if (proc)
		*ret = proc->process;
	else
		ret->tgid = tgid;
}

/* As of its last exec; of one that is not known, nobody's. */
static __always_inline __u32 weir_uid_known(__u32 tgid)
{
	struct weir_abi_proc *proc = bpf_map_lookup_elem(&weir_procs, &tgid);

	return proc ? proc->process.uid : (__u32)-1;
}

#include "lib/emit/judge.bpf.h"
#include "lib/extract/remote.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define WEIR_SOCKET_DEV \
	0xffffffffu /* cookies are keyed as inodes of a device that no superblock has */

/* Fills both addresses; returns the offset of the payload, 0 when there is none to look at. */
static __always_inline __u32 weir_parse_packet(struct __sk_buff *skb,
					       struct weir_abi_address *remote,
					       struct weir_abi_address *local)
{
	__u8 head[40];
	__u16 ports[2];
	__u32 at;

	__builtin_memset(remote, 0, sizeof(*remote));
	__builtin_memset(local, 0, sizeof(*local));
	if (bpf_skb_load_bytes(skb, 0, head, 20))
		return 0;
	if (head[0] >> 4 == 4) {
		__u32 addr;

		at = (head[0] & 15) * 4;
		remote->family = WEIR_AF_INET;
		remote->protocol = head[9];
		__builtin_memcpy(&addr, head + 16, 4);
		weir_map_v4(addr, remote->addr);
		__builtin_memcpy(&addr, head + 12, 4);
		weir_map_v4(addr, local->addr);
		if ((head[6] & 0x1f) | head[7])
			return at; /* a later fragment: no ports, payload at once */
	} else {
		if (bpf_skb_load_bytes(skb, 0, head, 40))
			return 0;
		at = 40;
		remote->family = WEIR_AF_INET6;
		remote->protocol = head[6];
		__builtin_memcpy(local->addr, head + 8, 16);
		__builtin_memcpy(remote->addr, head + 24, 16);
	}
	local->family = remote->family;
	local->protocol = remote->protocol;
	if (remote->protocol != WEIR_PROTO_TCP && remote->protocol != WEIR_PROTO_UDP)
		return at;
	if (bpf_skb_load_bytes(skb, at, ports, 4))
		return 0;
	local->port = bpf_ntohs(ports[0]);
	remote->port = bpf_ntohs(ports[1]);
	if (remote->protocol == WEIR_PROTO_TCP) {
		if (bpf_skb_load_bytes(skb, at + 12, head, 1))
			return 0;
		return at + (head[0] >> 4) * 4;
	}
	return at + 8;
}

static __always_inline bool weir_packet_refused(struct __sk_buff *skb)
{
	struct weir_subject subject = {.channel = WEIR_ABI_CHANNEL_NETWORK,
				       .hook = WEIR_ABI_HOOK_CGROUP_EGRESS};
	struct weir_buffer buffer = {.kind = WEIR_BUFFER_RANGE};
	struct weir_abi_address remote, local;
	struct weir_abi_config *config;
	__u32 zero = 0, at, *owner;
	__u64 cookie;

	config = bpf_map_lookup_elem(&weir_config, &zero);
	if (!config || config->abi != WEIR_ABI_VERSION)
		return false;
	at = weir_parse_packet(skb, &remote, &local);
	if (!at || at >= skb->len)
		return false;
	subject.profile = weir_dest_profile(config, &remote);
	if (subject.profile == WEIR_ABI_PROFILE_NONE)
		return false;
	/* A packet has no process: the self-test's are known by their destination's profile. */
	if (weir_settings.generation != (subject.profile == WEIR_ABI_PROFILE_SELFTEST
						 ? config->test_generation
						 : config->generation))
		return false;
	cookie = bpf_get_socket_cookie(skb);
	subject.key = (struct weir_abi_inode){.ino = cookie, .dev = WEIR_SOCKET_DEV};
	owner = bpf_map_lookup_elem(&weir_sockets, &cookie);
	subject.process = owner ? *owner : 0;
	subject.remote = &remote;
	subject.local = &local;
	subject.length = buffer.length = buffer.count = skb->len - at;
	buffer.base = at;
	subject.alone = weir_same(remote.protocol, WEIR_PROTO_TCP) ^ 1;
	return weir_judge(config, &subject, &buffer, NULL, skb, false);
}

SEC("cgroup_skb/egress")
int weir_cgroup_egress(struct __sk_buff *skb)
{
	return weir_packet_refused(skb) ? 0 : 1;
}

static __always_inline int weir_remember(void *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	bpf_map_update_elem(&weir_sockets, &cookie, &tgid, BPF_ANY);
	return 1;
}

SEC("cgroup/connect4")
int weir_cgroup_connect4(struct bpf_sock_addr *ctx)
{
	return weir_remember(ctx);
}

SEC("cgroup/connect6")
int weir_cgroup_connect6(struct bpf_sock_addr *ctx)
{
	return weir_remember(ctx);
}

SEC("cgroup/sendmsg4")
int weir_cgroup_sendmsg4(struct bpf_sock_addr *ctx)
{
	return weir_remember(ctx);
}

SEC("cgroup/sendmsg6")
int weir_cgroup_sendmsg6(struct bpf_sock_addr *ctx)
{
	return weir_remember(ctx);
}

SEC("cgroup/sock_release")
int weir_cgroup_release(struct bpf_sock *ctx)
{
	struct weir_abi_inode key = {.ino = bpf_get_socket_cookie(ctx), .dev = WEIR_SOCKET_DEV};

	bpf_map_delete_elem(&weir_sockets, &key.ino);
	bpf_map_delete_elem(&weir_flows, &key);
	return 1;
}
