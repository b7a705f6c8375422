/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a courier for each sink that the table has. */

#include "weir/console_export/export.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "courier.h"

struct weir_export {
	struct weir_export_options options;
	struct weir_bell bell;
	uint64_t holder; /* this console, among those that share the database */
	struct weir_courier *couriers[WEIR_SINKS_MAX]; /* of the thread alone; NULL: a free place */
	pthread_t thread;
};

static void free_courier(struct weir_courier **slot)
{
	weir_courier_free(TAKE_PTR(*slot));
}

static int take_sink(void *context, const struct weir_sink *sink)
{
	struct weir_export *export = context;
	struct weir_courier **place = NULL;

	for (size_t i = 0; i < WEIR_SINKS_MAX; i++) {
		struct weir_courier **slot = &export->couriers[i];

		if (*slot && weir_courier_sink(*slot) == sink->id)
			return 0;
		if (!*slot && !place)
			place = slot;
	}
	/* What cannot be begun now is tried again with the next look. */
	if (place)
		(void)!weir_courier_new(&export->options, &export->bell, export->holder, sink,
					place);
	return 0;
}

static void look_after(struct weir_export *export)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	for (size_t i = 0; i < WEIR_SINKS_MAX; i++)
		if (export->couriers[i] && weir_courier_is_done(export->couriers[i]))
			free_courier(&export->couriers[i]);
	if (weir_db_read(export->options.store, &tx) == 0)
		(void)!weir_sink_list(tx, take_sink, export);
}

static void *run(void *context)
{
	struct weir_export *export = context;
	uint64_t heard = 0;

	do
		look_after(export);
	while (weir_bell_wait(&export->bell, &heard));
	for (size_t i = 0; i < WEIR_SINKS_MAX; i++)
		free_courier(&export->couriers[i]);
	return NULL;
}

void weir_export_wake(struct weir_export *export)
{
	weir_bell_ring(&export->bell);
}

static int make_holder(uint64_t *ret)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	*ret = (random & INT64_MAX) | 1;
	return 0;
}

static int start(struct weir_export *export)
{
	int r = make_holder(&export->holder);

	if (r == 0)
		r = weir_bell_init(&export->bell);
	if (r < 0)
		return r;
	r = -pthread_create(&export->thread, NULL, run, export);
	if (r < 0)
		weir_bell_done(&export->bell);
	return r;
}

int weir_export_new(const struct weir_export_options *options, struct weir_error *err,
		    struct weir_export **ret)
{
	struct weir_export *export = calloc(1, sizeof(*export));
	int r;

	if (!export)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	export->options = *options;
	r = start(export);
	if (r < 0) {
		free(export);
		return weir_error_set(err, r, 0, 0, "cannot start a thread for exports");
	}
	*ret = export;
	return 0;
}

void weir_export_free(struct weir_export *export)
{
	if (!export)
		return;
	weir_bell_end(&export->bell);
	pthread_join(export->thread, NULL);
	weir_bell_done(&export->bell);
	free(export);
}
