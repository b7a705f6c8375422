/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_INSPECT_RECALL_H
#define WEIR_INSPECT_RECALL_H

/* The contents that this process has searched whole and found nothing in, so that a copy is not searched again
 * (docs/adr/0022-contents-found-clean.md). No other outcome is kept: neither findings nor what a limit cut short.
 *
 * A content is known by a keyed hash over all of its bytes and over what a request adds; the key is random and this process's own, and so is
 * the catalogue. The table has a fixed size. One thread. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/findings/findings.h"
#include "weir/ipc/worker.h"
#include "weir/unpack/unpack.h"

#define WEIR_RECALL_ENTRIES 8192 /* twice of what a worker is asked in its life */

struct weir_recall;

struct weir_recall_id {
	uint64_t word[2];
};

/* -ENOMEM, or -EIO: no random key. */
int weir_recall_new(struct weir_recall **ret) _must_use_;
void weir_recall_free(struct weir_recall *recall);
DEFINE_CLEANUP(weir_recall_free, struct weir_recall *);

/* content: the bytes that are searched, not a file that may have others by then. Of the request: the day (dates are compared with
 * it) and the limits on what is found and read. */
void weir_recall_identify(const struct weir_recall *recall,
			  const struct weir_worker_request *request,
			  const struct weir_memory *content, struct weir_recall_id *ret);

/* True: it was found clean, and *ret says so; its findings[] is not written. */
bool weir_recall_get(const struct weir_recall *recall, const struct weir_recall_id *id,
		     struct weir_findings *ret);

/* Keeps it when it is complete and nothing was found, in the place of another one when there is no room. */
void weir_recall_put(struct weir_recall *recall, const struct weir_recall_id *id,
		     const struct weir_findings *findings);

#endif
