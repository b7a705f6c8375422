/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_api/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "json.h"
#include "query.h"
#include "weir/console_audit/audit.h"

/* A page being made. One row more than wanted is asked for: it tells whether there is more. */
struct page {
	json_t *rows;
	uint32_t wanted;
	uint64_t last;
	bool more;
};

static json_t *hex(const uint8_t hash[static WEIR_LEDGER_HASH_LEN])
{
	char text[2 * WEIR_LEDGER_HASH_LEN + 1];

	for (unsigned i = 0; i < WEIR_LEDGER_HASH_LEN; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return json_string(text);
}

static int add(struct page *page, uint64_t sequence, json_t *row)
{
	if (!row || json_array_append_new(page->rows, row) < 0)
		return -ENOMEM;
	page->last = sequence;
	return 0;
}

static bool full(struct page *page)
{
	page->more = json_array_size(page->rows) >= page->wanted;
	return page->more;
}

static int add_entry(void *context, const struct weir_audit_entry *row)
{
	const struct weir_ledger_entry *entry = &row->entry;
	struct page *page = context;
	char time_ns[24], actor[24];

	if (full(page))
		return 1;
	(void)snprintf(time_ns, sizeof(time_ns), "%" PRIu64, entry->time_ns);
	(void)snprintf(actor, sizeof(actor), "%" PRIu64, entry->actor);
	return add(page, entry->sequence,
		   json_pack("{s:I,s:o,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o}", "sequence",
			     (json_int_t)entry->sequence, "time", weir_api_time(entry->time_ns),
			     "time_ns", time_ns, "actor", actor, "actor_name", entry->actor_name,
			     "via", entry->via, "action", entry->action, "object", entry->object,
			     "detail", entry->detail, "before", hex(row->before), "hash",
			     hex(row->hash)));
}

static int add_head(void *context, uint64_t sequence, const void *head, size_t len)
{
	unsigned char text[4 * (WEIR_LEDGER_HEAD_MAX / 3 + 1) + 1];
	struct page *page = context;

	if (full(page))
		return 1;
	if (len > WEIR_LEDGER_HEAD_MAX)
		return -EBADMSG;
	EVP_EncodeBlock(text, head, (int)len);
	return add(page, sequence,
		   json_pack("{s:I,s:s}", "sequence", (json_int_t)sequence, "envelope",
			     (const char *)text));
}

/* Takes page->rows over. */
static void end_page(struct page *page, const char *member, const char *next, int r,
		     struct weir_api_reply *reply)
{
	json_t *rows = TAKE_PTR(page->rows);

	if (r < 0) {
		json_decref(rows);
		weir_api_fail_store(reply, r);
		return;
	}
	weir_api_answer(reply, 200,
			json_pack("{s:o,s:o}", member, rows, next,
				  page->more ? json_sprintf("%" PRIu64, page->last) : json_null()));
}

void weir_api_list_audit(struct weir_store *store, const char *query, struct weir_api_reply *reply)
{
	const unsigned allowed = WEIR_API_MARK_LIMIT | WEIR_API_MARK_AFTER | WEIR_API_MARK_BEFORE |
				 WEIR_API_MARK_ORDER;
	struct weir_api_marks marks;
	struct weir_error err = {};
	struct page page;
	int r = weir_api_query_marks(query, allowed, &marks, &err);

	if (r == 0 && (marks.oldest_first ? marks.before : marks.after))
		r = weir_error_set(&err, -EINVAL, 0, 0,
				   "after goes with order=oldest, before with newest");
	if (r < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	page = (struct page){.rows = json_array(), .wanted = marks.limit};
	r = weir_audit_list(store,
			    &(struct weir_audit_filter){.after = marks.after,
							.before = marks.before,
							.newest_first = !marks.oldest_first,
							.limit = marks.limit + 1},
			    add_entry, &page);
	end_page(&page, "entries", marks.oldest_first ? "next_after" : "next_before", r, reply);
}

void weir_api_list_audit_heads(struct weir_store *store, const char *query,
			       struct weir_api_reply *reply)
{
	struct weir_api_marks marks;
	struct weir_error err = {};
	struct page page;
	int r = weir_api_query_marks(query, WEIR_API_MARK_LIMIT | WEIR_API_MARK_AFTER, &marks,
				     &err);

	if (r < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	page = (struct page){.rows = json_array(), .wanted = marks.limit};
	r = weir_audit_heads(store, marks.after, marks.limit + 1, add_head, &page);
	end_page(&page, "heads", "next_after", r, reply);
}
