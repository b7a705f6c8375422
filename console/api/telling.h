/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_TELLING_H
#define WEIR_CONSOLE_API_TELLING_H

/* One telling under way, inside its transaction. Those of incidents stand in incident.c, the others and
 * what all have in common in report.c. */

#include <jansson.h>

#include "weir/console_api/report.h"

struct told {
	const struct weir_api_telling *telling;
	const json_t *body;
	struct weir_db_tx *tx;
	int64_t id;	  /* of what was made; 0: nothing that has one */
	char object[64];  /* for the audit log */
	const char *hint; /* with -EINVAL */
};

/* *ret stays now when text is NULL. Nothing is known before it happens: -EINVAL. */
int weir_api_told_time(const struct told *told, const char *text, uint64_t *ret) _must_use_;

/* As json_unpack(), strict. -EINVAL. */
int weir_api_told_unpack(struct told *told, const char *form, ...) _must_use_;

/* 0 or negative errno as of weir/console_report/incident.h. */
int weir_api_tell_incident(struct told *told) _must_use_;
int weir_api_tell_alerts(struct told *told) _must_use_;
int weir_api_tell_statement(struct told *told) _must_use_;
int weir_api_tell_notice(struct told *told) _must_use_;
int weir_api_tell_close(struct told *told) _must_use_;

#endif
