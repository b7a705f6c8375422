/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TALLY_H
#define WEIR_ENGINE_TALLY_H

/* What one object comes to: findings, distinct values, records, customers. Decides what only the
 * column or the whole object can decide. Values come text by text, in the order of their offsets. */

#include <stdbool.h>
#include <stdint.h>

#include "columns.h"
#include "score.h"
#include "weir/base/macros.h"
#include "weir/findings/findings.h"

struct weir_tally;

int weir_tally_new(const struct weir_catalogue *catalogue, struct weir_tally **ret) _must_use_;
void weir_tally_free(struct weir_tally *tally);
DEFINE_CLEANUP(weir_tally_free, struct weir_tally *);

void weir_tally_begin(struct weir_tally *tally, uint8_t min_confidence);

/* A text begins, with its path in the object; ends what was pending of the last one. */
void weir_tally_part(struct weir_tally *tally, const char *path);

/* The first byte of the value in its source is at offset, of length bytes. 0 or -ENOMEM. */
int weir_tally_add(struct weir_tally *tally, struct weir_columns *columns,
		   const struct weir_scored *scored, struct weir_cell cell, uint64_t offset,
		   uint32_t length) _must_use_;

/* Ends the object: fills everything in *ret but status, reason, type and bytes. */
/* True when every finding that there is room for was kept: no masked form is shown any more. */
bool weir_tally_full(const struct weir_tally *tally);

/* Says that the value will be added soon: its place in memory is fetched meanwhile. */
void weir_tally_expect(const struct weir_tally *tally, const struct weir_scored *scored);

void weir_tally_finish(struct weir_tally *tally, struct weir_findings *ret);

/* Of the last object: which of its texts, counted from 1, the findings of this part lie in; 0: in several of one name. */
uint32_t weir_tally_text_of(const struct weir_tally *tally, uint8_t part);

#endif
