/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 1, network: sleepable, so that a page that is not resident is brought in and read. */

#define WEIR_CONTEXT	       __u64
#define WEIR_READ(scan, to, n) bpf_copy_from_user(to, n, (void *)(scan)->slot->source)
#include "prog/net.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("lsm.s/socket_sendmsg")
int BPF_PROG(weir_lsm_socket_sendmsg, struct socket *sock, struct msghdr *msg, int size, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_socket_send(sock, msg, size));
}
