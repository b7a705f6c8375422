/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_ENCODE_H
#define WEIR_REPORT_ENCODE_H

/* What happened, what was found and what was decided, as the bytes of one weir.v1.Event. Text is
 * made valid UTF-8 and cut; masked samples that show too many digits are left out, and numbers in
 * names and paths that look like identifiers are masked: nothing leaves the endpoint in the clear.
 * Pure functions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/event/event.h"
#include "weir/event/justification.h"
#include "weir/findings/findings.h"
#include "weir/policy/decide.h"

#define WEIR_REPORT_FINDINGS_MAX 32 /* in one event, the surest first */

/* All borrowed for the length of the call. */
struct weir_report_input {
	uint64_t sequence; /* weir_spool_next_sequence() */
	const struct weir_event *event;
	const struct weir_device *device;     /* NULL: none */
	const struct weir_findings *findings; /* NULL: user space did not look */
	const struct weir_verdict *verdict;
	enum weir_action done; /* what was done; 0: from event->action and verdict, see
				  weir_report_action() */
	uint64_t policy_revision;
	const char *const
		*classes; /* names by the numbers of verdict->classes; entries may be NULL */
	size_t n_classes;
	const char *const
		*detectors; /* ids by the index that findings use (the catalogue's order) */
	size_t n_detectors;
	const char *user_name; /* NULL: not known */
	uint64_t file_size;
	uint64_t scrubbed_bytes;
	const char *quarantine_id;			/* NULL: nothing was sealed */
	const struct weir_justification *justification; /* NULL: none; its reason is masked */
	const uint8_t *evidence_sha256;			/* 32 bytes; NULL: no evidence was sealed */
};

/* Appends the serialized event (at most 64 KiB) to buf. 0, -EINVAL (a number in the input is out of
 * range), -ENOBUFS (buf's maximum) or -ENOMEM; buf untouched on failure. */
int weir_report_encode(const struct weir_report_input *input, struct weir_buf *buf) _must_use_;

/* What was done when nobody says otherwise: blocked or warned if the event says so; a verdict of block,
 * quarantine or warn that nobody carried out counts as audit; otherwise the verdict. */
enum weir_action weir_report_action(const struct weir_event *event,
				    const struct weir_verdict *verdict);

#endif
