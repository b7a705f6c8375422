/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_WAY_H
#define WEIR_CONSOLE_EXPORT_WAY_H

/* A way to another system. One thread for each. */

#include "feed.h"
#include "weir/console_export/export.h"

#define WEIR_WAY_BATCH_MAX (16 * 1024 * 1024) /* bytes of what is delivered at once */

struct weir_way;

struct weir_way_ops {
	/* Appends one record; results as those of the formats (record.h). */
	int (*append)(const struct weir_way *way, const struct weir_export_record *record,
		      struct weir_buf *buf);
	/* All of data is there when it returns 0: it never comes again. Otherwise some of it may
	 * be. Bounded in time; -ECANCELED when the end came first; -EBADMSG, -EMSGSIZE: the other
	 * side has it and does not want it, now or later. */
	int (*deliver)(struct weir_way *way, const struct weir_feed *feed,
		       const struct weir_buf *data);
	void (*free)(struct weir_way *way);
};

/* Begins every way. */
struct weir_way {
	const struct weir_way_ops *ops;
	uint64_t pace_ns; /* at least so long from one delivery to the next */
	uint64_t
		later_ns; /* after a failure: so long at least, as the other side wants it; 0: not said */
};

/* Of this console. Borrowed by the ways. */
struct weir_way_place {
	int dir_fd; /* below it are the folders of those that write files */
	int end_fd; /* readable when the console ends: nobody waits for a network then; -1: never */
};

/* Takes what it needs of the settings. It asks nobody outside: that is deliver()'s. -EINVAL: the
 * settings can't be used, and *err (may be NULL) says why. */
int weir_way_open(const struct weir_sink_settings *settings, const struct weir_way_place *place,
		  struct weir_error *err, struct weir_way **ret) _must_use_;
void weir_way_free(struct weir_way *way);
DEFINE_CLEANUP(weir_way_free, struct weir_way *);

int weir_way_file(const char *name, int dir_fd, struct weir_way **ret) _must_use_;
int weir_way_syslog(const struct weir_sink_settings *settings, int end_fd, struct weir_error *err,
		    struct weir_way **ret) _must_use_;

int weir_way_otlp(const struct weir_sink_settings *settings, int end_fd, struct weir_error *err,
		  struct weir_way **ret) _must_use_;
int weir_way_webhook(const struct weir_sink_settings *settings, int end_fd, struct weir_error *err,
		     struct weir_way **ret) _must_use_;

/* A copy of a secret that is one line of printable ASCII, without its line feed; NULL for "". -EINVAL
 * with *err. */
int weir_way_keep(const char *secret, struct weir_error *err, char **ret) _must_use_;
/* Overwrites and frees it; NULL is fine. */
void weir_way_forget(char *secret);

/* Some lines of the log, delivered at once. */
struct weir_way_batch {
	uint64_t after; /* the line before */
	size_t most;	/* lines */
	/* Set by a step, also by one that fails: */
	size_t lines;
	uint64_t last; /* after, when there are none */
};

/* Delivers what follows, one batch. 0 also when there was nothing. */
int weir_way_step(struct weir_store *store, struct weir_way *way,
		  struct weir_way_batch *batch) _must_use_;
/* A step's result says that the other side does not want what the batch holds. */
bool weir_way_is_refusal(int result);
/* Delivers one made-up record. */
int weir_way_test(struct weir_way *way, uint64_t now_ns) _must_use_;

#endif
