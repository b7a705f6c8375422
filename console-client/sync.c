/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: what to send next and what an answer means.
 *
 *   look -> nothing new ------------------------------> wait (send again what was accepted but
 * never committed)
 *        -> batch -> 200 ack -> mark := committed ----> look
 *                    409 ack: the console stands elsewhere -> go there
 *                    413, 400: halve; a single event -> set aside once the console accepted
 * something since 429, 503, anything else, no answer -> back off, look
 */

#include "weir/console_client/sync.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/console_client/backoff.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define NO_SPOOL_WAIT (500 * WEIR_NSEC_PER_MSEC)
#define IDLE_WAIT     (30 * WEIR_NSEC_PER_SEC)
#define RESEND_FIRST  (1 * WEIR_NSEC_PER_SEC)
#define RESEND_MOST   (60 * WEIR_NSEC_PER_SEC)
#define PAUSE_MOST    (600 * WEIR_NSEC_PER_SEC)
#define DROPS_EVERY   (60 * WEIR_NSEC_PER_SEC)
#define JUMPS_MOST    4

struct weir_sync {
	char *spool_dir;
	struct weir_http *http;
	const char *bearer;
	struct weir_batch_sender sender;
	struct weir_spool_reader *reader; /* NULL: no spool yet, or another epoch */
	uint64_t committed;		  /* the mark */
	uint64_t accepted;		  /* the console has up to here; >= committed */
	uint64_t position;		  /* the next to send; > accepted */
	uint32_t max_events;		  /* of the next batch; halved by 413 and 400 */
	uint32_t jumps;			  /* answers 409 in a row */
	bool may_set_aside; /* one event for each acceptance: a console that refuses all loses none
			     */
	bool drained;
	uint64_t resend_at, resend_wait; /* for what is accepted but not committed */
	uint64_t pause_until;
	uint64_t drops_at, drops_sum;
	struct weir_backoff backoff;
	struct weir_batch batch;
	struct weir_sync_counters counters;
	char problem[512];
};

int weir_sync_new(const struct weir_sync_options *options, struct weir_sync **ret)
{
	struct weir_sync *sync _cleanup_(weir_sync_freep) = calloc(1, sizeof(*sync));

	if (!sync)
		return -ENOMEM;
	sync->batch = WEIR_BATCH_INIT;
	sync->spool_dir = strdup(options->spool_dir);
	if (!sync->spool_dir)
		return -ENOMEM;
	sync->http = options->http;
	sync->bearer = options->bearer;
	sync->sender = options->sender;
	sync->may_set_aside = true;
	*ret = TAKE_PTR(sync);
	return 0;
}

void weir_sync_free(struct weir_sync *sync)
{
	if (!sync)
		return;
	weir_spool_reader_free(sync->reader);
	weir_batch_done(&sync->batch);
	free(sync->spool_dir);
	free(sync);
}

bool weir_sync_drained(const struct weir_sync *sync)
{
	return sync->drained;
}

const struct weir_sync_counters *weir_sync_counters(const struct weir_sync *sync)
{
	return &sync->counters;
}

const char *weir_sync_problem(const struct weir_sync *sync)
{
	return sync->problem;
}

static void close_reader(struct weir_sync *sync)
{
	weir_spool_reader_free(sync->reader);
	sync->reader = NULL;
}

static int go_to(struct weir_sync *sync, uint64_t sequence)
{
	sync->position = sequence;
	return weir_spool_reader_seek(sync->reader, sequence);
}

static int open_reader(struct weir_sync *sync)
{
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	int r = weir_spool_reader_new(sync->spool_dir, &reader);

	if (r >= 0)
		r = weir_spool_reader_committed(reader, &sync->committed);
	if (r < 0)
		return r;
	sync->reader = TAKE_PTR(reader);
	sync->accepted = sync->committed;
	sync->counters.committed = sync->committed;
	sync->max_events = WEIR_BATCH_EVENTS_MAX;
	sync->jumps = 0;
	r = go_to(sync, sync->committed + 1);
	if (r < 0)
		close_reader(sync);
	return r;
}

/* The try brought nothing: from the same place again, later. */
static int failed(struct weir_sync *sync, uint64_t now_ns, uint32_t retry_after_s, uint64_t random)
{
	sync->counters.failures++;
	(void)weir_backoff_failed(&sync->backoff, now_ns, retry_after_s * WEIR_NSEC_PER_SEC,
				  random);
	return go_to(sync, sync->position);
}

static void set_problem(struct weir_sync *sync, const struct weir_http_response *response,
			const char *what)
{
	size_t shown = WEIR_MIN(response->body.len, (size_t)200);

	(void)snprintf(sync->problem, sizeof(sync->problem),
		       "console answered %d%s%s: ", response->status, *what ? ", " : "", what);
	for (size_t i = 0, at = strlen(sync->problem); i < shown && at + 1 < sizeof(sync->problem);
	     i++, at++) {
		unsigned char c = (unsigned char)response->body.data[i];

		sync->problem[at] = c < 0x20 || c > 0x7e ? '.' : (char)c;
		sync->problem[at + 1] = '\0';
	}
}

static int parse_ack(const struct weir_http_response *response, struct weir_wire **ret_wire,
		     const Weir__V1__BatchAck **ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	int r = weir_wire_unpack(&weir__v1__batch_ack__descriptor, response->body.data,
				 response->body.len, &wire);

	if (r < 0)
		return r;
	*ret = weir_wire_message(wire);
	*ret_wire = TAKE_PTR(wire);
	return 0;
}

/* Nothing is committed that was not accepted, and an answer to events accepts some. */
static bool ack_plausible(const struct weir_sync *sync, const Weir__V1__BatchAck *ack)
{
	return ack->committed_sequence <= ack->accepted_sequence &&
	       (sync->batch.count == 0 || ack->accepted_sequence >= sync->batch.first);
}

static int take_committed(struct weir_sync *sync, uint64_t committed, uint64_t now_ns)
{
	int r;

	if (committed > sync->committed) {
		r = weir_spool_reader_commit(sync->reader, committed);
		if (r < 0)
			return r;
		sync->committed = sync->counters.committed = committed;
		sync->resend_wait = 0;
	}
	if (sync->committed < sync->accepted && sync->resend_wait == 0) {
		sync->resend_wait = RESEND_FIRST;
		sync->resend_at = now_ns + sync->resend_wait;
	}
	return 0;
}

/* Counts the events up to accepted and goes on behind them. */
static int take_accepted(struct weir_sync *sync, const Weir__V1__BatchAck *ack, uint64_t accepted)
{
	sync->may_set_aside = true;
	sync->counters.batches++;
	sync->counters.events += accepted - sync->batch.first + 1;
	sync->counters.rejected += WEIR_MIN(ack->n_rejects, (size_t)sync->batch.count);
	sync->accepted = WEIR_MAX(sync->accepted, accepted);
	if (accepted != sync->batch.last)
		return go_to(sync, accepted + 1);
	sync->position = accepted + 1;
	return 0;
}

static int on_accepted(struct weir_sync *sync, const struct weir_http_response *response,
		       uint64_t now_ns, uint64_t random)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__BatchAck *ack;
	uint64_t sent = WEIR_MAX(sync->batch.last, sync->accepted), accepted, pause;
	int r;

	if (parse_ack(response, &wire, &ack) < 0 || !ack_plausible(sync, ack)) {
		sync->counters.protocol++;
		set_problem(sync, response, "not an answer to this batch");
		return failed(sync, now_ns, 0, random);
	}
	weir_backoff_succeeded(&sync->backoff);
	sync->problem[0] = '\0';
	sync->jumps = 0;
	/* A console that has more than was sent: the mark was lost, or the spool set back to an
	 * older state. No more is believed than was sent, so that nothing is left unsent. */
	accepted = WEIR_MIN(ack->accepted_sequence, sent);
	if (accepted < ack->accepted_sequence) {
		sync->counters.protocol++;
		set_problem(sync, response, "it has more than was sent");
	}
	sync->max_events = WEIR_MIN(sync->max_events * 2, (uint32_t)WEIR_BATCH_EVENTS_MAX);
	pause = WEIR_MIN(ack->pause_ms * WEIR_NSEC_PER_MSEC, PAUSE_MOST);
	sync->pause_until = now_ns + pause;
	r = sync->batch.count ? take_accepted(sync, ack, accepted) : 0;
	if (r < 0)
		return r;
	return take_committed(sync, WEIR_MIN(ack->committed_sequence, accepted), now_ns);
}

/* The console stands at another sequence than this side thought: it was restored, or the mark was
 * lost. */
static int on_conflict(struct weir_sync *sync, const struct weir_http_response *response,
		       uint64_t now_ns, uint64_t random)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__BatchAck *ack;

	set_problem(sync, response, "it expects another sequence");
	if (parse_ack(response, &wire, &ack) < 0 || ack->committed_sequence > sync->batch.last) {
		sync->counters.protocol++;
		return failed(sync, now_ns, 0, random);
	}
	if (++sync->jumps > JUMPS_MOST)
		return failed(sync, now_ns, 0, random);
	sync->accepted = ack->committed_sequence;
	return go_to(sync, ack->committed_sequence + 1);
}

/* The batch itself is refused. Smaller ones find the event that causes it; that one goes aside. */
static int on_refused(struct weir_sync *sync, const struct weir_http_response *response,
		      uint64_t now_ns, uint64_t random)
{
	char name[64];
	int r;

	sync->counters.refused++;
	set_problem(sync, response, "");
	if (sync->batch.count > 1) {
		sync->max_events = sync->batch.count / 2;
		return go_to(sync, sync->position);
	}
	if (sync->batch.count == 0 || !sync->may_set_aside)
		return failed(sync, now_ns, 0, random);
	(void)snprintf(name, sizeof(name), "refused-%" PRIu64 "-%" PRIu64, sync->batch.epoch,
		       sync->batch.first);
	r = weir_spool_reader_set_aside(sync->reader, name, sync->batch.body.data,
					sync->batch.body.len);
	if (r < 0)
		return failed(sync, now_ns, 0, random);
	sync->may_set_aside = false;
	sync->counters.set_aside++;
	sync->position = sync->batch.last + 1;
	return 0;
}

static int on_answer(struct weir_sync *sync, const struct weir_http_response *response,
		     uint64_t now_ns, uint64_t random)
{
	switch (response->status) {
	case 200:
		return on_accepted(sync, response, now_ns, random);
	case 409:
		return on_conflict(sync, response, now_ns, random);
	case 400:
	case 413:
		return on_refused(sync, response, now_ns, random);
	default:
		set_problem(sync, response, "");
		return failed(sync, now_ns, response->retry_after_s, random);
	}
}

static int send_batch(struct weir_sync *sync, uint64_t now_ns, uint64_t random)
{
	static const char *const headers[] = {"Content-Type: application/x-protobuf",
					      "Accept: application/x-protobuf", NULL};
	struct weir_http_request request = {
		.method = "POST",
		.path = "/v1/events",
		.headers = headers,
		.bearer = sync->bearer,
		.body = sync->batch.body.data,
		.body_len = sync->batch.body.len,
	};
	struct weir_http_response response = {0};
	int r = weir_spool_reader_sync(sync->reader);

	if (r < 0)
		return r;
	r = weir_http_perform(sync->http, &request, &response);
	if (r < 0) {
		(void)snprintf(sync->problem, sizeof(sync->problem), "%s",
			       weir_http_error(sync->http));
		return failed(sync, now_ns, 0, random);
	}
	r = on_answer(sync, &response, now_ns, random);
	weir_http_response_done(&response);
	return r;
}

static uint64_t sum_drops(struct weir_sync *sync)
{
	struct weir_spool_drop drops[WEIR_SPOOL_DROPS_MAX];
	int n = weir_spool_reader_drops(sync->reader, drops);
	uint64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += drops[i].count;
	return sum;
}

/* It is another spool now; what is there is looked at after a pause, for it may be half made. */
static int leave_spool(struct weir_sync *sync, uint64_t *ret_wait_ns)
{
	close_reader(sync);
	*ret_wait_ns = NO_SPOOL_WAIT;
	return 0;
}

/* Nothing new in the spool. 1 when something is to be sent all the same, -ESTALE when the folder is
 * no longer the one that is being read. */
static int idle(struct weir_sync *sync, uint64_t now_ns, uint64_t *ret_wait_ns)
{
	uint64_t sum;

	if (sync->committed < sync->accepted) {
		if (now_ns < sync->resend_at) {
			*ret_wait_ns = sync->resend_at - now_ns;
			return 0;
		}
		sync->resend_wait =
			WEIR_MIN(WEIR_MAX(sync->resend_wait, RESEND_FIRST) * 2, RESEND_MOST);
		sync->resend_at = now_ns + sync->resend_wait;
		sync->accepted = sync->committed;
		*ret_wait_ns = 0;
		return go_to(sync, sync->committed + 1);
	}
	if (!weir_spool_reader_is_at(sync->reader, sync->spool_dir))
		return -ESTALE;
	sync->drained = true;
	sum = sum_drops(sync);
	if (sum == sync->drops_sum || now_ns < sync->drops_at) {
		*ret_wait_ns = IDLE_WAIT;
		return 0;
	}
	return 1;
}

static int look(struct weir_sync *sync, uint64_t now_ns, uint64_t random, uint64_t *ret_wait_ns)
{
	uint64_t sum = sum_drops(sync);
	int r = weir_batch_cut(sync->reader, &sync->sender, sync->accepted + 1, sync->max_events,
			       &sync->batch);

	if (r == -EBADMSG || sync->batch.damaged)
		sync->counters.damaged++;
	if (r == -EBADMSG)
		return 1;
	if (r == 0) {
		r = idle(sync, now_ns, ret_wait_ns);
		if (r == 0)
			return *ret_wait_ns == 0;
	}
	if (r == -ESTALE)
		return leave_spool(sync, ret_wait_ns);
	if (r < 0)
		return r;
	r = send_batch(sync, now_ns, random);
	if (r < 0)
		return r;
	if (weir_backoff_wait(&sync->backoff, now_ns) == 0) {
		sync->drops_sum = sum;
		sync->drops_at = now_ns + DROPS_EVERY;
	}
	return 1;
}

int weir_sync_step(struct weir_sync *sync, uint64_t now_ns, uint64_t random, uint64_t *ret_wait_ns)
{
	uint64_t wait = weir_backoff_wait(&sync->backoff, now_ns);
	int r;

	if (sync->pause_until > now_ns)
		wait = WEIR_MAX(wait, sync->pause_until - now_ns);
	sync->drained = false;
	if (wait) {
		*ret_wait_ns = wait;
		return 0;
	}
	if (!sync->reader) {
		r = open_reader(sync);
		if (r == -ENOENT || r == -EBADMSG) {
			*ret_wait_ns = NO_SPOOL_WAIT;
			sync->drained = r == -ENOENT;
			return 0;
		}
		if (r < 0)
			return r;
	}
	return look(sync, now_ns, random, ret_wait_ns);
}
