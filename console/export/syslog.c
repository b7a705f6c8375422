/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5424 in the frames of RFC 5425. The text is sent as MSG-ANY, without a byte order mark:
 * receivers keep one, and what parses JSON behind them stumbles over it. */

#include <inttypes.h>

#include "weir/base/time.h"
#include "weir/console_export/record.h"

#define FACILITY     13 /* log audit */
#define HOST_MAX     255
#define SEQUENCE_MAX UINT64_C(2147483647)
#define HEAD_MAX     1024

static unsigned severity_of(const struct weir_export_record *record)
{
	if (record->step == WEIR_EXPORT_EVENT)
		return 6;
	switch (record->alert->severity) {
	case WEIR_SEVERITY_LOW:
		return 5;
	case WEIR_SEVERITY_MEDIUM:
		return 4;
	case WEIR_SEVERITY_HIGH:
		return 3;
	default:
		return 2;
	}
}

/* PRINTUSASCII alone: a blank would end the field. */
static int put_host(const char *host, struct weir_buf *buf)
{
	int r = 0;

	if (!*host)
		return weir_buf_puts(buf, "-");
	for (size_t i = 0; r == 0 && host[i] && i < HOST_MAX; i++) {
		char c = host[i] > ' ' && host[i] <= '~' ? host[i] : '_';

		r = weir_buf_append(buf, &c, 1);
	}
	return r;
}

static int put_head(const struct weir_export_record *record, struct weir_buf *head)
{
	char time[WEIR_TIME_TEXT];
	int r;

	weir_time_format(record->time_ns, time);
	r = weir_buf_printf(head, "<%u>1 %s ", FACILITY * 8 + severity_of(record), time);
	if (r == 0)
		r = put_host(record->host, head);
	if (r < 0)
		return r;
	return weir_buf_printf(head, " weir - %s [meta sequenceId=\"%" PRIu64 "\"] ",
			       record->step == WEIR_EXPORT_EVENT ? "event" : "finding",
			       (record->position - 1) % SEQUENCE_MAX + 1);
}

int weir_export_syslog(const struct weir_export_record *record, const struct weir_buf *text,
		       struct weir_buf *buf)
{
	struct weir_buf head _cleanup_(weir_buf_done) = WEIR_BUF_INIT(HEAD_MAX);
	int r = put_head(record, &head);

	/* All of it or nothing. */
	if (r == 0)
		r = weir_buf_reserve(buf, head.len + text->len + 24);
	if (r == 0)
		r = weir_buf_printf(buf, "%zu %s", head.len + text->len, head.data);
	if (r == 0)
		r = weir_buf_append(buf, text->data, text->len);
	return r < 0 ? r : 1;
}
