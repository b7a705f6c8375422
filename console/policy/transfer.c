/* SPDX-License-Identifier: Apache-2.0 */
/* What went out under an entry of the register: events that name its grant, linked as they arrive. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/parse.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define AT_ONCE 2000
#define ROUNDS	50 /* of these at one time: others are to be looked after, too */

struct link {
	int64_t event, time_ns, entry; /* entry 0: it names none of ours */
};

/* "G-0007" */
static int64_t entry_of(const void *blob, size_t len)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__Event *event;
	uint64_t id;

	if (weir_wire_unpack(&weir__v1__event__descriptor, blob, len, &wire) < 0)
		return 0;
	event = weir_wire_message(wire);
	if (strncmp(event->grant, "G-", 2) != 0 || weir_parse_u64(event->grant + 2, &id) < 0 ||
	    id > INT64_MAX)
		return 0;
	return (int64_t)id;
}

static int read_cursor(struct weir_db_tx *tx, int64_t *ret)
{
	int r = WEIR_DB_NUMBER(tx, ret, "SELECT event FROM register_cursor WHERE name = $1",
			       weir_db_text("transfer"));

	if (r == -ENOENT) {
		*ret = 0;
		return 0;
	}
	return r;
}

static int read_links(struct weir_db_tx *tx, int64_t after, struct link links[static AT_ONCE])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int n = 0, r = WEIR_DB_QUERY(tx, &rows,
				     "SELECT id, time_ns, blob FROM event WHERE id > $1 "
				     "ORDER BY id LIMIT $2",
				     weir_db_int(after), weir_db_int(AT_ONCE));

	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		size_t len;
		const void *blob = weir_db_get_blob(rows, 2, &len);

		links[n++] = (struct link){weir_db_get_int(rows, 0), weir_db_get_int(rows, 1),
					   entry_of(blob, len)};
	}
	return r < 0 ? r : n;
}

static int add_link(struct weir_db_tx *tx, const struct link *link)
{
	if (link->entry == 0)
		return 0;
	return WEIR_DB_RUN(tx,
			   "INSERT INTO register_transfer (entry, event, time_ns) "
			   "SELECT id, $1, $2 FROM register_entry WHERE id = $3 "
			   "ON CONFLICT (entry, event) DO NOTHING",
			   weir_db_int(link->event), weir_db_int(link->time_ns),
			   weir_db_int(link->entry));
}

static int read_next(struct weir_store *store, struct link links[static AT_ONCE])
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t cursor;
	int r = weir_db_read(store, &tx);

	if (r >= 0)
		r = read_cursor(tx, &cursor);
	return r < 0 ? r : read_links(tx, cursor, links);
}

static int write_links(struct weir_store *store, const struct link *links, int n, int *done)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	for (int i = 0; r >= 0 && i < n; i++) {
		r = add_link(tx, &links[i]);
		*done += WEIR_MAX(r, 0);
	}
	if (r >= 0)
		r = WEIR_DB_RUN(tx,
				"INSERT INTO register_cursor (name, event) VALUES ($1, $2) ON "
				"CONFLICT (name) DO UPDATE SET event = excluded.event",
				weir_db_text("transfer"), weir_db_int(links[n - 1].event));
	return r < 0 ? r : weir_db_commit(tx);
}

int tend_transfers(struct weir_store *store, uint64_t now_ns)
{
	struct link *links _cleanup_(freep) = calloc(AT_ONCE, sizeof(*links));
	int done = 0, n = AT_ONCE;

	if (!links)
		return -ENOMEM;
	for (int i = 0; i < ROUNDS && n == AT_ONCE; i++) {
		int r;

		n = read_next(store, links);
		r = n > 0 ? write_links(store, links, n, &done) : n;
		if (r < 0)
			return r;
	}
	return done;
}

int weir_register_transfers(struct weir_store *store, uint64_t id, uint32_t limit,
			    weir_register_transfer_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(store, &tx);

	if (r >= 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT event, time_ns FROM register_transfer WHERE entry = $1 "
				  "ORDER BY event DESC LIMIT $2",
				  weir_db_int((int64_t)id), weir_db_int(limit));
	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		const struct weir_register_transfer transfer = {
			.event = (uint64_t)weir_db_get_int(rows, 0),
			.time_ns = (uint64_t)weir_db_get_int(rows, 1),
		};

		r = fn(context, &transfer);
		if (r != 0)
			break;
	}
	return WEIR_MIN(r, 0);
}
