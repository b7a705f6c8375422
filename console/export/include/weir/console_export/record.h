/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_RECORD_H
#define WEIR_CONSOLE_EXPORT_RECORD_H

/* What leaves the console, before it has a format: an event that joined an alert, or what became of
 * an alert. Plain data; everything is borrowed. */

#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/console_triage/alert.h"
#include "weir/v1/event.pb-c.h"

/* Of a finding: the activities that OCSF gives one. */
enum weir_export_step {
	WEIR_EXPORT_EVENT = 0, /* no finding: the event itself */
	WEIR_EXPORT_CREATE = 1,
	WEIR_EXPORT_UPDATE = 2,
	WEIR_EXPORT_CLOSE = 3,
};

struct weir_export_record {
	uint64_t position; /* in the log of alerts, which is the order of export */
	uint64_t time_ns;  /* when it was written there */
	enum weir_export_step step;
	const struct weir_alert *alert; /* as it was then */
	const Weir__V1__Event *event;	/* of a finding the newest; NULL: no longer stored */
	uint64_t event_id;		/* 0: none */
	const char *host;		/* of the event; "" with none */
	const char *agent_uid;		/* as a UUID; "" with none */
};

#define WEIR_EXPORT_RECORD_MAX (64 * 1024) /* bytes of one record in any format */

/* Each appends one record to buf. 1: done; 0: the format has nothing for it; -ENOBUFS or -ENOMEM,
 * with buf as it was. */

/* A line of OCSF 1.8 as canonical JSON (sorted names, no blanks, no line feed). What acts on a
 * terminal is written as \uXXXX. */
int weir_export_ocsf(const struct weir_export_record *record, struct weir_buf *buf) _must_use_;
/* CEF 0. */
int weir_export_cef(const struct weir_export_record *record, struct weir_buf *buf) _must_use_;

/* A frame of RFC 5425 with a message of RFC 5424 around text. */
int weir_export_syslog(const struct weir_export_record *record, const struct weir_buf *text,
		       struct weir_buf *buf) _must_use_;

/* One ResourceLogs of OTLP with text as its body, as a field of ExportLogsServiceRequest: several
 * behind each other are one request. */
int weir_export_otlp(const struct weir_export_record *record, const struct weir_buf *text,
		     struct weir_buf *buf) _must_use_;

#endif
