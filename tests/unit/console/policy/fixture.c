/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "weir/console_audit/audit.h"
#include "weir/dsse/policy.h"

static const char *const names[PEOPLE] = {"li.na", "wang.wei", "zhang.min", "chen.jie"};

static void add_person(struct fixture *f, size_t i)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	char path[96];

	f->person[i].id = 10 + i;
	snprintf(f->person[i].name, sizeof(f->person[i].name), "%s", names[i]);
	snprintf(path, sizeof(path), "%s/key%zu", f->dir, i);
	assert_int_equal(weir_dsse_signer_make(path, &f->signer[i]), 0);
	assert_int_equal(weir_dsse_signer_public(f->signer[i], &pem), 0);
	assert_int_equal(
		weir_policy_key_add(f->store, &f->person[i], pem.data, pem.len, &f->key[i], NULL),
		0);
}

int fixture_setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;
	struct weir_fleet_options options = {0};

	fixture = (struct fixture){.rules = {.tenant = "insurer", .threshold = 2}};
	scratch_make(f->dir);
	f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir_fd >= 0);
	assert_int_equal(place_open(&f->place, NULL), 0);
	f->store = place_store(&f->place);
	assert_int_equal(weir_audit_init(f->store, NULL), 0);
	assert_int_equal(weir_policy_init(f->store, NULL), 0);
	options.store = f->store;
	options.dir_fd = f->dir_fd;
	assert_int_equal(weir_fleet_new(&options, NULL, &f->fleet), 0);
	assert_int_equal(weir_policy_offers_new(f->store, &f->offers), 0);
	for (size_t i = 0; i < PEOPLE; i++)
		add_person(f, i);
	for (size_t i = 0; i + 1 < PEOPLE; i++)
		assert_int_equal(weir_policy_key_approve(f->store, &f->person[(i + 1) % PEOPLE],
							 f->key[i], NULL),
				 0);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	weir_fleet_free(f->fleet);
	assert_int_equal(place_close(&f->place), 0);
	weir_policy_offers_free(f->offers);
	for (size_t i = 0; i < PEOPLE; i++)
		weir_dsse_signer_free(f->signer[i]);
	close(f->dir_fd);
	scratch_remove(f->dir);
	return 0;
}

uint64_t fixture_create(struct fixture *f, const char *group)
{
	struct weir_error err = {0};
	uint64_t id = 0;
	int r = weir_policy_create(f->store, &f->rules, &f->person[0],
				   &(struct weir_policy_draft){.group = group,
							       .source = SOURCE,
							       .cases = CASES,
							       .note = "",
							       .min_agent = "",
							       .days = 30},
				   NOW, &id, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	return id;
}

struct signing {
	const struct weir_dsse_signer *signer;
	struct weir_buf envelope;
};

static int sign(void *context, const struct weir_policy_version *version)
{
	struct signing *signing = context;
	struct weir_dsse *before _cleanup_(weir_dsse_freep) = NULL;

	if (version->envelope_len == 0)
		return weir_dsse_sign(WEIR_SIGNED_POLICY_TYPE, version->payload,
				      version->payload_len, signing->signer, &signing->envelope);
	assert_int_equal(weir_dsse_peek(version->envelope, version->envelope_len,
					WEIR_SIGNED_POLICY_TYPE, &before),
			 0);
	return weir_dsse_cosign(before, signing->signer, &signing->envelope);
}

int fixture_sign(struct fixture *f, uint64_t id, size_t i)
{
	struct signing signing = {f->signer[i], WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX)};
	int r = weir_policy_get(f->store, id, sign, &signing);

	if (r == 0)
		r = weir_policy_sign(f->store, &f->person[i], id, signing.envelope.data,
				     signing.envelope.len, NULL);
	weir_buf_done(&signing.envelope);
	return r;
}

uint64_t fixture_publish(struct fixture *f, const char *group, unsigned ring, uint32_t soak_s)
{
	uint64_t id = fixture_create(f, group);

	assert_int_equal(fixture_sign(f, id, 0), 0);
	assert_int_equal(fixture_sign(f, id, 1), 0);
	assert_int_equal(weir_policy_publish(f->store, &f->rules, &f->person[1], id,
					     &(struct weir_policy_plan){ring, soak_s}, NOW, NULL),
			 0);
	return id;
}

struct counting {
	const char *action;
	unsigned n;
};

static int count(void *context, const struct weir_audit_entry *entry)
{
	struct counting *counting = context;

	counting->n += strcmp(entry->entry.action, counting->action) == 0;
	return 0;
}

unsigned fixture_audited(struct fixture *f, const char *action)
{
	struct counting counting = {.action = action};

	assert_int_equal(weir_audit_list(f->store, &(struct weir_audit_filter){.limit = 1000},
					 count, &counting),
			 0);
	return counting.n;
}

void fixture_agent(struct fixture *f, uint8_t number, const uint8_t *hash, int status,
		   uint64_t last_seen_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const uint8_t uid[WEIR_FLEET_UID_LEN] = {number};

	assert_int_equal(weir_db_write(f->store, &tx), 0);
	assert_int_equal(
		WEIR_DB_RUN(
			tx,
			"INSERT INTO fleet_agents (uid, group_name, host, version, enrolled_ns, "
			"last_seen_ns, healthy, last_error, policy_hash, policy_status, "
			"policy_error) VALUES ($1, '', 'h', '0.1.0', 1, $2, 1, '', $3, $4, '') "
			"ON CONFLICT (uid) DO UPDATE SET policy_hash = excluded.policy_hash, "
			"policy_status = excluded.policy_status, last_seen_ns = "
			"excluded.last_seen_ns",
			weir_db_blob(uid, sizeof(uid)), weir_db_int((int64_t)last_seen_ns),
			hash ? weir_db_blob(hash, WEIR_FLEET_HASH_LEN) : weir_db_null(),
			weir_db_int(status)),
		1);
	assert_int_equal(weir_db_commit(tx), 0);
}

static int take(void *context, const struct weir_policy_version *version)
{
	struct weir_policy_version *ret = context;

	*ret = *version;
	/* What is pointed to goes with the call. */
	ret->source = ret->text = ret->cases = ret->group = ret->note = ret->reason = NULL;
	ret->author_name = ret->publisher_name = ret->min_agent = NULL;
	ret->payload = ret->envelope = NULL;
	return 0;
}

void fixture_version(struct fixture *f, uint64_t id, struct weir_policy_version *ret)
{
	assert_int_equal(weir_policy_get(f->store, id, take, ret), 0);
}
