/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_ROUTES_H
#define WEIR_CONSOLE_ROUTES_H

/* Which call goes to which module, and what it takes to make it: the only place that sees http
 * beside the modules. Each module's calls are rows in a routes_*.c of its own; routes.c lists the
 * tables. The permission of a row is asked for before its body is read (gate.h), so a handler runs
 * only for those who may. */

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

#include "weir/base/error.h"
#include "weir/base/log.h"
#include "weir/base/ratelimit.h"
#include "weir/console_access/access.h"
#include "weir/console_api/api.h"
#include "weir/console_api/policy.h"
#include "weir/console_audit/limit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_fleet/fleet.h"
#include "weir/console_http/server.h"
#include "weir/console_metrics/metrics.h"
#include "weir/console_oidc/oidc.h"
#include "weir/console_people/people.h"
#include "weir/console_policy/policy.h"
#include "weir/console_store/store.h"

/* What the handlers count of the batches that endpoints bring. */
struct weir_ingest_counts {
	_Atomic uint64_t batches[WEIR_HTTP_STATUS_MAX]; /* by the status of their answer */
	_Atomic uint64_t events;			/* new to the database, without rejects */
	_Atomic uint64_t rejects[WEIR_STORE_REJECT_CODES];
	struct weir_histogram store; /* how long the database took for one */
};

/* What the handlers work on. Pointers are borrowed. */
struct weir_routes_context {
	struct weir_store *store;
	struct weir_people *people;
	struct weir_oidc *oidc; /* NULL: no identity provider */
	struct weir_audit_limit *refusals;
	struct weir_fleet *fleet;
	const struct weir_fleet_offers *offers; /* NULL: no policies */
	struct weir_policy_rules policy_rules;
	struct weir_evidence_room evidence_room;
	const char *audit_key;	     /* PEM of the key that signs the audit log's heads */
	const char *developer_token; /* NULL: no development mode */
	const char *openapi;	     /* set by weir_routes_new(), as long as the routes live */
	const struct weir_log *log;
	struct weir_http_counts http_counts;
	struct weir_ingest_counts ingest_counts;
	pthread_mutex_t lock;	    /* guards limit */
	pthread_mutex_t simulating; /* held while one runs */
	struct weir_ratelimit limit;
};

struct weir_call {
	struct weir_routes_context *console;
	const struct weir_http_request *http;
	const struct weir_principal *principal; /* id 0 where the route asks for no person */
};

typedef void (*weir_route_fn)(const struct weir_call *call, struct weir_http_reply *reply);

/* One call. A row without a permission or without its description in openapi.json keeps the console from
 * starting, and one that tests/data/console/calls.txt does not tell of fails the tests. */
struct weir_route {
	const char *method;
	const char *path; /* as in struct weir_http_route */
	size_t body_max;
	enum weir_permission permission;
	weir_route_fn handler;
};

/* The tables; each ends with a row of zeros. */
extern const struct weir_route weir_routes_agent[];
extern const struct weir_route weir_routes_audit[];
extern const struct weir_route weir_routes_evidence[];
extern const struct weir_route weir_routes_fleet[];
extern const struct weir_route weir_routes_ingest[];
extern const struct weir_route weir_routes_metrics[];
extern const struct weir_route weir_routes_oidc[];
extern const struct weir_route weir_routes_people[];
extern const struct weir_route weir_routes_policy[];
extern const struct weir_route weir_routes_read[];
extern const struct weir_route weir_routes_report[];
extern const struct weir_route weir_routes_sinks[];
extern const struct weir_route weir_routes_triage[];

/* Prints a line for each row: method, path, what it asks for. */
void weir_routes_print(FILE *file);

/* All rows, ready for the servers. */
struct weir_routes;

/* context is borrowed. -EINVAL with *err when a row lacks something or is not described (openapi.h), -ENOMEM. */
int weir_routes_new(struct weir_routes_context *context, struct weir_error *err,
		    struct weir_routes **ret) _must_use_;
void weir_routes_free(struct weir_routes *routes);
DEFINE_CLEANUP(weir_routes_free, struct weir_routes *);

/* For struct weir_http_options. */
const struct weir_http_route *weir_routes_http(const struct weir_routes *routes, size_t *ret_n);

/* The row behind one of them. */
const struct weir_route *weir_routes_row(const struct weir_http_route *route);

/* For handlers. A database in trouble fails every call alike: a few lines say as much as all. */
void weir_route_log(struct weir_routes_context *console, int error, const char *what);
/* Lends the reply's buffer to the API for one call, and takes it back with what came of it. */
struct weir_api_reply weir_route_lend(struct weir_http_reply *reply);
void weir_route_give_back(struct weir_routes_context *console, struct weir_api_reply *result,
			  struct weir_http_reply *reply);
/* Answers by a function of the API; the path's first "*" is its id. */
void weir_route_serve(const struct weir_call *call, weir_api_policy_fn fn,
		      struct weir_http_reply *reply);
/* For a list of such calls, a macro CALLS(X) of lines X(METHOD, path, body_max, PERMISSION, name), each answered by weir_api_name():
 * CALLS(WEIR_ROUTE_HANDLER) makes the handlers, CALLS(WEIR_ROUTE_ROW) the rows. */
#define WEIR_ROUTE_HANDLER(method, path, body_max, permission, name)                  \
	static void name(const struct weir_call *call, struct weir_http_reply *reply) \
	{                                                                             \
		weir_route_serve(call, weir_api_##name, reply);                       \
	}
#define WEIR_ROUTE_ROW(method, path, body_max, permission, name) \
	{#method, path, body_max, WEIR_PERMIT_##permission, name},

/* What the "*" at the end of the row's path stood for. */
const char *weir_route_last(const struct weir_call *call);

#endif
