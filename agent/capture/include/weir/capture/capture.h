/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CAPTURE_CAPTURE_H
#define WEIR_CAPTURE_CAPTURE_H

/* Sealing evidence and putting it on the disk, on a thread of its own: neither cryptography nor a slow disk holds up its owner, and no
 * decision waits for either. What is to be sealed is held in memory alone and overwritten as soon as it is. One at a time, in
 * order. All functions are for the owner's thread. */

#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/capture/folder.h"
#include "weir/evidence/record.h"
#include "weir/evidence/sealed.h"

#define WEIR_CAPTURE_QUEUE     32 /* waiting, under way or not yet dispatched */
#define WEIR_CAPTURE_PLAIN_MAX (512u * 1024)

struct weir_capture;

struct weir_capture_done {
	uint64_t cookie;
	int result; /* 0: it is in the folder; -ENOSPC: no room there; -ECANCELED: not begun */
	uint8_t sha256[WEIR_CAPTURE_HASH_LEN]; /* when result is 0 */
};

/* Called from dispatch, or while freeing, once for each that was submitted. Must not submit while freeing. */
typedef void (*weir_capture_done_fn)(void *context, const struct weir_capture_done *done);

/* folder: borrowed. */
int weir_capture_new(const struct weir_evidence_folder *folder, weir_capture_done_fn done,
		     void *context, struct weir_capture **ret) _must_use_;
/* Waits for the one under way; those behind it are cancelled. */
void weir_capture_free(struct weir_capture *capture);
DEFINE_CLEANUP(weir_capture_free, struct weir_capture *);

/* Copies the evidence; the caller overwrites his. -EAGAIN: the queue is full; -EINVAL, -ENOBUFS: evidence that cannot be (weir/evidence/record.h);
 * -ENOMEM. */
int weir_capture_submit(struct weir_capture *capture, const struct weir_evidence *evidence,
			struct weir_recipients *recipients, uint64_t cookie) _must_use_;

/* Readable when dispatch has something. */
int weir_capture_fd(const struct weir_capture *capture);
int weir_capture_dispatch(struct weir_capture *capture) _must_use_;

#endif
