/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 2, network: fmod_ret on security_* may not sleep. */

#define WEIR_CONTEXT	       __u64
#define WEIR_READ(scan, to, n) bpf_probe_read_user(to, n, (void *)(scan)->slot->source)
#include "prog/net.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fmod_ret/security_socket_sendmsg")
int BPF_PROG(weir_fmod_socket_sendmsg, struct socket *sock, struct msghdr *msg, int size, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_socket_send(sock, msg, size));
}
