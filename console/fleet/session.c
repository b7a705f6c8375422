/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "weir/base/hash.h"
#include "weir/base/ratelimit.h"
#include "weir/base/time.h"

#define BUCKETS	     (64 * 1024)
#define SEEN_EVERY   (300 * WEIR_NSEC_PER_SEC)
#define FORGET_AFTER (3600 * WEIR_NSEC_PER_SEC)
/* Messages of one endpoint: a policy costs two, and one a second must go on for ever. */
#define EVERY	     (WEIR_NSEC_PER_SEC / 2)
#define BURST	     60
#define RETURNS_MOST 2 /* of a start that was replaced: one may be a straggler on the way */

struct session {
	struct session *next;	  /* in its bucket */
	struct session *next_due; /* in the list of those to be written */
	bool due;
	uint64_t heard_ns;   /* monotonic */
	uint64_t written_ns; /* monotonic: when its last row was taken */
	uint64_t sequence;
	uint32_t replaced; /* the start before the present one; 0: none */
	unsigned returns;
	uint8_t have[WEIR_FLEET_HASH_LEN]; /* the last offer that it took */
	struct weir_ratelimit limit;
	struct weir_session_row *row; /* what is to be written; NULL: the time alone */
	uint8_t uid[WEIR_UID_LEN];
	uint64_t wall_ns;
};

struct weir_sessions {
	pthread_mutex_t lock;
	uint8_t key[WEIR_HASH_KEY_LEN];
	struct session *due, **due_end;
	unsigned sweep; /* the bucket to be looked at next for silent ones */
	struct session *buckets[BUCKETS];
};

int weir_sessions_new(struct weir_sessions **ret)
{
	struct weir_sessions *sessions = calloc(1, sizeof(*sessions));

	if (!sessions)
		return -ENOMEM;
	if (getrandom(sessions->key, sizeof(sessions->key), 0) != sizeof(sessions->key)) {
		free(sessions);
		return -EIO;
	}
	pthread_mutex_init(&sessions->lock, NULL);
	sessions->due_end = &sessions->due;
	*ret = sessions;
	return 0;
}

static void session_free(struct session *session)
{
	free(session->row);
	free(session);
}

void weir_sessions_free(struct weir_sessions *sessions)
{
	if (!sessions)
		return;
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (sessions->buckets[i]) {
			struct session *session = sessions->buckets[i];

			sessions->buckets[i] = session->next;
			session_free(session);
		}
	}
	pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

static struct session **find(struct weir_sessions *sessions, const uint8_t *uid)
{
	struct session **slot =
		&sessions->buckets[weir_siphash(uid, WEIR_UID_LEN, sessions->key) % BUCKETS];

	while (*slot && memcmp((*slot)->uid, uid, WEIR_UID_LEN) != 0)
		slot = &(*slot)->next;
	return slot;
}

static void set_due(struct weir_sessions *sessions, struct session *session)
{
	if (session->due)
		return;
	session->due = true;
	session->next_due = NULL;
	*sessions->due_end = session;
	sessions->due_end = &session->next_due;
}

static uint32_t start_of(uint64_t sequence)
{
	return (uint32_t)(sequence >> 32);
}

/* The verdict on a message's number, and the number that is kept. */
static enum weir_session_verdict count(struct session *session, uint64_t sequence)
{
	uint64_t before = session->sequence;

	if (start_of(sequence) == start_of(before)) {
		if (sequence < before)
			return WEIR_SESSION_TWICE;
		session->sequence = sequence;
		return sequence - before <= 1 ? WEIR_SESSION_FINE : WEIR_SESSION_FULL;
	}
	if (session->replaced && start_of(sequence) == session->replaced &&
	    ++session->returns >= RETURNS_MOST)
		return WEIR_SESSION_TWICE;
	session->replaced = start_of(before);
	session->sequence = sequence;
	return WEIR_SESSION_FULL;
}

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

static bool says_something(const struct weir_session_report *report)
{
	return report->host || report->version || report->healthy || report->policy_hash ||
	       report->effective_hash;
}

static void fill(struct weir_session_row *row, const struct weir_session_report *report)
{
	if (report->host) {
		row->has_host = true;
		copy(row->host, sizeof(row->host), report->host);
	}
	if (report->version) {
		row->has_version = true;
		copy(row->version, sizeof(row->version), report->version);
	}
	if (report->healthy) {
		row->has_health = true;
		row->healthy = *report->healthy;
		copy(row->last_error, sizeof(row->last_error), report->last_error);
	}
	if (report->policy_hash) {
		row->has_policy = true;
		row->policy_status = report->policy_status;
		memcpy(row->policy_hash, report->policy_hash, sizeof(row->policy_hash));
		copy(row->policy_error, sizeof(row->policy_error), report->policy_error);
	}
	if (report->effective_hash) {
		row->has_effective = true;
		memcpy(row->effective_hash, report->effective_hash, sizeof(row->effective_hash));
	}
}

static int take_report(struct weir_sessions *sessions, struct session *session,
		       const struct weir_session_report *report)
{
	if (!says_something(report)) {
		if (session->heard_ns - session->written_ns >= SEEN_EVERY)
			set_due(sessions, session);
		return 0;
	}
	if (!session->row)
		session->row = calloc(1, sizeof(*session->row));
	if (!session->row)
		return -ENOMEM;
	fill(session->row, report);
	if (report->policy_hash)
		memcpy(session->have, report->policy_hash, sizeof(session->have));
	set_due(sessions, session);
	return 0;
}

static int add(struct session **slot, const uint8_t *uid, uint64_t sequence)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return -ENOMEM;
	memcpy(session->uid, uid, WEIR_UID_LEN);
	session->sequence = sequence;
	session->limit = WEIR_RATELIMIT(EVERY, BURST);
	*slot = session;
	return 0;
}

static int hear(struct weir_sessions *sessions, struct session **slot, const uint8_t *uid,
		uint64_t sequence, const struct weir_session_report *report, uint64_t now_ns,
		uint64_t wall_ns)
{
	enum weir_session_verdict verdict = WEIR_SESSION_FULL;
	int r;

	if (*slot)
		verdict = count(*slot, sequence);
	else if (add(slot, uid, sequence) < 0)
		return -ENOMEM;
	if (verdict == WEIR_SESSION_TWICE)
		return verdict;
	if (!weir_ratelimit_pass(&(*slot)->limit, now_ns, NULL))
		return WEIR_SESSION_OFTEN;
	(*slot)->heard_ns = now_ns;
	(*slot)->wall_ns = wall_ns;
	r = take_report(sessions, *slot, report);
	/* The full state is what it just said. */
	if (verdict == WEIR_SESSION_FULL && report->host)
		verdict = WEIR_SESSION_FINE;
	return r < 0 ? r : (int)verdict;
}

int weir_sessions_hear(struct weir_sessions *sessions, const uint8_t uid[static WEIR_UID_LEN],
		       uint64_t sequence, bool again, const struct weir_session_report *report,
		       uint64_t now_ns, uint64_t wall_ns,
		       uint8_t ret_have[static WEIR_FLEET_HASH_LEN])
{
	struct session **slot;
	int r;

	pthread_mutex_lock(&sessions->lock);
	slot = find(sessions, uid);
	if (again)
		r = *slot && (*slot)->sequence == sequence ? WEIR_SESSION_FINE : WEIR_SESSION_OLD;
	else
		r = hear(sessions, slot, uid, sequence, report, now_ns, wall_ns);
	if (*slot)
		memcpy(ret_have, (*slot)->have, WEIR_FLEET_HASH_LEN);
	pthread_mutex_unlock(&sessions->lock);
	return r;
}

static void take_row(struct session *session, uint64_t now_ns, struct weir_session_row *row)
{
	*row = session->row ? *session->row : (struct weir_session_row){};
	memcpy(row->uid, session->uid, WEIR_UID_LEN);
	row->last_seen_ns = session->wall_ns;
	free(TAKE_PTR(session->row));
	session->written_ns = now_ns;
	session->due = false;
}

/* A few buckets at each call: all of them within some minutes. */
static void sweep(struct weir_sessions *sessions, uint64_t now_ns)
{
	for (unsigned i = 0; i < 256; i++) {
		struct session **slot = &sessions->buckets[sessions->sweep++ % BUCKETS];

		while (*slot) {
			struct session *session = *slot;

			if (session->due || now_ns - session->heard_ns < FORGET_AFTER) {
				slot = &session->next;
				continue;
			}
			*slot = session->next;
			session_free(session);
		}
	}
}

/* At the end also those are written of whom only the time is new. */
static void set_all_due(struct weir_sessions *sessions)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct session *s = sessions->buckets[i]; s; s = s->next)
			if (s->heard_ns > s->written_ns)
				set_due(sessions, s);
}

unsigned weir_sessions_take(struct weir_sessions *sessions, uint64_t now_ns, bool all,
			    struct weir_session_row *rows, unsigned n)
{
	unsigned taken = 0;

	pthread_mutex_lock(&sessions->lock);
	if (all)
		set_all_due(sessions);
	while (taken < n && sessions->due) {
		struct session *session = sessions->due;

		sessions->due = session->next_due;
		if (!sessions->due)
			sessions->due_end = &sessions->due;
		take_row(session, now_ns, &rows[taken++]);
	}
	sweep(sessions, now_ns);
	pthread_mutex_unlock(&sessions->lock);
	return taken;
}

/* What came since wins over what could not be written. */
static void merge(struct weir_session_row *newer, const struct weir_session_row *older)
{
	const struct weir_session_report report = {
		.host = older->has_host && !newer->has_host ? older->host : NULL,
		.version = older->has_version && !newer->has_version ? older->version : NULL,
		.healthy = older->has_health && !newer->has_health ? &older->healthy : NULL,
		.last_error = older->last_error,
		.policy_hash = older->has_policy && !newer->has_policy ? older->policy_hash : NULL,
		.policy_status = older->policy_status,
		.policy_error = older->policy_error,
		.effective_hash = older->has_effective && !newer->has_effective
					  ? older->effective_hash
					  : NULL,
	};

	fill(newer, &report);
}

void weir_sessions_give_back(struct weir_sessions *sessions, const struct weir_session_row *rows,
			     unsigned n)
{
	pthread_mutex_lock(&sessions->lock);
	for (unsigned i = 0; i < n; i++) {
		struct session *session = *find(sessions, rows[i].uid);

		if (!session)
			continue;
		if (!session->row)
			session->row = calloc(1, sizeof(*session->row));
		if (session->row)
			merge(session->row, &rows[i]);
		set_due(sessions, session);
	}
	pthread_mutex_unlock(&sessions->lock);
}

void weir_sessions_forget(struct weir_sessions *sessions, const uint8_t uid[static WEIR_UID_LEN])
{
	struct session *session;

	pthread_mutex_lock(&sessions->lock);
	session = *find(sessions, uid);
	if (session) {
		session->replaced = 0;
		session->returns = 0;
	}
	pthread_mutex_unlock(&sessions->lock);
}
