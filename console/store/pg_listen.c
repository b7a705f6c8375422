/* SPDX-License-Identifier: Apache-2.0 */
/* Hears what is announced by any console on the same database. A notification is only the quick
 * way: it is lost with the connection, so the table of announcements is read besides. */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "internal.h"
#include "pg.h"
#include "weir/base/parse.h"

#define POLL_MS	   10000
#define RETRY_MS   1000
#define TOPICS_MAX 64

struct listener {
	struct weir_pg *be;
	struct weir_pg_connection connection; /* its own */
	struct weir_db_announcement known[TOPICS_MAX];
	size_t n_known;
	bool started; /* known is what was there at the start */
};

/* True when the topic had another number before. */
static bool learn(struct listener *listener, const char *topic, uint64_t number)
{
	struct weir_db_announcement *known = NULL;

	for (size_t i = 0; !known && i < listener->n_known; i++)
		if (strcmp(listener->known[i].topic, topic) == 0)
			known = &listener->known[i];
	if (known && known->number == number)
		return false;
	if (!known) {
		if (listener->n_known == TOPICS_MAX || strlen(topic) > WEIR_DB_TOPIC_MAX)
			return true;
		known = &listener->known[listener->n_known++];
		(void)snprintf(known->topic, sizeof(known->topic), "%s", topic);
	}
	known->number = number;
	return true;
}

/* "topic number" */
static void hear(struct listener *listener, const char *payload)
{
	const char *space = strchr(payload, ' ');
	char topic[WEIR_DB_TOPIC_MAX + 1];
	uint64_t number;

	if (!space || (size_t)(space - payload) >= sizeof(topic) ||
	    weir_parse_u64(space + 1, &number) < 0)
		return;
	(void)snprintf(topic, sizeof(topic), "%.*s", (int)(space - payload), payload);
	(void)learn(listener, topic, number);
	weir_store_heard(listener->be->store, topic, number);
}

static int read_table(struct listener *listener)
{
	PGresult *result _cleanup_(weir_pg_clearp) =
		PQexec(listener->connection.conn, "SELECT topic, number FROM announcement");
	int r = weir_pg_errno(&listener->connection, result);
	uint64_t number;

	for (int i = 0; r == 0 && i < PQntuples(result); i++) {
		const char *topic = PQgetvalue(result, i, 0);

		if (weir_parse_u64(PQgetvalue(result, i, 1), &number) == 0 &&
		    learn(listener, topic, number) && listener->started)
			weir_store_heard(listener->be->store, topic, number);
	}
	if (r == 0)
		listener->started = true;
	return r;
}

static int connect_again(struct listener *listener)
{
	int r = weir_pg_ready(listener->be, &listener->connection);

	return r < 0 ? r : weir_pg_exec(&listener->connection, "LISTEN " WEIR_PG_CHANNEL);
}

/* What libpq has read already, with the answer to a statement too: the socket does not tell of it. */
static void hear_all(struct listener *listener)
{
	PGnotify *notify;

	while (listener->connection.conn && (notify = PQnotifies(listener->connection.conn))) {
		hear(listener, notify->extra);
		PQfreemem(notify);
	}
}

/* One wait and what came of it. False: to end. */
static bool wait_once(struct listener *listener, int *timeout_ms)
{
	struct pollfd fds[] = {
		{.fd = listener->be->stop_fd, .events = POLLIN},
		{.fd = -1, .events = POLLIN},
	};
	int r = 0;

	if (!listener->connection.conn || PQstatus(listener->connection.conn) != CONNECTION_OK)
		r = connect_again(listener);
	if (r == 0)
		r = read_table(listener);
	hear_all(listener);
	if (r == 0)
		fds[1].fd = PQsocket(listener->connection.conn);
	*timeout_ms = r == 0 ? POLL_MS : RETRY_MS;
	if (poll(fds, ARRAY_SIZE(fds), *timeout_ms) < 0 && errno != EINTR)
		return false;
	if (fds[0].revents)
		return false;
	if (fds[1].revents && !PQconsumeInput(listener->connection.conn))
		weir_pg_disconnect(&listener->connection);
	hear_all(listener);
	return true;
}

static void *listen(void *context)
{
	struct listener *listener = context;
	int timeout_ms = 0;

	while (wait_once(listener, &timeout_ms))
		;
	weir_pg_disconnect(&listener->connection);
	free(listener);
	return NULL;
}

int weir_pg_listen(void *backend, struct weir_store *store)
{
	struct weir_pg *be = backend;
	struct listener *listener = calloc(1, sizeof(*listener));
	int r;

	if (!listener)
		return -ENOMEM;
	be->store = store;
	listener->be = be;
	/* Before anybody can listen, so that nothing announced after that is taken as known. */
	r = connect_again(listener);
	if (r == 0)
		r = read_table(listener);
	if (r == 0)
		r = -pthread_create(&be->listener, NULL, listen, listener);
	if (r < 0) {
		weir_pg_disconnect(&listener->connection);
		free(listener);
		return r;
	}
	be->listening = true;
	return 0;
}

void weir_pg_stop_listening(struct weir_pg *be)
{
	if (!be->listening)
		return;
	(void)eventfd_write(be->stop_fd, 1);
	pthread_join(be->listener, NULL);
	be->listening = false;
}
