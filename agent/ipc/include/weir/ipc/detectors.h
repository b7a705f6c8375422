/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_IPC_DETECTORS_H
#define WEIR_IPC_DETECTORS_H

/* A policy's own detectors on their way from the inspector to its workers: one sealed memory file that
 * a worker finds as descriptor WEIR_WORKER_DETECTORS_FD when it is started with --detectors. It reads
 * and compiles them before it enters its sandbox. The form is for one build on one machine; its
 * version catches a mixed installation. */

#include <stddef.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/findings/custom.h"

#define WEIR_WORKER_DETECTORS_FD 4
/* More than WEIR_CUSTOM_MAX detectors with everything at its limit need. */
#define WEIR_DETECTORS_BYTES_MAX ((size_t)256 << 10)

struct weir_detectors;

/* Appends n detectors. 0, -EINVAL (more, or longer ones, than weir/findings/custom.h allows), -ENOBUFS,
 * -ENOMEM. None at all are good as well. */
int weir_detectors_pack(const struct weir_custom *list, size_t n, struct weir_buf *ret) _must_use_;

/* Takes any bytes: 0, -EPROTO (not what pack made, to the last byte) or -ENOMEM. What it gives out is
 * within the limits of weir/findings/custom.h, and every text is UTF-8; whether the patterns compile
 * is for the catalogue. */
int weir_detectors_parse(const void *data, size_t len, struct weir_detectors **ret) _must_use_;
/* The same from a descriptor, which is borrowed. */
int weir_detectors_read(int fd, struct weir_detectors **ret) _must_use_;
void weir_detectors_free(struct weir_detectors *detectors);
DEFINE_CLEANUP(weir_detectors_free, struct weir_detectors *);

const struct weir_custom *weir_detectors_list(const struct weir_detectors *detectors,
					      size_t *ret_count);

/* A sealed memory file with these bytes, CLOEXEC; negative errno. */
int weir_detectors_memfd(const void *data, size_t len) _must_use_;

#endif
