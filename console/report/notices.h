/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_NOTICES_H
#define WEIR_CONSOLE_REPORT_NOTICES_H

/* What has to be told of an incident, to whom and until when, as data. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/console_report/incident.h"

/* What people say of an incident; a notice asks for some of it. */
enum notice_item {
	NOTICE_SENDER,
	NOTICE_CAUSE,
	NOTICE_HARM,
	NOTICE_MEASURES,
	NOTICE_ADVICE,
	NOTICE_PROGRESS,
	NOTICE_IMPROVEMENT,
	NOTICE_CONTACT,
	_NOTICE_ITEM_MAX,
};

struct notice {
	const char *kind;
	const char *source;	     /* where the duty and its time stand */
	const char *certainty;	     /* as of a clause: "read" or "confirm" */
	const char *to, *opening;    /* names of words: whom, and the first paragraph */
	enum weir_report_level from; /* incidents of this level and above */
	uint64_t length_ns;	     /* from the discovery */
	unsigned working_days;	     /* or until the end of so many; both 0: no clock */
	bool repeats;	/* the clock runs again from each notice, until the closing one */
	bool figures;	/* counts go along, beside the kinds of data */
	unsigned items; /* 1 << enum notice_item; sender and contact are in all */
};

#define NOTICES 7

/* i < NOTICES */
const struct notice *notice_at(size_t i);
/* NOTICES when there is none of this kind. */
size_t notice_find(const char *kind);
bool notice_has_clock(const struct notice *notice);

/* "cause", ...; NULL from _NOTICE_ITEM_MAX on. */
const char *notice_item_name(size_t item);

#endif
