/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_client/heartbeat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_client/backoff.h"
#include "weir/console_client/http.h"
#include "weir/console_client/opamp.h"

#define PATH_MAX_	4096
#define WAIT_S		50
#define REQUEST_NS	((WAIT_S + 40) * WEIR_NSEC_PER_SEC)
#define DEFAULT_BEAT_S	60
#define MOST_BEAT_S	3600
#define WAITED		(1 * WEIR_NSEC_PER_SEC)	   /* an answer after that was waited for */
#define LOOK_EVERY	(100 * WEIR_NSEC_PER_MSEC) /* for what the agent says of a new policy */
#define LOOK_FOR	(10 * WEIR_NSEC_PER_SEC)
#define CANDIDATE_TRIES 3
#define RENEW_AGAIN_S	3600
#define FILE_MAX	(64 * 1024)

struct weir_heartbeat {
	struct weir_heartbeat_options options;
	char ca[PATH_MAX_], client[PATH_MAX_], next[PATH_MAX_];
	char inbox[PATH_MAX_], status_file[PATH_MAX_];
	struct weir_http *http;
	bool candidate; /* http uses next, not client */
	unsigned candidate_failures;
	uint64_t renew_s; /* when to ask for another certificate */
	uint64_t sequence;
	uint32_t beat_s;
	bool full; /* the console wants to know all */
	bool has_offered;
	uint8_t offered[WEIR_OPAMP_HASH_LEN];
	struct weir_policy_status status, said; /* as read last, and as the console knows it */
	bool has_status, has_said;
	uint64_t look_until; /* the agent is judging a policy */
	struct weir_buf key; /* of the request that is under way; empty: none */
	struct weir_backoff backoff;
	char problem[512];
};

static void wipe(struct weir_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->size);
	weir_buf_done(buf);
}

void weir_heartbeat_free(struct weir_heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	weir_http_free(heartbeat->http);
	wipe(&heartbeat->key);
	free(heartbeat);
}

const char *weir_heartbeat_problem(const struct weir_heartbeat *heartbeat)
{
	return heartbeat->problem;
}

static int connect_with(struct weir_heartbeat *heartbeat, const char *client,
			struct weir_error *err)
{
	const struct weir_http_options options = {
		.base = heartbeat->options.base,
		.ca_file = heartbeat->ca,
		.certificate_file = client,
		.key_file = client,
		.timeout_ns = REQUEST_NS,
		.cancelled = heartbeat->options.cancelled,
	};
	struct weir_http *http = NULL;
	int r = weir_http_new(&options, &http, err);

	if (r < 0)
		return r;
	weir_http_free(heartbeat->http);
	heartbeat->http = http;
	heartbeat->candidate = client == heartbeat->next;
	heartbeat->candidate_failures = 0;
	return 0;
}

/* At two thirds of its time, and up to a tenth earlier: a fleet that came in on one day does not renew
 * on one day for ever. */
static int plan_renewal(struct weir_heartbeat *heartbeat, const char *client, uint32_t random)
{
	struct weir_buf pem _cleanup_(wipe) = WEIR_BUF_INIT(FILE_MAX);
	uint64_t from = 0, until = 0;
	int r = weir_read_file(AT_FDCWD, client, &pem);

	if (r == 0)
		r = weir_key_validity(&pem, &pem, &from, &until);
	if (r < 0)
		return r;
	heartbeat->renew_s =
		from + (until - from) * 2 / 3 - (until - from) / 10 * (random % 1000) / 1000;
	return 0;
}

static int set_paths(struct weir_heartbeat *heartbeat)
{
	const struct weir_heartbeat_options *options = &heartbeat->options;
	const struct {
		char *path;
		const char *dir, *name;
	} all[] = {
		{heartbeat->ca, options->dir, WEIR_IDENTITY_CA},
		{heartbeat->client, options->dir, WEIR_IDENTITY_CLIENT},
		{heartbeat->next, options->dir, WEIR_IDENTITY_NEXT},
		{heartbeat->inbox, options->state,
		 WEIR_POLICY_INBOX_DIR "/" WEIR_POLICY_INBOX_FILE},
		{heartbeat->status_file, options->state, WEIR_POLICY_STATUS_FILE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		int n = snprintf(all[i].path, PATH_MAX_, "%s/%s", all[i].dir, all[i].name);

		if (n < 0 || n >= PATH_MAX_)
			return -ENAMETOOLONG;
	}
	return 0;
}

int weir_heartbeat_new(const struct weir_heartbeat_options *options, struct weir_error *err,
		       struct weir_heartbeat **ret)
{
	struct weir_heartbeat *heartbeat _cleanup_(weir_heartbeat_freep) =
		calloc(1, sizeof(*heartbeat));
	int r;

	if (!heartbeat)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	heartbeat->options = *options;
	heartbeat->key = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	heartbeat->beat_s = DEFAULT_BEAT_S;
	heartbeat->full = true;
	heartbeat->sequence = (uint64_t)(options->start >> 1) << 32;
	r = set_paths(heartbeat);
	if (r == 0)
		r = plan_renewal(heartbeat, heartbeat->client, options->start);
	if (r < 0) {
		weir_error_set(err, r, 0, 0, "this endpoint has no identity in %s", options->dir);
		weir_error_hint(err, "weir-sync enroll makes one from a token");
		return r;
	}
	/* A candidate that was not tried to its end before this start is asked for again. */
	(void)unlink(heartbeat->next);
	r = connect_with(heartbeat, heartbeat->client, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(heartbeat);
	return 0;
}

static void read_status(struct weir_heartbeat *heartbeat)
{
	struct weir_policy_status status;

	if (weir_policy_status_read(AT_FDCWD, heartbeat->status_file, &status) < 0)
		return;
	heartbeat->status = status;
	heartbeat->has_status = true;
}

/* The agent writes the time of each change; the rest is for a clock that was set back. */
static bool status_is_new(const struct weir_heartbeat *heartbeat)
{
	const struct weir_policy_status *now = &heartbeat->status, *said = &heartbeat->said;

	if (!heartbeat->has_status || !heartbeat->has_said)
		return heartbeat->has_status;
	return now->changed_ns != said->changed_ns || now->outcome != said->outcome ||
	       memcmp(now->envelope_sha256, said->envelope_sha256, WEIR_SHA256_LEN) != 0;
}

/* The agent has judged what was brought last. */
static bool is_judged(const struct weir_heartbeat *heartbeat)
{
	return heartbeat->has_status && heartbeat->status.has_envelope &&
	       memcmp(heartbeat->status.envelope_sha256, heartbeat->offered, WEIR_OPAMP_HASH_LEN) ==
		       0;
}

static int pack(struct weir_heartbeat *heartbeat, bool renew, struct weir_buf *body)
{
	static const struct weir_policy_status nothing;
	struct weir_buf csr _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	struct weir_opamp_say say = {
		.endpoint = heartbeat->options.endpoint,
		.sequence = ++heartbeat->sequence,
		.full = heartbeat->full,
		.offered = heartbeat->has_offered ? heartbeat->offered : NULL,
	};
	int r = 0;

	if (heartbeat->full || status_is_new(heartbeat) || heartbeat->look_until)
		say.policy = heartbeat->has_status ? &heartbeat->status : &nothing;
	if (renew) {
		wipe(&heartbeat->key);
		r = weir_key_make(&heartbeat->key);
		if (r == 0)
			r = weir_key_request(&heartbeat->key, say.endpoint->uid, &csr);
		say.csr = &csr;
	}
	return r < 0 ? r : weir_opamp_pack(&say, body);
}

/* Hash and bytes must agree; then the agent's inbox has it, as a whole or not at all. */
static int bring(struct weir_heartbeat *heartbeat, const uint8_t *hash, const void *data,
		 size_t len)
{
	uint8_t found[WEIR_SHA256_LEN];
	int r = weir_sha256(data, len, found);

	if (r == 0 && memcmp(found, hash, sizeof(found)) != 0)
		r = -EBADMSG;
	if (r == 0)
		r = weir_write_file_atomic(AT_FDCWD, heartbeat->inbox, data, len, 0640);
	if (r < 0)
		return r;
	memcpy(heartbeat->offered, hash, sizeof(heartbeat->offered));
	heartbeat->has_offered = true;
	return 0;
}

static int fetch(struct weir_heartbeat *heartbeat, const uint8_t *hash)
{
	char path[sizeof("/v1/policy/") + 2 * WEIR_SHA256_LEN] = "/v1/policy/";
	const struct weir_http_request request = {.method = "GET", .path = path};
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	int r;

	weir_hex(hash, WEIR_SHA256_LEN, path + strlen(path));
	r = weir_http_perform(heartbeat->http, &request, &response);
	if (r == 0 && response.status != 200)
		r = -EPROTO;
	return r < 0 ? r : bring(heartbeat, hash, response.body.data, response.body.len);
}

static int take_offer(struct weir_heartbeat *heartbeat, const struct weir_opamp_heard *heard,
		      uint64_t mono_ns)
{
	int r;

	if (heard->envelope)
		r = bring(heartbeat, heard->offer, heard->envelope->data, heard->envelope->len);
	else
		r = fetch(heartbeat, heard->offer);
	if (r < 0) {
		errno = -r;
		(void)snprintf(heartbeat->problem, sizeof(heartbeat->problem),
			       "cannot bring the policy that the console offers: %m");
		return r;
	}
	heartbeat->look_until = mono_ns + LOOK_FOR;
	return 0;
}

/* The next messages go by the new certificate; the old one is kept until one of them was answered. */
static int take_certificate(struct weir_heartbeat *heartbeat, const struct weir_opamp_heard *heard)
{
	struct weir_buf bundle _cleanup_(wipe) = WEIR_BUF_INIT(FILE_MAX);
	int r = heartbeat->key.len ? weir_opamp_bundle(&heartbeat->key, heard->certificate, &bundle)
				   : -EBADMSG;

	wipe(&heartbeat->key);
	if (r == 0)
		r = weir_write_file_atomic(AT_FDCWD, heartbeat->next, bundle.data, bundle.len,
					   0600);
	return r < 0 ? r : connect_with(heartbeat, heartbeat->next, NULL);
}

static void roll_back(struct weir_heartbeat *heartbeat, uint64_t wall_s)
{
	if (connect_with(heartbeat, heartbeat->client, NULL) < 0)
		return;
	(void)unlink(heartbeat->next);
	heartbeat->renew_s = wall_s + 3600;
}

static int adopt(struct weir_heartbeat *heartbeat, uint64_t random)
{
	if (rename(heartbeat->next, heartbeat->client) < 0)
		return -errno;
	(void)plan_renewal(heartbeat, heartbeat->client, (uint32_t)random);
	return connect_with(heartbeat, heartbeat->client, NULL);
}

static void failed(struct weir_heartbeat *heartbeat, uint64_t mono_ns, uint64_t wall_s,
		   uint32_t retry_after_s, uint64_t random)
{
	(void)weir_backoff_failed(&heartbeat->backoff, mono_ns, retry_after_s * WEIR_NSEC_PER_SEC,
				  random);
	heartbeat->full = true; /* it may have been another console that knew the rest */
	if (heartbeat->candidate && ++heartbeat->candidate_failures >= CANDIDATE_TRIES)
		roll_back(heartbeat, wall_s);
}

static uint64_t jittered(const struct weir_heartbeat *heartbeat, uint64_t random)
{
	uint64_t beat = heartbeat->beat_s * WEIR_NSEC_PER_SEC;

	return beat * 4 / 5 + random % (beat * 2 / 5 + 1);
}

/* What the console says is done, and when to speak again. */
static int on_answer(struct weir_heartbeat *heartbeat, const struct weir_http_response *response,
		     bool waited, uint64_t begun_ns, uint64_t random, uint64_t *ret_wait_ns)
{
	struct weir_opamp_heard heard _cleanup_(weir_opamp_heard_done) = {};
	uint64_t now = weir_now_monotonic();
	int r = weir_opamp_read(response->body.data, response->body.len, &heard);

	if (r < 0)
		return -EPROTO;
	heartbeat->full = heard.full_state;
	heartbeat->said = heartbeat->status;
	heartbeat->has_said = heartbeat->has_status;
	if (heard.heartbeat_s)
		heartbeat->beat_s = WEIR_MIN(heard.heartbeat_s, (uint32_t)MOST_BEAT_S);
	if (heartbeat->candidate)
		r = adopt(heartbeat, random);
	if (r == 0 && heard.certificate)
		r = take_certificate(heartbeat, &heard);
	if (r == 0 && heard.offer)
		r = take_offer(heartbeat, &heard, now);
	/* One that was to wait and did not was sent on by a console that is full. */
	if (!waited)
		*ret_wait_ns = 0;
	else if (heartbeat->look_until)
		*ret_wait_ns = LOOK_EVERY;
	else
		*ret_wait_ns = now - begun_ns >= WAITED ? 0 : jittered(heartbeat, random);
	return r;
}

static void set_problem(struct weir_heartbeat *heartbeat, int r,
			const struct weir_http_response *response)
{
	if (r < 0)
		(void)snprintf(heartbeat->problem, sizeof(heartbeat->problem), "%s",
			       weir_http_error(heartbeat->http));
	else
		(void)snprintf(heartbeat->problem, sizeof(heartbeat->problem),
			       "console answered the heartbeat with %d", response->status);
}

static int beat(struct weir_heartbeat *heartbeat, uint64_t mono_ns, uint64_t wall_s,
		uint64_t random, uint64_t *ret_wait_ns)
{
	bool renew = wall_s >= heartbeat->renew_s && !heartbeat->candidate;
	bool wait = !renew && !heartbeat->look_until && !heartbeat->candidate && !heartbeat->full;
	const char *const headers[] = {WEIR_OPAMP_TYPE, wait ? "Prefer: wait=50" : NULL, NULL};
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OPAMP_MAX);
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	struct weir_http_request request = {
		.method = "POST", .path = "/v1/opamp", .headers = headers};
	int r = pack(heartbeat, renew, &body);

	if (r < 0)
		return r;
	request.body = body.data;
	request.body_len = body.len;
	r = weir_http_perform(heartbeat->http, &request, &response);
	if (r < 0 || response.status != 200) {
		set_problem(heartbeat, r, &response);
		/* Renewals are what there was too much of; the rest goes on. */
		if (r == 0 && renew && response.status == 429)
			heartbeat->renew_s = wall_s + RENEW_AGAIN_S;
		failed(heartbeat, mono_ns, wall_s, r < 0 ? 0 : response.retry_after_s, random);
		return 0;
	}
	heartbeat->problem[0] = '\0';
	if (renew)
		heartbeat->renew_s = wall_s + RENEW_AGAIN_S; /* unless a certificate came */
	r = on_answer(heartbeat, &response, wait, mono_ns, random, ret_wait_ns);
	if (r < 0)
		failed(heartbeat, mono_ns, wall_s, 0, random);
	else
		weir_backoff_succeeded(&heartbeat->backoff);
	return 0;
}

int weir_heartbeat_step(struct weir_heartbeat *heartbeat, uint64_t mono_ns, uint64_t wall_s,
			uint64_t random, uint64_t *ret_wait_ns)
{
	int r = 0;

	*ret_wait_ns = weir_backoff_wait(&heartbeat->backoff, mono_ns);
	if (*ret_wait_ns)
		return 0;
	read_status(heartbeat);
	if (heartbeat->look_until && !is_judged(heartbeat) && mono_ns < heartbeat->look_until) {
		*ret_wait_ns = LOOK_EVERY;
		return 0;
	}
	r = beat(heartbeat, mono_ns, wall_s, random, ret_wait_ns);
	if (heartbeat->look_until && (is_judged(heartbeat) || mono_ns >= heartbeat->look_until)) {
		heartbeat->look_until = 0;
		*ret_wait_ns = 0;
	}
	*ret_wait_ns = WEIR_MAX(*ret_wait_ns, weir_backoff_wait(&heartbeat->backoff, mono_ns));
	return r;
}
