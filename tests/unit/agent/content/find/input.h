/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_FIND_INPUT_H
#define TEST_FIND_INPUT_H

/* Texts that try the finder: deterministic, from a seed. */

#include <stddef.h>
#include <stdint.h>

uint64_t input_random(uint64_t *state);

/* Fills data; the seed also chooses what kind of text it is. */
void input_make(uint64_t seed, uint8_t *data, size_t len);

extern const char *const input_words[];
extern const size_t input_words_count;

#endif
