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
#include <openssl/evp.h>

#include "fake.h"
#include "place.h"
#include "scratch.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_ingest/ingest.h"
#include "weir/console_triage/triage.h"

#define NOW	(FAKE_TIME + UINT64_C(3600) * 1000000000)
#define MINUTE	(UINT64_C(60) * 1000000000)
#define DAY	(UINT64_C(86400) * 1000000000)
#define N_BLOBS 3

static const struct weir_principal li = {.id = 3, .name = "li.na", .every_group = true};
static const struct weir_principal wang = {.id = 4, .name = "wang.wei", .every_group = true};
static const struct weir_principal chen = {.id = 5, .name = "chen.jie", .every_group = true};
static const struct weir_evidence_room room = WEIR_EVIDENCE_ROOM;

/* Three that are sealed alike, each of its own. */
static struct weir_buf sealed[N_BLOBS];
static uint8_t hashes[N_BLOBS][WEIR_EVIDENCE_HASH_LEN];

static int make_blobs(void **state)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
	struct weir_recipients *recipients _cleanup_(weir_recipients_freep) = NULL;
	struct weir_reviewer *reviewer _cleanup_(weir_reviewer_freep) = NULL;
	char dir[64], path[80];

	scratch_make(dir);
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	if (weir_recipients_new(&recipients) < 0 || weir_reviewer_make(path, "r", &reviewer) < 0 ||
	    weir_reviewer_certificate(reviewer, &pem) < 0 ||
	    weir_recipients_add(recipients, pem.data, pem.len) < 0)
		return -1;
	for (size_t i = 0; i < N_BLOBS; i++) {
		sealed[i] = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
		if (weir_evidence_seal(recipients, "content", 7, &sealed[i]) < 0 ||
		    EVP_Digest(sealed[i].data, sealed[i].len, hashes[i], NULL, EVP_sha256(),
			       NULL) != 1)
			return -1;
	}
	scratch_remove(dir);
	return 0;
}

static int free_blobs(void **state)
{
	for (size_t i = 0; i < N_BLOBS; i++)
		weir_buf_done(&sealed[i]);
	return 0;
}

static int setup(void **state)
{
	struct weir_error err = {};
	int r = place_open(state, NULL);

	if (r == 0)
		r = weir_audit_init(place_store(state), &err);
	if (r == 0)
		r = weir_triage_init(place_store(state), &err);
	return r < 0 ? r : weir_evidence_init(place_store(state), &err);
}

static int teardown(void **state)
{
	return place_close(state);
}

static int put_within(struct weir_store *store, const struct weir_evidence_room *within,
		      uint8_t agent, size_t i, uint64_t now_ns)
{
	struct weir_evidence_blob blob = {.data = sealed[i].data, .len = sealed[i].len};

	memset(blob.agent_uid, agent, sizeof(blob.agent_uid));
	memcpy(blob.sha256, hashes[i], sizeof(blob.sha256));
	return weir_evidence_put(store, within, &blob, now_ns);
}

static int put(struct weir_store *store, uint8_t agent, size_t i)
{
	return put_within(store, &room, agent, i, NOW);
}

/* Events of one agent of a group; the last of them names evidence number i (-1: none does). */
static void add_events_in(struct weir_store *store, const char *group, uint8_t agent,
			  uint64_t first, size_t n, int i)
{
	for (size_t k = 0; k < n; k++) {
		struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
		struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
		const struct fake_event event = {
			.evidence = i >= 0 && k + 1 == n ? hashes[i] : NULL,
		};
		const struct fake_batch batch = {
			.agent = agent, .epoch = 1, .first = first + k, .n = 1, .model = &event};
		struct weir_ingest_request request = {
			.group = group, .content_type = "application/x-protobuf", .now_ns = NOW};

		fake_batch(&batch, &bytes);
		request.body = bytes.data;
		request.len = bytes.len;
		weir_ingest_batch(store, &request, &reply);
		assert_int_equal(reply.status, 200);
		weir_buf_done(&reply.ack);
	}
}

static void add_events(struct weir_store *store, uint8_t agent, uint64_t first, size_t n, int i)
{
	add_events_in(store, NULL, agent, first, n, i);
}

static int ask_as(struct weir_store *store, const struct weir_principal *by, uint64_t event,
		  uint64_t alert, uint64_t now_ns, uint64_t *ret)
{
	struct weir_error err = {};
	int r = weir_evidence_request(
		store, by,
		&(struct weir_evidence_ask){.event = event,
					    .alert = alert,
					    .reason = "客户 \"complaint\" \\ 7",
					    .minutes = 30},
		now_ns, ret, &err);

	assert_int_equal(err.code, r);
	assert_true(r == 0 || err.text[0]);
	return r;
}

static int ask_at(struct weir_store *store, uint64_t event, uint64_t alert, uint64_t now_ns,
		  uint64_t *ret)
{
	return ask_as(store, &li, event, alert, now_ns, ret);
}

static int ask(struct weir_store *store, uint64_t event, uint64_t alert)
{
	uint64_t id = 0;

	return ask_at(store, event, alert, NOW, &id);
}

/* A request for event 1, whose evidence is there. */
static uint64_t asked(struct weir_store *store)
{
	uint64_t id = 0;

	add_events(store, 1, 1, 1, 0);
	assert_int_equal(put(store, 1, 0), 1);
	assert_int_equal(ask_at(store, 1, 0, NOW, &id), 0);
	assert_int_equal(id, 1);
	return id;
}

struct seen {
	struct weir_evidence_request request;
	char reason[300], requester[80], decider[80];
	unsigned n;
};

static int see(void *context, const struct weir_evidence_request *request)
{
	struct seen *seen = context;

	seen->n++;
	seen->request = *request;
	(void)snprintf(seen->reason, sizeof(seen->reason), "%s", request->reason);
	(void)snprintf(seen->requester, sizeof(seen->requester), "%s", request->requester_name);
	(void)snprintf(seen->decider, sizeof(seen->decider), "%s", request->decider_name);
	return 0;
}

static struct seen get_at(struct weir_store *store, uint64_t id, uint64_t now_ns)
{
	struct seen seen = {};

	assert_int_equal(weir_evidence_get(store, id, now_ns, see, &seen), 0);
	assert_int_equal(seen.n, 1);
	return seen;
}

static int decide(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		  bool approve, uint64_t now_ns)
{
	struct weir_error err = {};
	int r = weir_evidence_decide(store, by, id, approve, now_ns, &err);

	assert_int_equal(err.code, r);
	return r;
}

static int read_as(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		   uint64_t now_ns)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_error err = {};
	struct seen seen = {};
	int r = weir_evidence_read(store, by, id, now_ns, see, &seen, &bytes, &err);

	assert_int_equal(err.code, r);
	assert_int_equal(seen.n, r == 0);
	if (r == 0) {
		assert_int_equal(bytes.len, sealed[0].len);
		assert_memory_equal(bytes.data, sealed[0].data, bytes.len);
		assert_int_equal(seen.request.id, id);
		assert_int_equal(seen.request.read_ns, now_ns);
		assert_string_equal(seen.decider, "wang.wei");
	} else {
		assert_int_equal(bytes.len, 0);
	}
	return r;
}

struct counting {
	const char *action;
	uint64_t actor;
	unsigned n;
	char object[64], detail[256];
};

static int count(void *context, const struct weir_audit_entry *row)
{
	struct counting *counting = context;

	if (strcmp(row->entry.action, counting->action) != 0)
		return 0;
	counting->n++;
	counting->actor = row->entry.actor;
	(void)snprintf(counting->object, sizeof(counting->object), "%s", row->entry.object);
	(void)snprintf(counting->detail, sizeof(counting->detail), "%s", row->entry.detail);
	return 0;
}

/* Entries with this action, and the last of them. */
static struct counting audited(struct weir_store *store, const char *action)
{
	struct counting counting = {.action = action};

	assert_int_equal(weir_audit_list(store, &(struct weir_audit_filter){.limit = 1000}, count,
					 &counting),
			 0);
	return counting;
}

static void blob__is_stored_once(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_evidence_blob blob = {.data = sealed[0].data, .len = sealed[0].len};

	assert_int_equal(put(store, 1, 0), 1);
	assert_int_equal(put(store, 1, 0), 0);
	assert_int_equal(put(store, 1, 1), 1);
	/* Whoever knows a hash does not take its owner's place. */
	assert_int_equal(put(store, 2, 0), 1);
	assert_int_equal(put(store, 2, 0), 0);
	memcpy(blob.sha256, hashes[1], sizeof(blob.sha256));
	assert_int_equal(weir_evidence_put(store, &room, &blob, NOW), -EINVAL);
	blob.data = "content";
	blob.len = 7;
	assert_int_equal(EVP_Digest("content", 7, blob.sha256, NULL, EVP_sha256(), NULL), 1);
	assert_int_equal(weir_evidence_put(store, &room, &blob, NOW), -EBADMSG);
	blob.len = 0;
	assert_int_equal(EVP_Digest("", 0, blob.sha256, NULL, EVP_sha256(), NULL), 1);
	assert_int_equal(weir_evidence_put(store, &room, &blob, NOW), -EBADMSG);
}

static void blob__needs_room(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t len = sealed[0].len + sealed[1].len;
	struct weir_evidence_room one = {len, 1, 3 * len}, bytes = {len, 9, 3 * len};
	struct weir_evidence_room all = {9 * len, 9, len + sealed[2].len};
	uint64_t destroyed = 0;

	assert_int_equal(put_within(store, &one, 1, 0, NOW), 1);
	assert_int_equal(put_within(store, &one, 1, 1, NOW), -EDQUOT);
	assert_int_equal(put_within(store, &one, 1, 0, NOW), 0); /* what is there costs nothing */
	bytes.agent_bytes--;
	assert_int_equal(put_within(store, &bytes, 1, 1, NOW), -EDQUOT);
	bytes.agent_bytes++;
	assert_int_equal(put_within(store, &bytes, 1, 1, NOW), 1);
	all.bytes--;
	assert_int_equal(put_within(store, &all, 2, 2, NOW), -ENOSPC);
	all.bytes++;
	assert_int_equal(put_within(store, &all, 2, 2, NOW + DAY), 1);
	assert_int_equal(put_within(store, &all, 3, 0, NOW + DAY), -ENOSPC);
	/* What is destroyed makes room. */
	assert_int_equal(weir_evidence_retain(store, 30, false, NOW + 30 * DAY + 1, &destroyed), 0);
	assert_int_equal(destroyed, 2);
	assert_int_equal(put_within(store, &all, 1, 1, NOW + 31 * DAY), 1);
	assert_int_equal(put_within(store, &all, 3, 0, NOW + 31 * DAY), 1);
	assert_int_equal(put_within(store, &all, 3, 1, NOW + 31 * DAY), -ENOSPC);
}

static void request__names_an_event(void **state)
{
	struct weir_store *store = place_store(state);
	const struct weir_evidence_request *r;
	struct counting entry;
	struct seen seen;

	asked(store);
	seen = get_at(store, 1, NOW);
	r = &seen.request;
	assert_int_equal(r->state, WEIR_EVIDENCE_REQUESTED);
	assert_int_equal(r->event, 1);
	assert_int_equal(r->alert, 0);
	assert_int_equal(r->agent_uid[0], 1);
	assert_memory_equal(r->sha256, hashes[0], sizeof(hashes[0]));
	assert_int_equal(r->size, sealed[0].len);
	assert_int_equal(r->minutes, 30);
	assert_int_equal(r->requester, li.id);
	assert_int_equal(r->decider, 0);
	assert_int_equal(r->created_ns, NOW);
	assert_int_equal(r->decided_ns, 0);
	assert_int_equal(r->until_ns, 0);
	assert_int_equal(r->reads, 0);
	assert_int_equal(r->read_ns, 0);
	assert_string_equal(seen.reason, "客户 \"complaint\" \\ 7");
	assert_string_equal(seen.requester, "li.na");
	assert_string_equal(seen.decider, "");
	entry = audited(store, "evidence.request");
	assert_int_equal(entry.n, 1);
	assert_int_equal(entry.actor, li.id);
	assert_string_equal(entry.object, "evidence request 1");
	assert_non_null(strstr(entry.detail, "{\"event\":1,\"minutes\":30,\"sha256\":\""));
}

static void request__names_an_alert(void **state)
{
	struct weir_store *store = place_store(state);
	struct seen seen;

	/* One alert: events 1 to 3, of which the third has evidence, then 4 to 6, of which the last has; then 7, which has none. */
	add_events(store, 1, 1, 3, 0);
	add_events(store, 1, 4, 3, 1);
	add_events(store, 1, 7, 1, -1);
	assert_int_equal(ask(store, 0, 1), -ENODATA);
	assert_int_equal(put(store, 1, 0), 1);
	assert_int_equal(ask(store, 0, 1), 0);
	assert_int_equal(put(store, 1, 1), 1);
	assert_int_equal(ask(store, 0, 1), 0);
	seen = get_at(store, 1, NOW);
	assert_int_equal(seen.request.event, 3);
	assert_int_equal(seen.request.alert, 1);
	seen = get_at(store, 2, NOW);
	assert_int_equal(seen.request.event, 6);
	assert_memory_equal(seen.request.sha256, hashes[1], sizeof(hashes[1]));
	assert_int_equal(ask(store, 0, 2), -ENOENT);
}

/* Who does not see what happened does not ask for what was in it. */
static void request__is_for_what_one_sees(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_principal by = {.id = 3, .name = "li.na"};
	uint64_t id;

	add_events_in(store, "north", 1, 1, 1, 0);
	assert_int_equal(put(store, 1, 0), 1);
	assert_int_equal(ask_as(store, &by, 1, 0, NOW, &id), -ENOENT);
	assert_int_equal(ask_as(store, &by, 0, 1, NOW, &id), -ENOENT);
	by.n_groups = 1;
	(void)snprintf(by.groups[0], sizeof(by.groups[0]), "south");
	assert_int_equal(ask_as(store, &by, 1, 0, NOW, &id), -ENOENT);
	assert_int_equal(ask_as(store, &by, 0, 1, NOW, &id), -ENOENT);
	(void)snprintf(by.groups[0], sizeof(by.groups[0]), "north");
	assert_int_equal(ask_as(store, &by, 1, 0, NOW, &id), 0);
	assert_int_equal(ask_as(store, &by, 0, 1, NOW, &id), 0);
}

static void request__of_nothing_is_refused(void **state)
{
	struct weir_store *store = place_store(state);

	add_events(store, 1, 1, 2, 0);
	add_events(store, 2, 1, 1, -1);
	assert_int_equal(ask(store, 9, 0), -ENOENT);
	assert_int_equal(ask(store, 1, 0), -ENOENT);  /* it names none */
	assert_int_equal(ask(store, 2, 0), -ENODATA); /* not here yet */
	assert_int_equal(put(store, 2, 0), 1);
	assert_int_equal(ask(store, 2, 0), -ENODATA); /* another's */
	assert_int_equal(put(store, 1, 0), 1);
	assert_int_equal(ask(store, 2, 0), 0);
	assert_int_equal(ask(store, 0, 0), -EINVAL);
	assert_int_equal(ask(store, 2, 1), -EINVAL);
	assert_int_equal(audited(store, "evidence.request").n, 1);
}

static void request__has_a_reason_and_an_end(void **state)
{
	static const char *const wrong[] = {"", "a\nb", "\xff"};
	struct weir_store *store = place_store(state);
	char text[WEIR_EVIDENCE_REASON_MAX + 2];
	struct weir_evidence_ask what = {.event = 1, .minutes = 1};
	uint64_t id = 0;

	add_events(store, 1, 1, 1, 0);
	assert_int_equal(put(store, 1, 0), 1);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		what.reason = wrong[i];
		assert_int_equal(weir_evidence_request(store, &li, &what, NOW, &id, NULL), -EINVAL);
	}
	memset(text, 'x', sizeof(text));
	text[WEIR_EVIDENCE_REASON_MAX + 1] = '\0';
	what.reason = text;
	assert_int_equal(weir_evidence_request(store, &li, &what, NOW, &id, NULL), -EINVAL);
	text[WEIR_EVIDENCE_REASON_MAX] = '\0';
	what.minutes = 0;
	assert_int_equal(weir_evidence_request(store, &li, &what, NOW, &id, NULL), -EINVAL);
	what.minutes = WEIR_EVIDENCE_MINUTES_MAX + 1;
	assert_int_equal(weir_evidence_request(store, &li, &what, NOW, &id, NULL), -EINVAL);
	assert_int_equal(id, 0);
	what.minutes = WEIR_EVIDENCE_MINUTES_MAX;
	assert_int_equal(weir_evidence_request(store, &li, &what, NOW, &id, NULL), 0);
	assert_int_equal(strlen(get_at(store, id, NOW).reason), WEIR_EVIDENCE_REASON_MAX);
}

static void request__is_decided_by_another_person(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t id = asked(store);
	struct seen seen;

	assert_int_equal(decide(store, &li, id, true, NOW), -EPERM);
	assert_int_equal(decide(store, &li, id, false, NOW), -EPERM);
	assert_int_equal(get_at(store, id, NOW).request.state, WEIR_EVIDENCE_REQUESTED);
	assert_int_equal(audited(store, "evidence.approve").n, 0);
	assert_int_equal(decide(store, &wang, 99, true, NOW), -ENOENT);
	assert_int_equal(decide(store, &wang, id, true, NOW + MINUTE), 0);
	seen = get_at(store, id, NOW + MINUTE);
	assert_int_equal(seen.request.state, WEIR_EVIDENCE_APPROVED);
	assert_int_equal(seen.request.decider, wang.id);
	assert_string_equal(seen.decider, "wang.wei");
	assert_int_equal(seen.request.decided_ns, NOW + MINUTE);
	assert_int_equal(seen.request.until_ns, NOW + 31 * MINUTE);
	assert_int_equal(audited(store, "evidence.approve").actor, wang.id);
	assert_string_equal(audited(store, "evidence.approve").object, "evidence request 1");
	/* Once. */
	assert_int_equal(decide(store, &chen, id, false, NOW + MINUTE), -ESTALE);
	assert_int_equal(decide(store, &wang, id, true, NOW + 40 * MINUTE), -ESTALE);
	assert_int_equal(get_at(store, id, NOW).request.until_ns, NOW + 31 * MINUTE);
	assert_int_equal(audited(store, "evidence.approve").n, 1);
	assert_int_equal(audited(store, "evidence.deny").n, 0);
}

static void request__waits_for_a_week(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t id = asked(store);

	assert_int_equal(get_at(store, id, NOW + 7 * DAY - 1).request.state,
			 WEIR_EVIDENCE_REQUESTED);
	assert_int_equal(get_at(store, id, NOW + 7 * DAY).request.state, WEIR_EVIDENCE_EXPIRED);
	assert_int_equal(decide(store, &wang, id, true, NOW + 7 * DAY), -ESTALE);
	assert_int_equal(read_as(store, &li, id, NOW + 7 * DAY), -ESTALE);
	assert_int_equal(decide(store, &wang, id, true, NOW + 7 * DAY - 1), 0);
}

static void read__is_for_who_asked_while_the_time_runs(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t id = asked(store);
	struct counting entry;

	assert_int_equal(read_as(store, &li, id, NOW), -ESTALE);
	assert_int_equal(decide(store, &wang, id, true, NOW), 0);
	assert_int_equal(read_as(store, &wang, id, NOW), -EPERM);
	assert_int_equal(read_as(store, &chen, id, NOW), -EPERM);
	assert_int_equal(read_as(store, &li, 99, NOW), -ENOENT);
	assert_int_equal(audited(store, "evidence.read").n, 0);
	assert_int_equal(read_as(store, &li, id, NOW), 0);
	assert_int_equal(read_as(store, &li, id, NOW + 30 * MINUTE - 1), 0);
	entry = audited(store, "evidence.read");
	assert_int_equal(entry.n, 2);
	assert_int_equal(entry.actor, li.id);
	assert_string_equal(entry.object, "evidence request 1");
	assert_non_null(strstr(entry.detail, "{\"sha256\":\""));
	assert_int_equal(get_at(store, id, NOW).request.reads, 2);
	assert_int_equal(get_at(store, id, NOW).request.read_ns, NOW + 30 * MINUTE - 1);
	assert_int_equal(read_as(store, &li, id, NOW + 30 * MINUTE), -ESTALE);
	assert_int_equal(get_at(store, id, NOW + 30 * MINUTE).request.state, WEIR_EVIDENCE_EXPIRED);
	assert_int_equal(audited(store, "evidence.read").n, 2);
}

static void read__of_what_was_denied_is_refused(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t id = asked(store);

	assert_int_equal(decide(store, &wang, id, false, NOW), 0);
	assert_int_equal(get_at(store, id, NOW).request.state, WEIR_EVIDENCE_DENIED);
	assert_int_equal(get_at(store, id, NOW).request.until_ns, 0);
	assert_int_equal(get_at(store, id, NOW + 8 * DAY).request.state, WEIR_EVIDENCE_DENIED);
	assert_int_equal(read_as(store, &li, id, NOW), -ESTALE);
	assert_int_equal(audited(store, "evidence.deny").n, 1);
	assert_int_equal(audited(store, "evidence.read").n, 0);
}

/* Where nothing can be logged, nothing is given out. */
static void read__is_logged_or_does_not_happen(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t id = asked(store);
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_db_tx *tx = NULL;
	struct weir_error err = {};
	struct seen seen = {};

	assert_int_equal(decide(store, &wang, id, true, NOW), 0);
	assert_int_equal(weir_db_write(store, &tx), 0);
	assert_true(weir_db_run(tx, "DROP TABLE audit_entry", NULL, 0) >= 0);
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(tx);
	assert_true(weir_evidence_read(store, &li, id, NOW, see, &seen, &bytes, &err) < 0);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(seen.n, 0);
	assert_int_equal(get_at(store, id, NOW).request.reads, 0);
	assert_true(weir_evidence_decide(store, &wang, id, true, NOW, &err) < 0);
}

struct page {
	uint64_t id[8];
	size_t n;
};

static int turn(void *context, const struct weir_evidence_request *request)
{
	struct page *page = context;

	page->id[page->n++] = request->id;
	return page->n == 3 ? 1 : 0;
}

static void requests__are_listed_newest_first(void **state)
{
	struct weir_store *store = place_store(state);
	struct page page = {};

	asked(store);
	for (int i = 0; i < 4; i++)
		assert_int_equal(ask(store, 1, 0), 0);
	assert_int_equal(weir_evidence_list(store, 0, 2, NOW, turn, &page), 0);
	assert_int_equal(page.n, 2);
	assert_memory_equal(page.id, ((const uint64_t[]){5, 4}), 2 * sizeof(page.id[0]));
	page.n = 0;
	assert_int_equal(weir_evidence_list(store, 4, 10, NOW, turn, &page), 0);
	assert_int_equal(page.n, 3);
	assert_memory_equal(page.id, ((const uint64_t[]){3, 2, 1}), 3 * sizeof(page.id[0]));
	assert_int_equal(weir_evidence_get(store, 6, NOW, turn, &page), -ENOENT);
}

static void evidence__is_destroyed_when_due(void **state)
{
	struct weir_store *store = place_store(state);
	const uint64_t id = asked(store);
	struct seen seen;
	uint64_t n = 9;

	assert_int_equal(decide(store, &wang, id, true, NOW + 179 * DAY), -ESTALE);
	assert_int_equal(weir_evidence_retain(store, 29, false, NOW, &n), -ERANGE);
	assert_int_equal(weir_evidence_retain(store, WEIR_EVIDENCE_DAYS_MAX + 1, false, NOW, &n),
			 -ERANGE);
	assert_int_equal(n, 9);
	assert_int_equal(weir_evidence_retain(store, 30, false, NOW + 30 * DAY, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(audited(store, "evidence.destroy").n, 0);
	assert_int_equal(get_at(store, id, NOW).request.size, sealed[0].len);
	assert_int_equal(weir_evidence_retain(store, 30, false, NOW + 30 * DAY + 1, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(audited(store, "evidence.destroy").object, "evidence of 1 events");
	assert_int_equal(audited(store, "evidence.destroy").actor, 0);
	seen = get_at(store, id, NOW);
	assert_int_equal(seen.request.size, 0);
	assert_memory_equal(seen.request.sha256, hashes[0], sizeof(hashes[0]));
	assert_int_equal(ask(store, 1, 0), -ENODATA);
	assert_int_equal(decide(store, &wang, id, true, NOW), 0);
	assert_int_equal(read_as(store, &li, id, NOW), -ENODATA);
	assert_int_equal(audited(store, "evidence.read").n, 0);
}

static void evidence__is_kept_by_a_clock_that_is_ahead(void **state)
{
	struct weir_store *store = place_store(state);
	uint64_t n = 9;

	assert_int_equal(put(store, 1, 0), 1);
	assert_int_equal(weir_evidence_retain(store, 30, false, NOW, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(weir_evidence_retain(store, 30, false, NOW + 40 * DAY, &n), -ETIME);
	assert_int_equal(put(store, 1, 0), 0);
	assert_int_equal(weir_evidence_retain(store, 30, true, NOW + 40 * DAY, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(weir_evidence_retain(store, 30, false, NOW + 79 * DAY, &n), 0);
	assert_int_equal(n, 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(blob__is_stored_once),
		TEST(blob__needs_room),
		TEST(request__names_an_event),
		TEST(request__names_an_alert),
		TEST(request__is_for_what_one_sees),
		TEST(request__of_nothing_is_refused),
		TEST(request__has_a_reason_and_an_end),
		TEST(request__is_decided_by_another_person),
		TEST(request__waits_for_a_week),
		TEST(read__is_for_who_asked_while_the_time_runs),
		TEST(read__of_what_was_denied_is_refused),
		TEST(read__is_logged_or_does_not_happen),
		TEST(requests__are_listed_newest_first),
		TEST(evidence__is_destroyed_when_due),
		TEST(evidence__is_kept_by_a_clock_that_is_ahead),
	};
#undef TEST

	return place_run_group(argc, argv, tests, ARRAY_SIZE(tests), make_blobs, free_blobs);
}
