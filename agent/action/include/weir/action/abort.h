/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ACTION_ABORT_H
#define WEIR_ACTION_ABORT_H

/* Ending a TCP connection whose packets are being dropped: its owner sees ECONNABORTED at once, instead of retransmitting into
 * silence. Through the kernel's socket diagnosis interface (SOCK_DESTROY, Linux 4.9, CONFIG_INET_DIAG_DESTROY). */

#include <stdint.h>

#include "weir/abi/record.h"
#include "weir/base/macros.h"

/* Aborts the TCP connection local -> remote in the network namespace of process pid (0: this one). 0; -ENOENT: there is no such
 * connection any more; -EPROTONOSUPPORT: not TCP; -EOPNOTSUPP: the kernel can't. Does not wait for the network. Enters the other
 * namespace for the length of the call, with the calling thread only. */
int weir_abort_connection(const struct weir_abi_address *local,
			  const struct weir_abi_address *remote, uint32_t pid) _must_use_;

#endif
