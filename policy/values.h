/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_VALUES_H
#define WEIR_POLICY_VALUES_H

/* The small notations inside policy texts. Each returns 0 or -EINVAL and leaves its output alone on
 * failure. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/v1/policy.pb-c.h"

struct host_text {
	bool named; /* no address: name is all there is */
	uint8_t addr[16];
	uint8_t prefix;
	uint16_t port; /* 0: any */
	char name[254];
};

/* "192.0.2.7", "192.0.2.7:22", "192.0.2.0/24", "192.0.2.0/24:443", "2001:db8::7",
 * "[2001:db8::7]:22", "2001:db8::/32", "sftp.example", "sftp.example:22". */
int parse_host(const char *text, struct host_text *ret);

/* "2026-11-20" (a day in China, UTC+08:00) or RFC 3339 with its offset, in nanoseconds since 1970
 * UTC. With end, a day means its last moment: the start of the next one. */
int parse_when(const char *text, bool end, uint64_t *ret_ns);

/* "90m", "24h", "7d", in seconds. */
int parse_duration(const char *text, uint32_t *ret_seconds);

/* ">=5" and ">4". */
int parse_distinct(const char *text, Weir__V1__Comparison *ret_comparison, uint64_t *ret);

#endif
