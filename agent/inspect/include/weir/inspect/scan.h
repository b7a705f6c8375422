/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_INSPECT_SCAN_H
#define WEIR_INSPECT_SCAN_H

#include "weir/engine/engine.h"
#include "weir/inspect/recall.h"
#include "weir/ipc/worker.h"

/* A file up to this size is taken into memory first, so that what is searched, and remembered when it is clean, is one state of it. */
#define WEIR_INSPECT_HELD_MAX (UINT64_C(4) << 20)

/* What looks. Borrowed. */
struct weir_inspect {
	struct weir_engine *engine;
	struct weir_recall *recall;
	const struct weir_unpack_port *port; /* programs of other licences; NULL: none */
	struct weir_excerpts *
		excerpts; /* empty; gets what stands around findings where the request wants that. NULL: none */
};

/* Reads fd from its start (from where it stands when it has no positions: a pipe) to its end or to
 * a limit of the request, and fills *ret. Whatever fails becomes a status with a reason. fd is
 * borrowed. */
void weir_inspect_scan(const struct weir_inspect *inspect, int fd,
		       const struct weir_worker_request *request, struct weir_findings *ret);

#endif
