/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_EXPORT_H
#define WEIR_CONSOLE_EXPORT_EXPORT_H

/* Follows the log of alerts and hands it to other systems, each with a cursor of its own in the
 * database: in order, at least once, going on where it was. A sink that is slow or away keeps nobody
 * waiting, other sinks included, and loses nothing that the log still has. Several consoles on one
 * database share the sinks: one of them at a time serves each. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

#define WEIR_SINK_NAME_MAX    32 /* bytes: a-z, 0-9 and "-" */
#define WEIR_SINK_ADDRESS_MAX 1024
#define WEIR_SINK_PEM_MAX     (64 * 1024)
#define WEIR_SINKS_MAX	      16
#define WEIR_EXPORT_TOPIC     "sink" /* announced when there is a new one, or one is to be tried */

enum weir_sink_kind {
	WEIR_SINK_FILE = 1,    /* a file a day: NAME/weir-DAY-POSITION.ndjson.zst */
	WEIR_SINK_SYSLOG = 2,  /* RFC 5424 by TLS, framed as in RFC 5425 */
	WEIR_SINK_OTLP = 3,    /* OTLP/HTTP logs */
	WEIR_SINK_WEBHOOK = 4, /* JSON for programs, or messages by a chat robot */
};

/* What a record is written in. */
enum weir_sink_format {
	WEIR_SINK_OCSF = 1,
	WEIR_SINK_CEF = 2,
	/* Of webhooks: messages for people. */
	WEIR_SINK_WECOM = 3,
	WEIR_SINK_DINGTALK = 4,
	WEIR_SINK_FEISHU = 5,
};

/* Of what is for people. */
enum weir_sink_language {
	WEIR_SINK_ZH = 0,
	WEIR_SINK_EN = 1,
};

/* "file"; "unknown". */
const char *weir_sink_kind_name(enum weir_sink_kind kind);
int weir_sink_kind_parse(const char *name, enum weir_sink_kind *ret) _must_use_;
/* "ocsf"; "unknown". */
const char *weir_sink_format_name(enum weir_sink_format format);
int weir_sink_format_parse(const char *name, enum weir_sink_format *ret) _must_use_;
/* Of "zh" and "en". */
int weir_sink_language_parse(const char *name, enum weir_sink_language *ret) _must_use_;

/* What a sink is made of; it does not change. Texts are borrowed, "" where nothing is said. */
struct weir_sink_settings {
	const char *name;
	enum weir_sink_kind kind;
	enum weir_sink_format format;
	enum weir_sink_language language;
	const char *address; /* syslog: "siem.example:6514", ":6514" when not said; else a URL */
	const char *ca;	     /* PEM: who may vouch for the receiver; "": as this machine has it */
	const char *certificate; /* syslog: PEM, the console's own, with its chain */
	const char *secret; /* syslog: the certificate's key, PEM; otlp: a bearer token; webhook:
				    what it is signed with. Nothing tells it again */
};

#define WEIR_SINK_TARGET (WEIR_SINK_ADDRESS_MAX + 1)
/* What may be shown of the address: of a URL nothing from its path on, where robots have their
 * tokens. */
void weir_sink_target(const struct weir_sink_settings *settings, char ret[static WEIR_SINK_TARGET]);

/* How a sink fares. Errors are names of errno, "" for none. */
struct weir_sink {
	uint64_t id;
	const char *name; /* borrowed, like the other texts */
	enum weir_sink_kind kind;
	enum weir_sink_format format;
	const char *target; /* what may be shown of the address */
	uint64_t position;  /* up to here everything was delivered */
	uint64_t newest;    /* of the log */
	uint64_t
		passed_over; /* lines that were refused for good, one by one, while others were taken */
	uint64_t passed_last; /* the last such line; 0: none */
	uint64_t failures;    /* since the last success */
	const char *error;    /* of the last failure */
	uint64_t tests_asked; /* see weir_sink_ask() */
	uint64_t tests_done;
	const char *test_error; /* of the last one that is done */
};

/* Makes the tables. */
int weir_export_init(struct weir_store *store, struct weir_error *err) _must_use_;

/* -EINVAL, and *err says what is wrong with the settings. It asks nobody outside. */
int weir_sink_check(const struct weir_sink_settings *settings, struct weir_error *err) _must_use_;
/* Whether it can be a sink's name. */
bool weir_sink_is_name(const char *name);

/* A new sink follows from now on. The settings must have passed weir_sink_check(). -EEXIST: the name
 * is taken; -ENOSPC: there are WEIR_SINKS_MAX. */
int weir_sink_add(struct weir_db_tx *tx, const struct weir_sink_settings *settings,
		  uint64_t *ret_id) _must_use_;
/* -ENOENT. */
int weir_sink_remove(struct weir_db_tx *tx, const char *name) _must_use_;
/* Asks for one made-up record to be delivered, ahead of what waits; tests_done reaches *ret_number
 * once it was tried. -ENOENT. */
int weir_sink_ask(struct weir_db_tx *tx, const char *name, uint64_t *ret_number) _must_use_;

/* 0 to go on, 1 to stop, or a negative errno. */
typedef int (*weir_sink_fn)(void *context, const struct weir_sink *sink);
int weir_sink_list(struct weir_db_tx *tx, weir_sink_fn fn, void *context) _must_use_;

struct weir_export_options {
	struct weir_store *store; /* borrowed */
	int dir_fd; /* borrowed: sinks that are files have a folder of their name there */
	const struct weir_log *log; /* borrowed */
};

struct weir_export;

/* Serves the sinks, from a thread for each, until it is freed. The program ignores SIGPIPE. */
int weir_export_new(const struct weir_export_options *options, struct weir_error *err,
		    struct weir_export **ret) _must_use_;
/* Something was added to the log. Short; from any thread. */
void weir_export_wake(struct weir_export *export);
/* Breaks off what is under way; it comes again. */
void weir_export_free(struct weir_export *export);
DEFINE_CLEANUP(weir_export_free, struct weir_export *);

#endif
