/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BENCH_LOAD_H
#define WEIR_BENCH_LOAD_H

/* Endpoints as nginx hands them over: heartbeats over a Unix socket, by one thread. What fails ends the
 * program. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_ANSWER_MAX 1024

struct load;

/* n connections to the socket; endpoints are numbered from 0, see fleet.h. */
struct load *load_open(const char *socket, uint32_t n);
void load_close(struct load *load);

/* So many heartbeats, each of the next of n_endpoints, one at a time on each connection, each answered
 * by 200. sequences: by endpoint, what was said last; 0: nothing, and it says who it is. */
void load_beat(struct load *load, uint32_t count, uint64_t *sequences, uint32_t n_endpoints);

/* Connection i says one heartbeat of endpoint i that may wait. */
void load_wait(struct load *load, uint64_t *sequences);

/* Until each connection has an answer of this status. Nanoseconds (monotonic) at which each came, in
 * their order, to be freed. */
uint64_t *load_answers(struct load *load, int status);

/* How many answers have come, without waiting for any. */
uint32_t load_poll(struct load *load);

/* The last answer's body. */
const char *load_body(const struct load *load, size_t *ret_len);

/* The digits that text begins with. */
uint32_t load_number(const char *text);

void die(const char *what);

#endif
