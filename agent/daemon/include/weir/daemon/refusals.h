/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_REFUSALS_H
#define WEIR_DAEMON_REFUSALS_H

/* What anybody may ask about what was refused to them, and to nobody else, root included:
 * {"request":"explain"}, perhaps with "event", the number of one, and
 * {"request":"justify","event":N,"reason":"..."}. */

#include "weir/daemon/control.h"
#include "weir/pipeline/pipeline.h"

/* What the arguments say. 0 or -EINVAL. */
struct weir_justify_arguments {
	uint64_t event;
	const char *reason; /* borrowed from the request */
};
int weir_justify_parse(const json_t *arguments, struct weir_justify_arguments *ret) _must_use_;

/* New references. */
json_t *weir_answer_explain(const struct weir_pipeline *pipeline,
			    const struct weir_control_request *request);
json_t *weir_answer_justify(struct weir_pipeline *pipeline,
			    const struct weir_control_request *request);

#endif
