/* SPDX-License-Identifier: Apache-2.0 */
/* Which envelope an endpoint should have: the newest published one for its group whose ring it is in. Asked at every heartbeat of
 * every endpoint, so it is answered from memory. */

#include "weir/console_policy/offers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

#define KEEP_NS	     (5 * WEIR_NSEC_PER_SEC)
#define VERSIONS_MAX 64 /* newer ones hide older ones long before */

struct version {
	uint64_t revision;
	char group[WEIR_FLEET_GROUP_MAX + 1];
	enum weir_policy_rollout rollout;
	unsigned ring;
	uint8_t seed[WEIR_POLICY_SEED_LEN], hash[WEIR_FLEET_HASH_LEN];
	void *envelope; /* owned */
	size_t len;
};

struct weir_policy_offers {
	struct weir_store *store;
	pthread_mutex_t lock;	 /* guards what follows */
	struct version *version; /* newest first */
	size_t n;
	uint64_t read_ns;
	atomic_bool stale;
};

static void forget(struct version *version, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(version[i].envelope);
	free(version);
}

static void heard(void *context, const char *topic, uint64_t number)
{
	struct weir_policy_offers *offers = context;

	if (strcmp(topic, TOPIC) == 0)
		atomic_store(&offers->stale, true);
}

int weir_policy_offers_new(struct weir_store *store, struct weir_policy_offers **ret)
{
	struct weir_policy_offers *offers = calloc(1, sizeof(*offers));
	int r;

	if (!offers)
		return -ENOMEM;
	offers->store = store;
	atomic_init(&offers->stale, true);
	pthread_mutex_init(&offers->lock, NULL);
	r = weir_store_listen(store, heard, offers);
	if (r < 0) {
		weir_policy_offers_free(offers);
		return r;
	}
	*ret = offers;
	return 0;
}

void weir_policy_offers_free(struct weir_policy_offers *offers)
{
	if (!offers)
		return;
	forget(offers->version, offers->n);
	pthread_mutex_destroy(&offers->lock);
	free(offers);
}

static int take(const struct weir_db_rows *rows, struct version *ret)
{
	size_t seed_len, hash_len, len;
	const void *seed = weir_db_get_blob(rows, 4, &seed_len);
	const void *hash = weir_db_get_blob(rows, 5, &hash_len);
	const void *envelope = weir_db_get_blob(rows, 6, &len);

	if (seed_len != sizeof(ret->seed) || hash_len != sizeof(ret->hash))
		return -EBADMSG;
	ret->revision = (uint64_t)weir_db_get_int(rows, 0);
	(void)snprintf(ret->group, sizeof(ret->group), "%s", weir_db_get_text(rows, 1));
	ret->rollout = (enum weir_policy_rollout)weir_db_get_int(rows, 2);
	ret->ring = (unsigned)weir_db_get_int(rows, 3);
	memcpy(ret->seed, seed, seed_len);
	memcpy(ret->hash, hash, hash_len);
	ret->envelope = malloc(len ? len : 1);
	if (!ret->envelope)
		return -ENOMEM;
	memcpy(ret->envelope, envelope, len);
	ret->len = len;
	return 0;
}

static int read_versions(struct weir_store *store, struct version *version, size_t *n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_look(store, &tx);

	if (r >= 0)
		r = WEIR_DB_QUERY(
			tx, &rows,
			"SELECT revision, group_name, rollout, ring, seed, hash, envelope "
			"FROM policy_version WHERE state = $1 ORDER BY revision DESC "
			"LIMIT $2",
			weir_db_int(WEIR_POLICY_PUBLISHED), weir_db_int(VERSIONS_MAX));
	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		r = take(rows, &version[*n]);
		if (r >= 0)
			++*n;
	}
	return r;
}

/* With the lock held. What cannot be read leaves what was there. */
static int refresh(struct weir_policy_offers *offers)
{
	uint64_t now = weir_now_monotonic();
	struct version *version;
	size_t n = 0;
	int r;

	if (!atomic_exchange(&offers->stale, false) && offers->read_ns > 0 &&
	    now - offers->read_ns < KEEP_NS)
		return 0;
	version = calloc(VERSIONS_MAX, sizeof(*version));
	r = version ? read_versions(offers->store, version, &n) : -ENOMEM;
	if (r < 0) {
		forget(version, n);
		atomic_store(&offers->stale, true);
		return r;
	}
	forget(offers->version, offers->n);
	offers->version = version;
	offers->n = n;
	offers->read_ns = now;
	return 0;
}

static bool has(const struct version *version, const uint8_t have[static WEIR_FLEET_HASH_LEN])
{
	return memcmp(version->hash, have, sizeof(version->hash)) == 0;
}

/* One that was halted stays with those who have it: they would refuse an older one. */
static bool is_for(const struct version *version, const struct weir_fleet_asker *asker,
		   const uint8_t have[static WEIR_FLEET_HASH_LEN])
{
	unsigned place;

	if (version->group[0] && strcmp(version->group, asker->group) != 0)
		return false;
	if (version->rollout == WEIR_POLICY_ROLLOUT_DONE || has(version, have))
		return true;
	return version->rollout == WEIR_POLICY_ROLLOUT_RUNNING &&
	       weir_policy_place(version->seed, asker->uid, &place) == 0 &&
	       place < weir_policy_rings[WEIR_MIN(version->ring, WEIR_POLICY_RINGS - 1u)];
}

static int fill(const struct version *version, const uint8_t have[static WEIR_FLEET_HASH_LEN],
		struct weir_fleet_offer *ret)
{
	memcpy(ret->hash, version->hash, sizeof(ret->hash));
	ret->revision = version->revision;
	ret->size = version->len;
	ret->body = WEIR_BUF_INIT(WEIR_FLEET_OFFER_MAX);
	if (has(version, have) || version->len > WEIR_FLEET_OFFER_MAX)
		return 1;
	return weir_buf_append(&ret->body, version->envelope, version->len) < 0 ? -ENOMEM : 1;
}

static int get(void *context, const struct weir_fleet_asker *asker,
	       const uint8_t have[static WEIR_FLEET_HASH_LEN], struct weir_fleet_offer *ret)
{
	struct weir_policy_offers *offers = context;
	int r;

	pthread_mutex_lock(&offers->lock);
	r = refresh(offers);
	for (size_t i = 0; r == 0 && i < offers->n; i++)
		if (is_for(&offers->version[i], asker, have))
			r = fill(&offers->version[i], have, ret);
	pthread_mutex_unlock(&offers->lock);
	return r;
}

static int read_envelope(void *context, const uint8_t hash[static WEIR_FLEET_HASH_LEN],
			 struct weir_buf *ret)
{
	struct weir_policy_offers *offers = context;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *envelope;
	size_t len;
	int r = weir_db_look(offers->store, &tx);

	if (r >= 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT envelope FROM policy_version WHERE hash = $1 LIMIT 1",
				  weir_db_blob(hash, WEIR_FLEET_HASH_LEN));
	if (r >= 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	envelope = weir_db_get_blob(rows, 0, &len);
	return weir_buf_append(ret, envelope, len);
}

struct weir_fleet_offers weir_policy_offers_port(struct weir_policy_offers *offers)
{
	return (struct weir_fleet_offers){.get = get, .read = read_envelope, .context = offers};
}
