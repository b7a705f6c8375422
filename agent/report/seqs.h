/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_SEQS_H
#define WEIR_REPORT_SEQS_H

/* The kernel sequences last reported, as a set of bounded size: the oldest go. More than the
 * kernel's ring can hold, so that whatever a restarted agent reads again is known. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_SEQS_MAX 32768

struct weir_seqs;

int weir_seqs_new(struct weir_seqs **ret) _must_use_;
void weir_seqs_free(struct weir_seqs *seqs);
DEFINE_CLEANUP(weir_seqs_free, struct weir_seqs *);

bool weir_seqs_has(const struct weir_seqs *seqs, uint64_t seq);

/* seq is not 0; adding one that is there changes nothing. */
void weir_seqs_add(struct weir_seqs *seqs, uint64_t seq);

size_t weir_seqs_count(const struct weir_seqs *seqs);

/* Number i of weir_seqs_count(), oldest first. */
uint64_t weir_seqs_at(const struct weir_seqs *seqs, size_t i);

#endif
