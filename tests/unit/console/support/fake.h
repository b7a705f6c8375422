/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_FAKE_H
#define WEIR_TEST_CONSOLE_FAKE_H

/* Made-up events and batches. Each function ends the test program when memory is short. */

#include "weir/base/buf.h"
#include "weir/console_store/store.h"
#include "weir/v1/event.pb-c.h"

#define FAKE_TIME UINT64_C(1795000000000000000) /* some day in November 2026 */

struct fake_event {
	uint64_t sequence;
	uint64_t time_ns; /* 0: FAKE_TIME plus sequence seconds */
	int channel;	  /* 0: removable */
	int action;	  /* 0: block */
	bool no_alert;
	const char *path;	 /* NULL: /home/li/list.csv */
	const char *rule;	 /* NULL: stick-bulk-identity */
	const uint8_t *evidence; /* its SHA-256; NULL: none */
	size_t padding;		 /* bytes of message_en, to make it large */
};

/* Appends the serialized event. */
void fake_event(const struct fake_event *model, struct weir_buf *buf);

struct fake_batch {
	uint8_t agent;	      /* every byte of the uid */
	uint32_t one_of_many; /* not 0: a uid of its own instead, with this number in it */
	uint64_t epoch;
	uint64_t first;
	size_t n;
	const struct fake_event *model; /* NULL: the defaults; its sequence is not used */
	const struct weir_buf *raw;	/* instead of event 0, when not NULL */
	size_t n_drops;
	const char *host; /* NULL: "ws-<agent>" */
	size_t uid_len;	  /* 0: 16 */
	uint32_t schema;  /* 0: 1 */
};

void fake_batch(const struct fake_batch *model, struct weir_buf *buf);

#endif
