/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "place.h"
#include "postgres.h"

static const char *const kinds[] = {
	[PLACE_MEMORY] = "memory",
	[PLACE_SQLITE] = "sqlite",
	[PLACE_POSTGRESQL] = "postgresql",
};

struct place {
	char dir[64]; /* "": none */
	char db[96];
	char conninfo[POSTGRES_CONNINFO_MAX];
	struct weir_store *store;
};

/* Of the whole program: set before the first test. */
static enum place_kind kind;
static struct postgres server;
static unsigned n_places;

int place_open_another(void **state, struct weir_store **ret)
{
	const struct place *place = *state;
	struct weir_error err = {};
	int r = -EINVAL;

	switch (kind) {
	case PLACE_MEMORY:
		r = weir_store_open_memory(ret);
		break;
	case PLACE_SQLITE:
		r = weir_store_open_sqlite(place->db, &err, ret);
		break;
	case PLACE_POSTGRESQL:
		r = weir_store_open_postgresql(place->conninfo, &err, ret);
		break;
	}
	if (r < 0)
		(void)fprintf(stderr, "cannot open the store: %s\n", err.text);
	return r;
}

static int make_place(struct place *place)
{
	char schema[32];

	if (kind == PLACE_SQLITE) {
		(void)snprintf(place->dir, sizeof(place->dir), "/tmp/weir-store-XXXXXX");
		if (!mkdtemp(place->dir))
			return -errno;
		(void)snprintf(place->db, sizeof(place->db), "%s/console.db", place->dir);
	}
	if (kind == PLACE_POSTGRESQL) {
		(void)snprintf(schema, sizeof(schema), "test_%u", ++n_places);
		return postgres_conninfo(&server, schema, place->conninfo);
	}
	return 0;
}

int place_open(void **state, const struct weir_db_schema *schema)
{
	struct place *place = calloc(1, sizeof(*place));
	int r;

	if (!place)
		return -1;
	*state = place;
	r = make_place(place);
	if (r == 0)
		r = place_open_another(state, &place->store);
	if (r == 0 && schema)
		r = weir_db_migrate(place->store, schema, NULL);
	return r;
}

static void remove_files(const struct place *place)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", place->db, suffixes[i]);
		unlink(path);
	}
	rmdir(place->dir);
}

int place_close(void **state)
{
	struct place *place = *state;

	weir_store_free(place->store);
	if (place->dir[0])
		remove_files(place);
	free(place);
	return 0;
}

struct weir_store *place_store(void **state)
{
	return ((struct place *)*state)->store;
}

enum place_kind place_kind(void)
{
	return kind;
}

struct postgres *place_server(void)
{
	return &server;
}

const char *place_path(void **state)
{
	return ((struct place *)*state)->db;
}

int place_run_group(int argc, char **argv, const struct CMUnitTest *tests, size_t n,
		    CMFixtureFunction setup, CMFixtureFunction teardown)
{
	int failed;

	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(argv[1], kinds[i]) == 0)
			kind = (enum place_kind)i;
	if (kind == PLACE_POSTGRESQL && postgres_init(&server, false) < 0) {
		postgres_done(&server);
		return 1;
	}
	/* The macro takes the size of its array. */
	failed = _cmocka_run_group_tests(kinds[kind], tests, n, setup, teardown);
	postgres_done(&server);
	return failed;
}

int place_run(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
	return place_run_group(argc, argv, tests, n, NULL, NULL);
}
