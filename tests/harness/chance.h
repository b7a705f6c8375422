/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_CHANCE_H
#define TEST_CHANCE_H

/* Numbers that are drawn, and the same in every run and on every machine (xorshift64*). */

#include <stdint.h>

static uint64_t chance_state = UINT64_C(0x9e3779b97f4a7c15);

static inline void chance_seed(uint64_t seed)
{
	chance_state = UINT64_C(0x9e3779b97f4a7c15) ^ (seed << 1);
}

/* 0 to below - 1. */
static inline unsigned chance(unsigned below)
{
	chance_state ^= chance_state >> 12;
	chance_state ^= chance_state << 25;
	chance_state ^= chance_state >> 27;
	return (unsigned)((chance_state * UINT64_C(2685821657736338717)) >> 33) % below;
}

#endif
