/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_NET_H
#define WEIR_BPF_PROG_NET_H

/* The body of socket_sendmsg: plaintext of every send, before it leaves. The object defines WEIR_READ: tier 1's hook may sleep
 * and reads pages that are not resident; tier 2's may not. */

#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_UID(s)		((void)(s), weir_uid_current())
#define WEIR_PUT_OFF(s)		false
#define WEIR_FILL_NAMES(s, v)	((void)(v))

#include "lib/emit/judge.bpf.h"
#include "lib/extract/inode.bpf.h"
#include "lib/extract/remote.bpf.h"

static __always_inline __u32 weir_socket_send(struct socket *sock, struct msghdr *msg, int size)
{
	struct weir_subject subject = {.channel = WEIR_ABI_CHANNEL_NETWORK,
				       .hook = WEIR_ABI_HOOK_SOCKET_SENDMSG};
	struct weir_abi_address remote, local;
	struct weir_abi_config *config;
	struct weir_buffer buffer;

	if (size <= 0 || !weir_ends_of(sock, &remote, &local))
		return 0;
	weir_addressed_to(msg, &remote);
	config = weir_active();
	if (!config || weir_is_kernel_thread())
		return 0;
	subject.profile = weir_dest_profile(config, &remote);
	if (subject.profile == WEIR_ABI_PROFILE_NONE)
		return 0;
	subject.remote = &remote;
	subject.local = &local;
	subject.length = size;
	subject.alone = weir_is_alone(sock, remote.protocol);
	weir_inode_key(&((struct socket_alloc *)sock)->vfs_inode, &subject.key);
	weir_buffer_of_message(msg, size, &buffer);
	return weir_judge(config, &subject, &buffer, weir_proc_make(), 0, false);
}

#endif
