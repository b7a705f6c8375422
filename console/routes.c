/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/console_api/api.h"
#include "weir/console_ingest/ingest.h"

static const char json_type[] = "application/json";
static const char protobuf_type[] = "application/x-protobuf";

/* A database in trouble fails every call alike: a few lines say as much as all. */
static void log_failure(struct weir_routes_context *context, int error, const char *what)
{
	uint64_t suppressed = 0;
	bool pass;

	pthread_mutex_lock(&context->lock);
	pass = weir_ratelimit_pass(&context->limit, weir_now_monotonic(), &suppressed);
	pthread_mutex_unlock(&context->lock);
	if (!pass)
		return;
	if (suppressed)
		weir_log_error(context->log, error, "%s (and %" PRIu64 " failures like it)", what,
			       suppressed);
	else
		weir_log_error(context->log, error, "%s", what);
}

static void post_events(void *data, const struct weir_http_request *request,
			struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	const struct weir_ingest_request batch = {
		.content_type = request->content_type,
		.content_encoding = request->content_encoding,
		.body = request->body,
		.len = request->len,
		.now_ns = weir_now_realtime(),
	};
	struct weir_ingest_reply result = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};

	weir_ingest_batch(context->store, &batch, &result);
	if (result.error)
		log_failure(context, result.error, "cannot store events");
	reply->retry_after_s = result.retry_after_s;
	if (result.code) {
		weir_http_reply_error(reply, result.status, result.code, result.message,
				      result.hint);
		weir_buf_done(&result.ack);
		return;
	}
	reply->status = result.status;
	reply->content_type = protobuf_type;
	weir_buf_done(&reply->body);
	reply->body = result.ack;
}

/* Lends the reply's buffer to the API for the call. */
static struct weir_api_reply lend(struct weir_http_reply *reply)
{
	struct weir_api_reply result = {.status = 500, .body = reply->body};

	reply->body = WEIR_BUF_INIT(reply->body.max);
	return result;
}

static void give_back(struct weir_routes_context *context, struct weir_api_reply *result,
		      struct weir_http_reply *reply)
{
	if (result->error)
		log_failure(context, result->error, "cannot answer a query");
	reply->status = result->status;
	reply->content_type = json_type;
	reply->body = result->body;
}

static const char *last_segment(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void get_alerts(void *data, const struct weir_http_request *request,
		       struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	struct weir_api_reply result = lend(reply);

	weir_api_list_alerts(context->store, request->query, weir_now_realtime(), &result);
	give_back(context, &result, reply);
}

static void get_alert(void *data, const struct weir_http_request *request,
		      struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	struct weir_api_reply result = lend(reply);

	weir_api_get_alert(context->store, last_segment(request->path), request->query, &result);
	give_back(context, &result, reply);
}

static void get_events(void *data, const struct weir_http_request *request,
		       struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	struct weir_api_reply result = lend(reply);

	weir_api_list_events(context->store, request->query, weir_now_realtime(), &result);
	give_back(context, &result, reply);
}

static void get_event(void *data, const struct weir_http_request *request,
		      struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	struct weir_api_reply result = lend(reply);

	weir_api_get_event(context->store, last_segment(request->path), request->query, &result);
	give_back(context, &result, reply);
}

static void get_agents(void *data, const struct weir_http_request *request,
		       struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	struct weir_api_reply result = lend(reply);

	weir_api_list_agents(context->store, request->query, &result);
	give_back(context, &result, reply);
}

static int ignore_event(void *context, const struct weir_store_event *event)
{
	return 0;
}

/* Healthy means that the database answers. */
static void get_health(void *data, const struct weir_http_request *request,
		       struct weir_http_reply *reply)
{
	struct weir_routes_context *context = data;
	const struct weir_store_filter newest = {.limit = 1};
	int r = weir_store_list_events(context->store, &newest, ignore_event, NULL);

	if (r == 0)
		r = weir_buf_puts(&reply->body,
				  "{\"status\":\"ok\",\"version\":\"" WEIR_VERSION "\"}\n");
	reply->status = 200;
	reply->content_type = json_type;
	if (r < 0) {
		log_failure(context, r, "the health check failed");
		weir_http_reply_error(reply, 503, "unavailable", "the database does not answer",
				      "see the console's log");
	}
}

void weir_routes_fill(struct weir_routes_context *context,
		      struct weir_http_route routes[static WEIR_ROUTES_N])
{
	const struct weir_http_route all[WEIR_ROUTES_N] = {
		{"POST", "/v1/events", WEIR_INGEST_BATCH_MAX, post_events, context},
		{"GET", "/api/v1/alerts", 0, get_alerts, context},
		{"GET", "/api/v1/alerts/*", 0, get_alert, context},
		{"GET", "/api/v1/events", 0, get_events, context},
		{"GET", "/api/v1/events/*", 0, get_event, context},
		{"GET", "/api/v1/agents", 0, get_agents, context},
		{"GET", "/healthz", 0, get_health, context},
	};

	memcpy(routes, all, sizeof(all));
}
