/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_NAMES_H
#define WEIR_CONSOLE_TRIAGE_NAMES_H

/* What an alert can be. Every value is a bit of its own, so that a set of them is a mask; the numbers
 * are stored and never reused. */

#include <stdint.h>

#include "weir/base/macros.h"

enum weir_alert_state {
	WEIR_ALERT_NEW = 1,
	WEIR_ALERT_IN_PROGRESS = 2,
	WEIR_ALERT_RESOLVED = 4, /* always with a verdict */
	WEIR_ALERT_SUPPRESSED = 8,
};
#define WEIR_ALERT_OPEN (WEIR_ALERT_NEW | WEIR_ALERT_IN_PROGRESS)

enum weir_alert_verdict {
	WEIR_VERDICT_NONE = 1, /* not resolved */
	WEIR_VERDICT_TRUE_POSITIVE = 2,
	WEIR_VERDICT_BENIGN_AUTHORISED = 4,
	WEIR_VERDICT_FALSE_POSITIVE = 8,
	WEIR_VERDICT_TEST = 16,
	WEIR_VERDICT_DUPLICATE = 32,
};

enum weir_severity {
	WEIR_SEVERITY_LOW = 1,
	WEIR_SEVERITY_MEDIUM = 2,
	WEIR_SEVERITY_HIGH = 4,
	WEIR_SEVERITY_CRITICAL = 8,
};

/* "in_progress", "true_positive", "high"; "unknown" for a number that is none of them. */
const char *weir_alert_state_name(uint32_t state);
const char *weir_alert_verdict_name(uint32_t verdict);
const char *weir_severity_name(uint32_t severity);

/* 0 or -EINVAL. */
int weir_alert_state_parse(const char *text, uint32_t *ret) _must_use_;
int weir_alert_verdict_parse(const char *text, uint32_t *ret) _must_use_;
int weir_severity_parse(const char *text, uint32_t *ret) _must_use_;

#endif
