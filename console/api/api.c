/* SPDX-License-Identifier: Apache-2.0 */
/* The calls themselves: a checked query, rows from the store, pages of JSON. Reads only; knows no
 * HTTP library and nothing of ingest. */

#include "weir/console_api/api.h"

#include <errno.h>
#include <string.h>

#include "query.h"
#include "render.h"
#include "scope.h"
#include "weir/base/uid.h"
#include "weir/console_triage/id.h"

static void fail(struct weir_api_reply *reply, unsigned status, const char *code,
		 const char *message, const char *hint)
{
	reply->status = status;
	weir_buf_clear(&reply->body);
	if (weir_api_render_error(code, message, hint, &reply->body) < 0)
		weir_buf_clear(&reply->body);
}

static void fail_inside(struct weir_api_reply *reply, int error)
{
	if (error == -ETIME)
		fail(reply, 503, "too_slow", "the search took too long",
		     "narrow it by since, agent or channel");
	else if (error == -EBUSY || error == -ENOMEM)
		fail(reply, 503, "unavailable", "the console cannot read its database now",
		     "try again");
	else
		fail(reply, 500, "internal", "the console could not read its database",
		     "see the console's log");
	reply->error = error;
}

static void fail_query(struct weir_api_reply *reply, const struct weir_error *err)
{
	fail(reply, 400, "query", err->text, err->hint);
}

/* A page being written. */
struct page {
	struct weir_buf *buf;
	uint32_t wanted;
	uint32_t n;
	uint64_t last_id; /* of events */
	uint8_t last_uid[WEIR_STORE_UID_LEN];
	bool more;
};

/* One row more than wanted is asked for: it tells whether there is a next page. 1: this row is not
 * on the page. */
static int page_full(struct page *page)
{
	if (page->n < page->wanted && page->buf->len < WEIR_API_PAGE_MAX)
		return 0;
	page->more = true;
	return 1;
}

static int add_event(void *context, const struct weir_store_event *event)
{
	struct page *page = context;
	int r;

	if (page_full(page))
		return 1;
	r = page->n ? weir_buf_puts(page->buf, ",") : 0;
	if (r == 0)
		r = weir_api_render_event(event, page->buf);
	page->last_id = event->id;
	page->n++;
	return r;
}

static int add_agent(void *context, const struct weir_store_agent *agent)
{
	struct page *page = context;
	int r;

	if (page_full(page))
		return 1;
	r = page->n ? weir_buf_puts(page->buf, ",") : 0;
	if (r == 0)
		r = weir_api_render_agent(agent, page->buf);
	memcpy(page->last_uid, agent->uid, sizeof(page->last_uid));
	page->n++;
	return r;
}

/* next NULL: the last page. */
static int end_page(struct page *page, const char *name, const char *next)
{
	if (next)
		return weir_buf_printf(page->buf, "],\"%s\":\"%s\"}\n", name, next);
	return weir_buf_printf(page->buf, "],\"%s\":null}\n", name);
}

void weir_api_list_events(struct weir_store *store, const struct weir_principal *by,
			  const char *query, uint64_t now_ns, struct weir_api_reply *reply)
{
	struct weir_store_scope scope;
	struct page page = {.buf = &reply->body};
	struct weir_store_filter filter;
	struct weir_error err = {};
	char next[WEIR_ID_TEXT];
	int r;

	reply->error = 0;
	if (weir_api_query_events(query, now_ns, &filter, &err) < 0) {
		fail_query(reply, &err);
		return;
	}
	page.wanted = filter.limit++;
	filter.scope = weir_api_scope(by, &scope);
	r = weir_buf_puts(page.buf, "{\"events\":[");
	if (r == 0)
		r = weir_store_list_events(store, &filter, add_event, &page);
	weir_id_format(WEIR_ID_EVENT, page.last_id, next);
	if (r == 0)
		r = end_page(&page, "next_before", page.more ? next : NULL);
	if (r < 0)
		fail_inside(reply, r);
	else
		reply->status = 200;
}

void weir_api_list_agents(struct weir_store *store, const struct weir_principal *by,
			  const char *query, struct weir_api_reply *reply)
{
	struct weir_store_scope scope;
	struct page page = {.buf = &reply->body};
	struct weir_api_agents_query parsed;
	struct weir_error err = {};
	char next[WEIR_UID_TEXT];
	int r;

	reply->error = 0;
	if (weir_api_query_agents(query, &parsed, &err) < 0) {
		fail_query(reply, &err);
		return;
	}
	page.wanted = parsed.limit;
	r = weir_buf_puts(page.buf, "{\"agents\":[");
	if (r == 0)
		r = weir_store_list_agents(store, weir_api_endpoint_scope(by, &scope),
					   parsed.has_after ? parsed.after : NULL, parsed.limit + 1,
					   add_agent, &page);
	weir_uid_format(page.last_uid, next);
	if (r == 0)
		r = end_page(&page, "next_after", page.more ? next : NULL);
	if (r < 0)
		fail_inside(reply, r);
	else
		reply->status = 200;
}

struct single {
	const struct weir_principal *by;
	struct weir_buf *buf;
	bool found;
};

static int add_single(void *context, const struct weir_store_event *event)
{
	struct single *single = context;
	int r;

	if (!weir_principal_sees(single->by, event->group))
		return 0;
	single->found = true;
	r = weir_buf_puts(single->buf, "{\"event\":");
	if (r == 0)
		r = weir_api_render_event(event, single->buf);
	return r < 0 ? r : weir_buf_puts(single->buf, "}\n");
}

void weir_api_get_event(struct weir_store *store, const struct weir_principal *by, const char *id,
			const char *query, struct weir_api_reply *reply)
{
	struct single single = {.by = by, .buf = &reply->body};
	struct weir_error err = {};
	uint64_t row;
	int r;

	reply->error = 0;
	if (weir_api_query_none(query, &err) < 0) {
		fail_query(reply, &err);
		return;
	}
	r = weir_id_parse(WEIR_ID_EVENT, id, &row);
	if (r == -EINVAL || r == -EBADMSG) {
		fail(reply, 400, "id",
		     r == -EINVAL ? "this is not an event's id"
				  : "the id is mistyped: its last character disagrees",
		     "ids of events look like E-7K3QM");
		return;
	}
	if (r == 0)
		r = weir_store_get_event(store, row, add_single, &single);
	if (r == -ENOENT || r == -ERANGE || (r == 0 && !single.found))
		fail(reply, 404, "not_found", "there is no event with this id",
		     "list them to see the ids");
	else if (r < 0)
		fail_inside(reply, r);
	else
		reply->status = 200;
}
