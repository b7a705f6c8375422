/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CAPTURE_FOLDER_H
#define WEIR_CAPTURE_FOLDER_H

/* Sealed evidence on its way: SPOOL/evidence, a file of each, named by its SHA-256 (docs/modules/spool.md). weir-sync takes it to the
 * console and removes it, so the folder is its group's to write: nothing in it is believed, nor more of it counted than is
 * bounded. Any thread. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_CAPTURE_HASH_LEN  32
#define WEIR_CAPTURE_FILES_MAX 256
#define WEIR_CAPTURE_BYTES_MAX (UINT64_C(64) << 20)

struct weir_evidence_folder;

/* Makes it where it is missing, and removes what a crash left half written. max_bytes 0: WEIR_CAPTURE_BYTES_MAX. */
int weir_evidence_folder_new(const char *spool_dir, uint64_t max_bytes,
			     struct weir_evidence_folder **ret) _must_use_;
void weir_evidence_folder_free(struct weir_evidence_folder *folder);
DEFINE_CLEANUP(weir_evidence_folder_free, struct weir_evidence_folder *);

/* Durable when it returns 0. -ENOSPC: past its bound, or the disk is full; what the disk says. */
int weir_evidence_folder_put(const struct weir_evidence_folder *folder,
			     const uint8_t sha256[static WEIR_CAPTURE_HASH_LEN], const void *sealed,
			     size_t len) _must_use_;
void weir_evidence_folder_remove(const struct weir_evidence_folder *folder,
				 const uint8_t sha256[static WEIR_CAPTURE_HASH_LEN]);

#endif
