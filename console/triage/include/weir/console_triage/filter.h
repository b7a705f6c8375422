/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_FILTER_H
#define WEIR_CONSOLE_TRIAGE_FILTER_H

/* Which alerts somebody asks for. Terms of FIELD and VALUE, all of which must hold:
 *
 *   state		new, in_progress, resolved, suppressed; open: the first two
 *   verdict		none, true_positive, benign_authorised, false_positive, test, duplicate
 *   severity		low, medium, high, critical; ">=high": that or more
 *   channel		file, removable (usb), share, network, at_rest, agent
 *   action		the strongest that was taken: allow, audit, warn, block, quarantine
 *   since		RFC 3339, or back from now ("24h"): of the last event
 *   rule user assignee destination	the whole text
 *   host device agent detector	one of those that the alert has seen
 *
 * The values of the first five may be several, "new,resolved". Every field but since may be negated. A field may be asked for once, and
 * negated once. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_store/store.h"

#define WEIR_FILTER_LINE_MAX 1024 /* bytes of a line of terms */
#define WEIR_FILTER_TEXT_MAX 256  /* bytes of a value with its NUL */

enum weir_filter_mask {
	WEIR_FILTER_STATE, /* enum weir_alert_state */
	WEIR_FILTER_VERDICT,
	WEIR_FILTER_SEVERITY,
	WEIR_FILTER_CHANNEL, /* 1 << enum Channel of weir.v1 */
	WEIR_FILTER_ACTION,
	_WEIR_FILTER_MASK_MAX,
};

enum weir_filter_text {
	WEIR_FILTER_RULE,
	WEIR_FILTER_USER,
	WEIR_FILTER_ASSIGNEE,
	WEIR_FILTER_DESTINATION,
	WEIR_FILTER_HOST,
	WEIR_FILTER_DEVICE,
	WEIR_FILTER_AGENT,
	WEIR_FILTER_DETECTOR,
	_WEIR_FILTER_TEXT_MAX,
};

struct weir_alert_filter {
	uint32_t masks[_WEIR_FILTER_MASK_MAX]; /* what may be; all bits when not asked for */
	uint64_t since_ns;		       /* 0: any time */
	char texts[_WEIR_FILTER_TEXT_MAX][2]
		  [WEIR_FILTER_TEXT_MAX]; /* [0] is, [1] is not; "": any */
	const struct weir_store_scope
		*scope;	  /* whose groups all are in it; NULL: any; not a term */
	uint32_t seen[2]; /* the fields that were asked for, and that were negated */
};

void weir_alert_filter_init(struct weir_alert_filter *filter);

/* Adds one term. -EINVAL with *err, which never repeats the value. */
int weir_alert_filter_add(struct weir_alert_filter *filter, const char *field_name, bool negated,
			  const char *value, uint64_t now_ns, struct weir_error *err) _must_use_;

/* Adds a line of terms between blanks: user:li.na channel:usb -rule:x host:"a b". In quotes a blank
 * does not end a value; there are no escapes. -EINVAL with *err and its column. */
int weir_alert_filter_add_line(struct weir_alert_filter *filter, const char *line, uint64_t now_ns,
			       struct weir_error *err) _must_use_;

/* "" when no field is of this name; else the name itself, static. For tables of parameters. */
const char *weir_alert_filter_field(const char *name);

#endif
