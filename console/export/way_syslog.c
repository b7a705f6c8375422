/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog by TLS: RFC 5424 with OCSF or CEF as its text, in the frames of RFC 5425. */

#include <errno.h>
#include <stdlib.h>

#include "tls.h"
#include "way.h"
#include "weir/base/time.h"

#define PORT	   "6514"
#define TIMEOUT_NS (UINT64_C(30) * WEIR_NSEC_PER_SEC)

struct syslog_way {
	struct weir_way way;
	enum weir_sink_format format;
	struct weir_tls *tls;
};

static int append(const struct weir_way *way, const struct weir_export_record *record,
		  struct weir_buf *buf)
{
	const struct syslog_way *syslog = container_of(way, struct syslog_way, way);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(buf->max);
	int r = syslog->format == WEIR_SINK_CEF ? weir_export_cef(record, &text)
						: weir_export_ocsf(record, &text);

	return r > 0 ? weir_export_syslog(record, &text, buf) : r;
}

static int deliver(struct weir_way *way, const struct weir_feed *feed, const struct weir_buf *data)
{
	struct syslog_way *syslog = container_of(way, struct syslog_way, way);

	return weir_tls_deliver(syslog->tls, data->data, data->len);
}

static void syslog_free(struct weir_way *way)
{
	struct syslog_way *syslog = container_of(way, struct syslog_way, way);

	weir_tls_free(syslog->tls);
	free(syslog);
}

int weir_way_syslog(const struct weir_sink_settings *settings, int end_fd, struct weir_error *err,
		    struct weir_way **ret)
{
	static const struct weir_way_ops ops = {append, deliver, syslog_free};
	const struct weir_tls_options options = {
		.address = settings->address,
		.port = PORT,
		.ca = settings->ca,
		.certificate = settings->certificate,
		.key = settings->secret,
		.end_fd = end_fd,
		.timeout_ns = TIMEOUT_NS,
	};
	struct syslog_way *syslog = calloc(1, sizeof(*syslog));
	int r;

	if (!syslog)
		return -ENOMEM;
	syslog->way.ops = &ops;
	syslog->format = settings->format;
	r = weir_tls_new(&options, err, &syslog->tls);
	if (r < 0) {
		free(syslog);
		return r;
	}
	*ret = &syslog->way;
	return 0;
}
