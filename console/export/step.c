/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "sink.h"

void weir_way_free(struct weir_way *way)
{
	if (way)
		way->ops->free(way);
}

struct writing {
	const struct weir_way *way;
	struct weir_buf data;
};

static void writing_done(struct writing *writing)
{
	weir_buf_done(&writing->data);
}

static int add_record(void *context, const struct weir_export_record *record)
{
	struct writing *writing = context;
	int r = writing->way->ops->append(record, &writing->data);

	return r < 0 ? r : 0;
}

/* Endpoints decide how long their texts are: fewer lines, where all would be too much at once. One
 * line alone always fits. */
static int write_lines(struct weir_store *store, struct weir_feed *feed, struct writing *writing)
{
	int r;

	do {
		weir_buf_clear(&writing->data);
		r = weir_feed_each(store, feed, add_record, writing);
	} while (r == -ENOBUFS && weir_feed_halve(feed));
	return r;
}

int weir_way_step(struct weir_store *store, struct weir_way *way, uint64_t position,
		  uint64_t *ret_position)
{
	struct writing writing _cleanup_(writing_done) = {
		.way = way, .data = WEIR_BUF_INIT(WEIR_SINK_BATCH_MAX)};
	struct weir_feed feed _cleanup_(weir_feed_done) = {};
	int r = weir_feed_read(store, position, &feed);

	if (r == 0)
		r = write_lines(store, &feed, &writing);
	if (r == 0 && writing.data.len)
		r = way->ops->deliver(way, &feed, &writing.data);
	if (r < 0)
		return r;
	*ret_position = feed.n ? feed.last : position;
	return 0;
}
