/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_QUARANTINE_H
#define WEIR_DAEMON_QUARANTINE_H

/* What root may ask about the quarantine over the control socket: {"request":"quarantine","do":"list"}, "restore" or "forget" with
 * "id", and for restore perhaps "to", an absolute path. */

#include "weir/action/quarantine.h"
#include "weir/daemon/control.h"

#define WEIR_QUARANTINE_LIST_MAX 256 /* entries in one answer; "more" says that there are others */

/* A new reference; quarantine NULL: there is none. */
json_t *weir_answer_quarantine(struct weir_quarantine *quarantine,
			       const struct weir_control_request *request);

#endif
