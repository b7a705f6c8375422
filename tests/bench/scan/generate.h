/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_GENERATE_H
#define BENCH_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each fills the data (prose: returns how much); always the same bytes. */
void generate_csv(uint8_t *data, size_t len);
void generate_logs(uint8_t *data, size_t len);
void generate_random(uint8_t *data, size_t len);
size_t generate_prose(uint8_t *data, size_t len, bool chinese);

#endif
