/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "openapi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/time.h"

#define ID_MAX 24 /* bytes of an id in a path, with its NUL */

static const struct weir_route *const tables[] = {
	weir_routes_agent,  weir_routes_audit,	 weir_routes_evidence, weir_routes_fleet,
	weir_routes_ingest, weir_routes_metrics, weir_routes_oidc,     weir_routes_people,
	weir_routes_policy, weir_routes_read,	 weir_routes_report,   weir_routes_sinks,
	weir_routes_triage,
};

/* A row and what its handler works on. */
struct bound {
	const struct weir_route *row;
	struct weir_routes_context *console;
};

struct weir_routes {
	size_t n;
	struct weir_http_route *http;
	struct bound *bound;
	char *openapi; /* the description of all rows */
};

static void dispatch(void *data, const struct weir_http_request *request,
		     struct weir_http_reply *reply)
{
	const struct bound *bound = data;
	const struct weir_call call = {
		.console = bound->console,
		.http = request,
		.principal = request->caller,
	};

	bound->row->handler(&call, reply);
}

static int add(struct weir_routes *routes, struct weir_routes_context *context,
	       const struct weir_route *row, struct weir_error *err)
{
	struct bound *bound = &routes->bound[routes->n];

	if (!row->path || !row->handler || row->permission <= WEIR_PERMIT_UNSET ||
	    row->permission >= WEIR_PERMIT_END_)
		return weir_error_set(err, -EINVAL, 0, 0,
				      "the route %s %s has no path, handler or permission",
				      row->method, row->path ? row->path : "?");
	*bound = (struct bound){row, context};
	routes->http[routes->n++] =
		(struct weir_http_route){row->method, row->path, row->body_max, dispatch, bound};
	return 0;
}

static const char *asked(enum weir_permission permission)
{
	switch (permission) {
	case WEIR_PERMIT_PUBLIC:
		return "public";
	case WEIR_PERMIT_AGENT:
		return "agent";
	case WEIR_PERMIT_PERSON:
		return "person";
	default:
		return weir_permission_name(permission);
	}
}

void weir_routes_print(FILE *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct weir_route *row = tables[i]; row->method; row++)
			fprintf(file, "%s %s %s%s\n", row->method, row->path,
				asked(row->permission),
				weir_permission_is_whole_fleet(row->permission) ? " whole-fleet"
										: "");
}

static int describe(struct weir_routes *routes, struct weir_error *err)
{
	struct weir_openapi *openapi _cleanup_(weir_openapi_freep) = NULL;
	int r = weir_openapi_new(err, &openapi);

	for (size_t i = 0; r == 0 && i < routes->n; i++)
		r = weir_openapi_add(openapi, routes->bound[i].row,
				     asked(routes->bound[i].row->permission), err);
	return r < 0 ? r : weir_openapi_finish(openapi, err, &routes->openapi);
}

/* Room for all rows. */
static size_t room(void)
{
	size_t n = 1; /* no allocation of nothing */

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct weir_route *row = tables[i]; row->method; row++)
			n++;
	return n;
}

int weir_routes_new(struct weir_routes_context *context, struct weir_error *err,
		    struct weir_routes **ret)
{
	struct weir_routes *routes _cleanup_(weir_routes_freep) = calloc(1, sizeof(*routes));
	const size_t n = room();
	int r = 0;

	if (routes) {
		routes->http = calloc(n, sizeof(*routes->http));
		routes->bound = calloc(n, sizeof(*routes->bound));
	}
	if (!routes || !routes->http || !routes->bound)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct weir_route *row = tables[i]; r == 0 && row->method; row++)
			r = add(routes, context, row, err);
	if (r == 0)
		r = describe(routes, err);
	if (r < 0)
		return r;
	context->openapi = routes->openapi;
	*ret = TAKE_PTR(routes);
	return 0;
}

void weir_routes_free(struct weir_routes *routes)
{
	if (!routes)
		return;
	free(routes->http);
	free(routes->bound);
	free(routes->openapi);
	free(routes);
}

const struct weir_http_route *weir_routes_http(const struct weir_routes *routes, size_t *ret_n)
{
	*ret_n = routes->n;
	return routes->http;
}

const struct weir_route *weir_routes_row(const struct weir_http_route *route)
{
	return ((const struct bound *)route->context)->row;
}

void weir_route_log(struct weir_routes_context *console, int error, const char *what)
{
	uint64_t suppressed = 0;
	bool pass;

	pthread_mutex_lock(&console->lock);
	pass = weir_ratelimit_pass(&console->limit, weir_now_monotonic(), &suppressed);
	pthread_mutex_unlock(&console->lock);
	if (!pass)
		return;
	if (suppressed)
		weir_log_error(console->log, error, "%s (and %" PRIu64 " failures like it)", what,
			       suppressed);
	else
		weir_log_error(console->log, error, "%s", what);
}

struct weir_api_reply weir_route_lend(struct weir_http_reply *reply)
{
	struct weir_api_reply result = {.status = 500, .body = reply->body};

	reply->body = WEIR_BUF_INIT(reply->body.max);
	return result;
}

void weir_route_give_back(struct weir_routes_context *console, struct weir_api_reply *result,
			  struct weir_http_reply *reply)
{
	if (result->error)
		weir_route_log(console, result->error, "cannot answer a query");
	reply->status = result->status;
	reply->content_type = "application/json";
	reply->body = result->body;
}

void weir_route_serve(const struct weir_call *call, weir_api_policy_fn fn,
		      struct weir_http_reply *reply)
{
	char id[ID_MAX] = "";
	const struct weir_api_policy_call asked = {
		.store = call->console->store,
		.rules = &call->console->policy_rules,
		.by = call->principal,
		.query = call->http->query,
		.id = weir_http_wildcard(call->http, 0, id, sizeof(id)) == 0 ? id : "",
		.body = call->http->body,
		.len = call->http->len,
		.now_ns = weir_now_realtime(),
	};
	struct weir_api_reply result = weir_route_lend(reply);

	fn(&asked, &result);
	weir_route_give_back(call->console, &result, reply);
}

const char *weir_route_last(const struct weir_call *call)
{
	return strrchr(call->http->path, '/') + 1;
}
