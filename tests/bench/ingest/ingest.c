/* SPDX-License-Identifier: Apache-2.0 */
/* bench_ingest sqlite|postgresql [BATCH [EVENTS [ROUNDS [THREADS]]]]
 * bench_ingest sqlite|postgresql curve [AGENTS]
 *
 * Events a second through weir_store_ingest(), beside the same rows by the database's own quickest
 * way in the same run: rounds in turn, median, and the CPU time of both sides, the database server's
 * included. The curve: the same with 1,000 agents, 10,000, ... that are known to the store. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ingest.h"
#include "postgres.h"
#include "process.h"
#include "weir/base/macros.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_store/store.h"

#define BLOB	    224 /* bytes of an event on the wire, as measured */
#define ROUNDS_MAX  15
#define THREADS_MAX 256
#define RECEIVED    UINT64_C(1795000000000000000)

struct setup {
	bool postgresql;
	uint32_t batch, events, rounds, threads;
	uint32_t agents;
};

struct place {
	struct postgres pg;
	char dir[64], where[POSTGRES_CONNINFO_MAX];
	struct weir_store *store;
	uint64_t *sent; /* by agent: the last sequence */
};

static unsigned char blob[BLOB];

static void die(const char *what)
{
	(void)fprintf(stderr, "bench_ingest: %s\n", what);
	exit(1);
}

static void open_place(const struct setup *setup, struct place *place)
{
	struct weir_error err = {};
	int r;

	if (setup->postgresql) {
		if (postgres_init(&place->pg, true) < 0)
			die("no PostgreSQL server");
		(void)postgres_conninfo(&place->pg, NULL, place->where);
		r = weir_store_open_postgresql(place->where, &err, &place->store);
	} else {
		(void)snprintf(place->dir, sizeof(place->dir), "/var/tmp/weir-bench-XXXXXX");
		if (!mkdtemp(place->dir))
			die("no folder under /var/tmp");
		(void)snprintf(place->where, sizeof(place->where), "%s/bench.db", place->dir);
		r = weir_store_open_sqlite(place->where, &err, &place->store);
	}
	if (r < 0)
		die(err.text);
}

static void close_place(struct place *place)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	weir_store_free(place->store);
	postgres_done(&place->pg);
	for (size_t i = 0; place->dir[0] && i < ARRAY_SIZE(suffixes); i++) {
		char path[POSTGRES_CONNINFO_MAX + 8];

		(void)snprintf(path, sizeof(path), "%s%s", place->where, suffixes[i]);
		unlink(path);
	}
	if (place->dir[0])
		rmdir(place->dir);
}

/* Seconds of CPU so far, of this program and of the server's workers. */
static double cpu_now(const struct place *place)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6 +
	       process_children_cpu(place->pg.pid);
}

struct feed {
	struct weir_store *store;
	const struct setup *setup;
	uint64_t *sent; /* by agent: the last sequence */
	uint32_t first, step;
	uint32_t batch;
	atomic_llong *left; /* events */
	bool all_once;	    /* each agent one batch, instead of left */
};

static void send_batch(const struct feed *feed, uint32_t agent)
{
	static const struct weir_store_item item = {.time_ns = RECEIVED,
						    .channel = 2,
						    .action = 4,
						    .tier = 1,
						    .alert = true,
						    .rule = "stick-bulk-identity",
						    .hook = "lsm/file_permission",
						    .cause = "content",
						    .blob = blob,
						    .len = sizeof(blob)};
	struct weir_store_item items[WEIR_STORE_EVENTS_MAX];
	struct weir_store_batch batch = {.epoch = 7,
					 .first_sequence = feed->sent[agent] + 1,
					 .received_ns = RECEIVED,
					 .host = "ws",
					 .version = "0.1.0",
					 .items = items,
					 .n_items = feed->batch};
	struct weir_store_result result;

	for (uint32_t i = 0; i < feed->batch; i++)
		items[i] = item;
	memcpy(batch.agent_uid + 8, &agent, sizeof(agent));
	if (weir_store_ingest(feed->store, &batch, &result) < 0 || result.stored != feed->batch)
		die("a batch was not stored");
	feed->sent[agent] += feed->batch;
}

static void *run_feed(void *context)
{
	const struct feed *feed = context;
	uint32_t agent = feed->first;

	while (agent < feed->setup->agents &&
	       (feed->all_once || atomic_fetch_sub(feed->left, feed->batch) > 0)) {
		send_batch(feed, agent);
		agent += feed->step;
		if (agent >= feed->setup->agents && !feed->all_once)
			agent = feed->first;
	}
	return NULL;
}

/* events == 0: each agent sends one batch. */
static void feed_store(const struct setup *setup, const struct place *place, uint32_t batch,
		       uint32_t events)
{
	atomic_llong left = events;
	struct feed feeds[THREADS_MAX];
	pthread_t threads[THREADS_MAX];

	for (uint32_t i = 0; i < setup->threads; i++) {
		feeds[i] = (struct feed){place->store,	 setup, place->sent, i,
					 setup->threads, batch, &left,	     events == 0};
		if (pthread_create(&threads[i], NULL, run_feed, &feeds[i]) != 0)
			die("no thread");
	}
	for (uint32_t i = 0; i < setup->threads; i++)
		pthread_join(threads[i], NULL);
}

struct figure {
	double rate, cpu_rate; /* events a second, and a second of CPU */
};

struct watch {
	uint64_t start_ns;
	double cpu;
};

static struct watch watch_start(const struct place *place)
{
	return (struct watch){weir_now_monotonic(), cpu_now(place)};
}

static struct figure watch_end(const struct place *place, const struct watch *watch,
			       uint32_t events)
{
	const double seconds = (double)(weir_now_monotonic() - watch->start_ns) / 1e9;

	return (struct figure){events / seconds, events / (cpu_now(place) - watch->cpu)};
}

static void feed_raw(const struct setup *setup, struct raw *raw, int64_t *sequence)
{
	const uint32_t per_commit = WEIR_MAX(1U, setup->threads * setup->batch);

	for (uint32_t done = 0; done < setup->events; done += per_commit) {
		/* As many in a transaction as can wait for one of the store's. */
		const struct raw_rows rows = {1,	   setup->threads,    setup->batch,
					      *sequence,   (int64_t)RECEIVED, blob,
					      sizeof(blob)};

		if (setup->postgresql)
			raw_postgresql_commit(raw, &rows);
		else
			raw_sqlite_commit(raw, &rows);
		*sequence += setup->batch;
	}
}

static int by_rate(const void *a, const void *b)
{
	const double x = ((const struct figure *)a)->rate, y = ((const struct figure *)b)->rate;

	return (x > y) - (x < y);
}

static int by_cpu(const void *a, const void *b)
{
	const double x = ((const struct figure *)a)->cpu_rate,
		     y = ((const struct figure *)b)->cpu_rate;

	return (x > y) - (x < y);
}

static struct figure median(struct figure *figures, size_t n)
{
	struct figure middle;

	qsort(figures, n, sizeof(*figures), by_rate);
	middle.rate = figures[n / 2].rate;
	qsort(figures, n, sizeof(*figures), by_cpu);
	middle.cpu_rate = figures[n / 2].cpu_rate;
	return middle;
}

/* Raw rows take sequences far above those that the store gives the same agents. */
static void compare(const struct setup *setup, const struct place *place, int64_t *raw_sequence)
{
	struct raw *raw = setup->postgresql ? raw_postgresql_open(place->where)
					    : raw_sqlite_open(place->where);
	struct figure store[ROUNDS_MAX], by_hand[ROUNDS_MAX], s, h;
	const uint32_t per_commit = WEIR_MAX(1U, setup->threads * setup->batch);
	const uint32_t n_raw = (setup->events + per_commit - 1) / per_commit * per_commit;

	for (uint32_t i = 0; i < setup->rounds; i++) {
		struct watch watch = watch_start(place);

		feed_raw(setup, raw, raw_sequence);
		by_hand[i] = watch_end(place, &watch, n_raw);
		watch = watch_start(place);
		feed_store(setup, place, setup->batch, setup->events);
		store[i] = watch_end(place, &watch, setup->events);
	}
	if (setup->postgresql)
		raw_postgresql_close(raw);
	else
		raw_sqlite_close(raw);
	s = median(store, setup->rounds);
	h = median(by_hand, setup->rounds);
	printf("%-10s %8u agents, batches of %4u: raw %7.0f/s, store %7.0f/s, ratio %.2f;"
	       " a second of CPU: raw %7.0f, store %7.0f, ratio %.2f\n",
	       setup->postgresql ? "postgresql" : "sqlite", setup->agents, setup->batch, h.rate,
	       s.rate, s.rate / h.rate, h.cpu_rate, s.cpu_rate, s.cpu_rate / h.cpu_rate);
	(void)fflush(stdout);
}

/* Known agents first: each has sent one event. */
static void run(struct setup *setup, uint32_t agents_max)
{
	struct place place = {.sent = calloc(agents_max, sizeof(*place.sent))};
	int64_t raw_sequence = INT64_C(1) << 40;

	if (!place.sent)
		die("out of memory");
	open_place(setup, &place);
	for (setup->agents = WEIR_MIN(1000U, agents_max); setup->agents <= agents_max;
	     setup->agents *= 10) {
		const uint64_t start = weir_now_monotonic();
		uint32_t new_agents = 0;

		for (uint32_t i = 0; i < setup->agents; i++)
			new_agents += place.sent[i] == 0;
		feed_store(setup, &place, 1, 0);
		printf("%u new agents, and one event of each: %.0f a second\n", new_agents,
		       setup->agents / ((double)(weir_now_monotonic() - start) / 1e9));
		compare(setup, &place, &raw_sequence);
	}
	close_place(&place);
	free(place.sent);
}

int main(int argc, char **argv)
{
	struct setup setup = {.batch = 20, .events = 50000, .rounds = 3, .threads = 64};
	uint32_t *const numbers[] = {&setup.batch, &setup.events, &setup.rounds, &setup.threads};
	const bool curve = argc > 2 && strcmp(argv[2], "curve") == 0;
	uint32_t agents = curve ? 1000000 : 1000;

	if (argc < 2 || argc > (curve ? 4 : 6))
		die("sqlite|postgresql [BATCH [EVENTS [ROUNDS [THREADS]]]] or curve [AGENTS]");
	setup.postgresql = strcmp(argv[1], "postgresql") == 0;
	if (curve)
		setup.threads = THREADS_MAX;
	for (int i = 2; !curve && i < argc; i++)
		if (weir_parse_u32(argv[i], numbers[i - 2]) < 0)
			die("not a number");
	if (curve && argc == 4 && weir_parse_u32(argv[3], &agents) < 0)
		die("not a number");
	if (setup.batch < 1 || setup.batch > WEIR_STORE_EVENTS_MAX || setup.rounds < 1 ||
	    setup.rounds > ROUNDS_MAX || setup.threads < 1 || setup.threads > THREADS_MAX ||
	    agents < 1)
		die("out of range");
	run(&setup, agents);
	return 0;
}
