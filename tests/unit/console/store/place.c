/* SPDX-License-Identifier: Apache-2.0 */
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

enum kind { MEMORY, SQLITE };

struct place {
	char dir[64]; /* "": none */
	char db[96];
	struct weir_store *store;
};

/* Set once, before the first test. */
static enum kind kind;

static int open_store(struct place *place)
{
	struct weir_error err = {};
	int r = kind == MEMORY ? weir_store_open_memory(&place->store)
			       : weir_store_open_sqlite(place->db, &err, &place->store);

	if (r < 0)
		(void)fprintf(stderr, "cannot open the store: %s\n", err.text);
	return r;
}

int place_open(void **state, const struct weir_db_schema *schema)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	*state = place;
	if (kind == SQLITE) {
		(void)snprintf(place->dir, sizeof(place->dir), "/tmp/weir-store-XXXXXX");
		if (!mkdtemp(place->dir))
			return -1;
		(void)snprintf(place->db, sizeof(place->db), "%s/console.db", place->dir);
	}
	if (open_store(place) < 0)
		return -1;
	return schema ? weir_db_migrate(place->store, schema, NULL) : 0;
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

bool place_reads_apart(void **state)
{
	return kind != MEMORY;
}

void place_reopen(void **state)
{
	struct place *place = *state;

	weir_store_free(TAKE_PTR(place->store));
	assert_int_equal(open_store(place), 0);
}

int place_run(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
	if (argc > 1 && strcmp(argv[1], "sqlite") == 0)
		kind = SQLITE;
	/* The macro takes the size of its array. */
	return _cmocka_run_group_tests(argc > 1 ? argv[1] : "memory", tests, n, NULL, NULL);
}
