/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_IPC_INSPECTOR_H
#define WEIR_IPC_INSPECTOR_H

/* The asking side of weir-inspect: a bounded queue in front of sandboxed worker processes. Each
 * worker gets one descriptor at a time over its socketpair and answers with findings. A worker that
 * dies, answers nonsense or exceeds its time is killed and replaced. The request of one that died or
 * answered nonsense is given to another worker once, unless it can only be read once (a pipe); then,
 * and after a time-out at once, it ends as WEIR_SCAN_ERROR with a reason. A worker without its sandbox (landlock where
 * the kernel has it) is given nothing. Nothing here blocks. One thread.
 *
 * The values in findings are told by hashes under a key that is random and this inspector's own: all its workers' answers compare, and
 * nobody else's. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/base/time.h"
#include "weir/findings/custom.h"
#include "weir/findings/excerpts.h"
#include "weir/findings/findings.h"

/* While others want the processors; then it is as if it had been submitted like any other. */
#define WEIR_INSPECTOR_LEISURE_NS (5 * WEIR_NSEC_PER_SEC)

struct weir_inspector;

struct weir_inspector_options {
	const char *program;	/* path of weir-inspect */
	unsigned workers;	/* 0: 1; at most 64 */
	unsigned queue;		/* requests waiting or running; 0: 1024 */
	uint64_t timeout_ns;	/* per request; 0: 10 s */
	uint64_t max_bytes;	/* per request, the rest makes it partial; 0: 256 MiB */
	uint64_t memory_bytes;	/* per worker, RLIMIT_AS; 0: 1 GiB */
	uint8_t min_confidence; /* findings below are left out; 0: 50 */
	uint32_t uid, gid;	/* what a worker becomes when started as root; 0: 65534 */
	const struct weir_custom *detectors; /* the policy's own, copied; NULL: none */
	size_t n_detectors;
	const char *pdf; /* pdftotext; NULL: where it usually is, "": none */
	const char *ocr; /* tesseract; NULL or "": none, then images are not read */
};

/* Called from weir_inspector_dispatch() once for every accepted request, in no particular order.
 * findings is borrowed for the length of the call. */
typedef void (*weir_inspector_done_fn)(void *context, uint64_t cookie,
				       const struct weir_findings *findings);

int weir_inspector_new(const struct weir_inspector_options *options, weir_inspector_done_fn done,
		       void *context, struct weir_inspector **ret) _must_use_;
/* Kills the workers; requests under way are dropped without an answer. */
void weir_inspector_free(struct weir_inspector *inspector);
DEFINE_CLEANUP(weir_inspector_free, struct weir_inspector *);

/* Other detectors from now on: every worker is replaced, at once or after its answer, whose request is
 * then given to another. 1: they are the same as before, nothing happens. -EINVAL: beyond the limits of
 * weir/findings/custom.h. On failure the ones before stay. */
int weir_inspector_set_detectors(struct weir_inspector *inspector, const struct weir_custom *list,
				 size_t n) _must_use_;

/* So many bytes around findings are wanted with the answers to what is asked from now on, at most WEIR_EXCERPTS_BYTES_MAX; 0, as at
 * the start: none. */
void weir_inspector_want_excerpts(struct weir_inspector *inspector, uint32_t bytes);

/* While an answer is being told: what stands around its findings, from now on the caller's. NULL: nothing was wanted or found. */
struct weir_excerpts *weir_inspector_take_excerpts(struct weir_inspector *inspector);

/* Takes ownership of fd in every case (readable, offset does not matter). 0, or -EAGAIN when the
 * queue is full. */
int weir_inspector_submit(struct weir_inspector *inspector, int fd, uint64_t cookie) _must_use_;

/* The same, before all that were not submitted so: somebody waits for the answer. */
int weir_inspector_submit_urgent(struct weir_inspector *inspector, int fd,
				 uint64_t cookie) _must_use_;

/* The same, after all that were not submitted so, by a nice worker: nobody waits for the answer. It is put off for
 * WEIR_INSPECTOR_LEISURE_NS at most, and its time is longer by as much. By a worker like any other where this process can't lower
 * niceness again. */
int weir_inspector_submit_leisurely(struct weir_inspector *inspector, int fd,
				    uint64_t cookie) _must_use_;

/* Somebody waits for the answer to what was submitted with this cookie from now on. Nothing happens when there is none. */
void weir_inspector_hurry(struct weir_inspector *inspector, uint64_t cookie);

/* An epoll descriptor that becomes readable when dispatch has work (answers, deaths, time-outs);
 * owned by the inspector. */
int weir_inspector_fd(const struct weir_inspector *inspector);
int weir_inspector_dispatch(struct weir_inspector *inspector) _must_use_;

/* How often a request was given to a second worker. */
uint64_t weir_inspector_retries(const struct weir_inspector *inspector);

/* Requests accepted and not yet answered. */
size_t weir_inspector_pending(const struct weir_inspector *inspector);

#endif
