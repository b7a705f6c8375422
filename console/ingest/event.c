/* SPDX-License-Identifier: Apache-2.0 */
/* One event: understood, or rejected with a reason. Enum numbers that this console does not know
 * are kept, so that a newer agent's events are not lost. */

#include "event.h"

#include <errno.h>
#include <string.h>

#include "weir/console_ingest/ingest.h"
#include "weir/v1/event.pb-c.h"

#define FINDINGS_MAX 32
#define COUNTS_MAX   64
#define CLASSES_MAX  64

static int reject(struct weir_store_item *item, Weir__V1__RejectCode code, size_t len,
		  const char *detail)
{
	*item = (struct weir_store_item){.reject = code, .len = len, .detail = detail};
	return 0;
}

static const char *find_fault(const Weir__V1__Event *event)
{
	if (event->time_ns == 0 || event->time_ns > WEIR_STORE_NUMBER_MAX)
		return "time_ns is out of range";
	if (event->n_findings > FINDINGS_MAX)
		return "too many findings";
	if (event->n_counts > COUNTS_MAX || event->n_classes > CLASSES_MAX)
		return "too many counts or classes";
	if (strlen(event->rule) > WEIR_INGEST_NAME_MAX ||
	    strlen(event->hook) > WEIR_INGEST_NAME_MAX ||
	    strlen(event->cause) > WEIR_INGEST_NAME_MAX ||
	    strlen(event->activity) > WEIR_INGEST_NAME_MAX)
		return "a name is too long";
	return NULL;
}

int weir_ingest_event(const void *data, size_t len, uint64_t sequence, struct weir_store_item *item,
		      struct weir_wire **ret_wire)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__Event *event;
	const char *fault;
	int r;

	if (len > WEIR_INGEST_EVENT_MAX)
		return reject(item, WEIR__V1__REJECT_CODE__REJECT_CODE_TOO_LARGE, len,
			      "over 64 KiB");
	r = weir_wire_unpack(&weir__v1__event__descriptor, data, len, &wire);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return reject(item, WEIR__V1__REJECT_CODE__REJECT_CODE_MALFORMED, len,
			      r == -E2BIG ? "over a limit of fields or depth" : "not an Event");
	event = weir_wire_message(wire);
	if (event->sequence != sequence)
		return reject(item, WEIR__V1__REJECT_CODE__REJECT_CODE_SEQUENCE, len,
			      "its sequence differs from its place");
	fault = find_fault(event);
	if (fault)
		return reject(item, WEIR__V1__REJECT_CODE__REJECT_CODE_MALFORMED, len, fault);
	*item = (struct weir_store_item){
		.time_ns = event->time_ns,
		.channel = (uint32_t)event->channel,
		.action = (uint32_t)event->action,
		.tier = (uint32_t)event->tier,
		.alert = event->alert,
		.rule = event->rule,
		.hook = event->hook,
		.cause = event->cause,
		.blob = data,
		.len = len,
	};
	*ret_wire = TAKE_PTR(wire);
	return 0;
}
