/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BENCH_RAW_H
#define WEIR_BENCH_RAW_H

/* What the console is compared with, each a process of its own: sockets and nothing behind them, where
 * whatever comes is a whole request; and libmicrohttpd alone, which reads the request and answers or
 * suspends it. Both give everybody the same answer, or none to who would wait. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum raw_kind {
	RAW_SOCKETS,
	RAW_LIBRARY,
};

struct raw;

/* connections: at most. */
struct raw *raw_start(enum raw_kind kind, uint32_t connections, const void *answer, size_t len);
void raw_stop(struct raw *raw);

pid_t raw_pid(const struct raw *raw);
const char *raw_socket(const struct raw *raw);
uint32_t raw_waiting(const struct raw *raw);

#endif
