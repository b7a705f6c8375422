/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_EXPORT_H
#define WEIR_CONSOLE_EXPORT_EXPORT_H

/* Follows the log of alerts and hands it to other systems, each with a cursor of its own in the
 * database: in order, at least once, going on where it was. A sink that is slow or away keeps nobody
 * waiting and loses nothing that the log still has. Several consoles on one database share the
 * sinks: one of them at a time serves each. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

#define WEIR_SINK_NAME_MAX 32 /* bytes: a-z, 0-9 and "-" */
#define WEIR_SINKS_MAX	   16

enum weir_sink_kind {
	WEIR_SINK_FILE = 1, /* OCSF in a file a day: NAME/weir-DAY-POSITION.ndjson.zst */
};

/* "file"; "unknown". */
const char *weir_sink_kind_name(enum weir_sink_kind kind);
int weir_sink_kind_parse(const char *name, enum weir_sink_kind *ret) _must_use_;

struct weir_sink {
	uint64_t id;
	const char *name; /* borrowed, like the other texts */
	enum weir_sink_kind kind;
	uint64_t position; /* up to here everything was delivered */
	uint64_t newest;   /* of the log */
	uint64_t failures; /* since the last success */
	const char *error; /* of the last failure; "" when there is none */
};

/* Makes the tables. */
int weir_export_init(struct weir_store *store, struct weir_error *err) _must_use_;

/* NULL, or what is wrong with a sink's name or kind, for a person. */
const char *weir_sink_fault(const struct weir_sink *sink);

/* A new sink follows from now on. -EEXIST: the name is taken; -ENOSPC: there are WEIR_SINKS_MAX. */
int weir_sink_add(struct weir_db_tx *tx, const struct weir_sink *sink, uint64_t *ret_id) _must_use_;
/* -ENOENT. */
int weir_sink_remove(struct weir_db_tx *tx, const char *name) _must_use_;

/* 0 to go on, 1 to stop, or a negative errno. */
typedef int (*weir_sink_fn)(void *context, const struct weir_sink *sink);
int weir_sink_list(struct weir_db_tx *tx, weir_sink_fn fn, void *context) _must_use_;

struct weir_export_options {
	struct weir_store *store;   /* borrowed */
	int dir_fd;		    /* borrowed: each sink has a folder of its name there */
	const struct weir_log *log; /* borrowed */
};

struct weir_export;

/* Serves the sinks from a thread of its own until it is freed. */
int weir_export_new(const struct weir_export_options *options, struct weir_error *err,
		    struct weir_export **ret) _must_use_;
/* Something was added to the log. Short; from any thread. */
void weir_export_wake(struct weir_export *export);
void weir_export_free(struct weir_export *export);
DEFINE_CLEANUP(weir_export_free, struct weir_export *);

#endif
