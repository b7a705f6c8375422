/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "load.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

#define DAY_NS (86400 * WEIR_NSEC_PER_SEC)

void fleet_endpoint(uint32_t number, uint8_t uid[static WEIR_UID_LEN],
		    char serial[static FLEET_SERIAL])
{
	memset(uid, 7, WEIR_UID_LEN);
	memcpy(uid, &number, sizeof(number));
	(void)snprintf(serial, FLEET_SERIAL, "%032X", number);
}

static int add(struct weir_db_tx *tx, uint32_t number, uint64_t now_ns)
{
	uint8_t uid[WEIR_UID_LEN];
	char serial[FLEET_SERIAL];
	int r;

	fleet_endpoint(number, uid, serial);
	r = WEIR_DB_RUN(tx,
			"INSERT INTO fleet_agents (uid, group_name, host, version, enrolled_ns, "
			"last_seen_ns, healthy, last_error, policy_status, policy_error) "
			"VALUES ($1, 'g', '', '', $2, 0, 0, '', 0, '')",
			weir_db_blob(uid, sizeof(uid)), weir_db_int((int64_t)now_ns));
	if (r < 0)
		return r;
	return WEIR_DB_RUN(tx,
			   "INSERT INTO fleet_certificates (serial, uid, key_hash, token, state, "
			   "reason, issued_ns, expires_ns, changed_ns) "
			   "VALUES ($1, $2, $2, 1, 1, '', $3, $4, $3)",
			   weir_db_text(serial), weir_db_blob(uid, sizeof(uid)),
			   weir_db_int((int64_t)now_ns), weir_db_int((int64_t)(now_ns + DAY_NS)));
}

static struct weir_store *open_store(const struct fleet *fleet)
{
	struct weir_store *store = NULL;
	struct weir_error err = {};
	int r = strncmp(fleet->where, "postgresql:", 11) == 0
			? weir_store_open_postgresql(fleet->where + 11, &err, &store)
			: weir_store_open_sqlite(fleet->where, &err, &store);

	if (r < 0)
		die(err.text);
	return store;
}

static void add_all(struct fleet *fleet)
{
	struct weir_store *store = open_store(fleet);
	struct weir_db_tx *tx = NULL;
	const uint64_t now_ns = weir_now_realtime();
	int r = weir_db_write(store, &tx);

	for (uint32_t i = 0; r >= 0 && i < fleet->n + FLEET_SPARE; i++)
		r = add(tx, i, now_ns);
	if (r >= 0)
		r = weir_db_commit(tx);
	weir_db_end(tx);
	weir_store_free(store);
	if (r < 0)
		die("cannot add endpoints");
}

static void start(struct fleet *fleet)
{
	if (console_start(&fleet->console, WEIR_TEST_BIN "/weir-console") < 0)
		die("the console does not start");
}

void fleet_open(struct fleet *fleet, bool postgresql, uint32_t n, uint32_t waiting)
{
	*fleet = (struct fleet){.n = n};
	if (console_init(&fleet->console) < 0)
		die("no folder");
	if (postgresql) {
		if (postgres_init(&fleet->pg, true) < 0)
			die("no PostgreSQL server");
		(void)snprintf(fleet->where, sizeof(fleet->where), "postgresql:");
		(void)postgres_conninfo(&fleet->pg, NULL, fleet->where + 11);
		fleet->console.database = fleet->where;
	} else {
		(void)snprintf(fleet->where, sizeof(fleet->where), "%s/console.db",
			       fleet->console.state);
	}
	start(fleet); /* makes the tables */
	(void)console_stop(&fleet->console, SIGTERM);
	add_all(fleet);
	fleet->console.waiting = waiting;
	start(fleet);
}

void fleet_close(struct fleet *fleet)
{
	(void)console_stop(&fleet->console, SIGTERM);
	console_done(&fleet->console);
	postgres_done(&fleet->pg);
}

void fleet_quarantine(struct fleet *fleet)
{
	struct weir_store *store = open_store(fleet);
	struct weir_db_tx *tx = NULL;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(tx, "UPDATE fleet_certificates SET state = 2 WHERE state = 1");
	if (r >= 0)
		r = weir_db_commit(tx);
	weir_db_end(tx);
	weir_store_free(store);
	if (r < 0)
		die("cannot quarantine endpoints");
}

void fleet_announce(struct fleet *fleet)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	int fd _cleanup_(weir_closep) = client_unix(fleet->console.socket);
	char serial[FLEET_SERIAL], name[WEIR_UID_TEXT], text[512];
	uint8_t uid[WEIR_UID_LEN];
	int len;

	if (fleet->spent == FLEET_SPARE)
		die("no spare endpoint is left");
	fleet_endpoint(fleet->n + fleet->spent++, uid, serial);
	weir_uid_format(uid, name);
	len = snprintf(
		text, sizeof(text),
		"POST /api/v1/endpoints/%s/revoke HTTP/1.1\r\nHost: x\r\n"
		"Authorization: Bearer %s\r\nContent-Length: 18\r\n\r\n{\"reason\":\"bench\"}",
		name, fleet->console.token);
	if (fd < 0 || client_exchange(fd, text, (size_t)len, &reply) < 0 || reply.status / 100 != 2)
		die("cannot revoke a spare endpoint");
}

uint32_t fleet_waiting(struct fleet *fleet)
{
	static const char name[] = "\nweir_http_waiting ";
	struct client_reply reply _cleanup_(client_reply_done) = {};
	const char *at;

	if (client_get(fleet->console.socket, fleet->console.token, "/metrics", &reply) < 0 ||
	    reply.status != 200)
		die("no figures");
	at = strstr(reply.body.data, name);
	return at ? load_number(at + strlen(name)) : 0;
}
