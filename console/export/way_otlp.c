/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP/HTTP: log records with OCSF as their body, as protobuf in gzip. Where the specification wants what
 * a receiver refuses for good to be thrown away, it is kept and tried again later: an alert is not lost
 * because somebody mistyped a token. Only a single line that it refuses while it takes others is given
 * up (courier.c). */

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "post.h"

#define PATH	   "/v1/logs"
#define GZIP	   (15 + 16) /* zlib's largest window, in gzip's format */
#define ANSWER_MAX (64 * 1024)

struct otlp_way {
	struct weir_way way;
	struct weir_post *post;
	char *bearer; /* NULL: none */
};

static int append(const struct weir_way *way, const struct weir_export_record *record,
		  struct weir_buf *buf)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(buf->max);
	int r = weir_export_ocsf(record, &text);

	return r > 0 ? weir_export_otlp(record, &text, buf) : r;
}

static void end_deflate(z_stream *stream)
{
	(void)deflateEnd(stream);
}

static int compress_all(const struct weir_buf *data, struct weir_buf *ret)
{
	z_stream stream _cleanup_(end_deflate) = {};
	int r;

	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return -ENOMEM;
	*ret = WEIR_BUF_INIT(deflateBound(&stream, data->len));
	r = weir_buf_reserve(ret, ret->max);
	if (r < 0)
		return r;
	stream.next_in = (unsigned char *)data->data;
	stream.avail_in = (unsigned)data->len;
	stream.next_out = (unsigned char *)ret->data;
	stream.avail_out = (unsigned)ret->max;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	ret->len = stream.total_out;
	return 0;
}

static int deliver(struct weir_way *way, const struct weir_feed *feed, const struct weir_buf *data)
{
	static const char *const headers[] = {"Content-Type: application/x-protobuf",
					      "Content-Encoding: gzip", NULL};
	struct otlp_way *otlp = container_of(way, struct otlp_way, way);
	struct weir_buf packed _cleanup_(weir_buf_done) = {};
	struct weir_buf answer _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ANSWER_MAX);
	struct weir_post_body body = {.headers = headers, .bearer = otlp->bearer};
	int r = compress_all(data, &packed);

	if (r < 0)
		return r;
	body.data = packed.data;
	body.len = packed.len;
	return weir_post_send(otlp->post, &body, &answer, &way->later_ns);
}

static void otlp_free(struct weir_way *way)
{
	struct otlp_way *otlp = container_of(way, struct otlp_way, way);

	weir_post_free(otlp->post);
	weir_way_forget(otlp->bearer);
	free(otlp);
}

int weir_way_otlp(const struct weir_sink_settings *settings, int end_fd, struct weir_error *err,
		  struct weir_way **ret)
{
	static const struct weir_way_ops ops = {append, deliver, otlp_free};
	struct otlp_way *otlp = calloc(1, sizeof(*otlp));
	int r = otlp ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	otlp->way.ops = &ops;
	r = weir_way_keep(settings->secret, err, &otlp->bearer);
	if (r == 0)
		r = weir_post_new(settings, PATH, end_fd, err, &otlp->post);
	if (r < 0)
		otlp_free(&otlp->way);
	else
		*ret = &otlp->way;
	return r;
}
