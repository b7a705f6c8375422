/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_INSPECT_SCAN_H
#define WEIR_INSPECT_SCAN_H

#include "weir/engine/engine.h"
#include "weir/ipc/worker.h"

/* Reads fd from its start (from where it stands when it has no positions: a pipe) to its end or to
 * a limit of the request, and fills *ret. Whatever fails becomes a status with a reason. fd is
 * borrowed. port: programs of other licences, may be NULL. */
void weir_inspect_scan(struct weir_engine *engine, int fd,
		       const struct weir_worker_request *request,
		       const struct weir_unpack_port *port, struct weir_findings *ret);

#endif
