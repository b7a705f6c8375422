/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_SINK_H
#define WEIR_CONSOLE_EXPORT_SINK_H

/* A way to another system. One thread for each. */

#include "feed.h"
#include "weir/console_export/export.h"

#define WEIR_SINK_BATCH_MAX (16 * 1024 * 1024) /* bytes of what is delivered at once */

struct weir_way;

struct weir_way_ops {
	/* Appends one record; results as those of the formats (record.h). */
	int (*append)(const struct weir_export_record *record, struct weir_buf *buf);
	/* All of data is there when it returns 0: it never comes again. Otherwise some of it may be. */
	int (*deliver)(struct weir_way *way, const struct weir_feed *feed,
		       const struct weir_buf *data);
	void (*free)(struct weir_way *way);
};

/* Begins every way. */
struct weir_way {
	const struct weir_way_ops *ops;
};

/* dir_fd is borrowed: the sink's own folder. */
int weir_way_file(int dir_fd, struct weir_way **ret) _must_use_;

void weir_way_free(struct weir_way *way);
DEFINE_CLEANUP(weir_way_free, struct weir_way *);

/* Delivers what follows `position`, one batch. *ret_position is behind it. 0 also when there was
 * nothing. */
int weir_way_step(struct weir_store *store, struct weir_way *way, uint64_t position,
		  uint64_t *ret_position) _must_use_;

extern const struct weir_db_schema weir_sink_schema;

/* Moves the cursor, or notes the failure (negative errno): 0, or -ESTALE when the sink is gone or
 * another console has served it meanwhile. */
int weir_sink_moved(struct weir_store *store, uint64_t id, uint64_t from, uint64_t to,
		    int error) _must_use_;

#endif
