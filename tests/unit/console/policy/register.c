/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/policy/compile.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define DAY (UINT64_C(86400) * 1000000000)

static struct weir_register_entry sample(void)
{
	return (struct weir_register_entry){.recipient = "reinsurer",
					    .classes = "customer-identity",
					    .purpose = "treaty \"settlement\" \\ 2026",
					    .agreement = "RC-2026-118",
					    .channel = "network",
					    .to_group = "reinsurer",
					    .from_ns = NOW,
					    .until_ns = NOW + 30 * DAY};
}

static uint64_t request(struct fixture *f)
{
	const struct weir_register_entry entry = sample();
	uint64_t id = 0;

	assert_int_equal(weir_register_request(f->store, &f->person[0], &entry, NOW, &id, NULL), 0);
	return id;
}

struct seen {
	enum weir_register_state state;
	uint64_t requester, approver, decided_ns, reminded_ns, ended_ns, transfers, last_ns;
	char name[32];
};

static int see(void *context, const struct weir_register_entry *e)
{
	struct seen *seen = context;

	*seen = (struct seen){.state = e->state,
			      .requester = e->requester,
			      .approver = e->approver,
			      .decided_ns = e->decided_ns,
			      .reminded_ns = e->reminded_ns,
			      .ended_ns = e->ended_ns,
			      .transfers = e->transfers,
			      .last_ns = e->last_transfer_ns};
	snprintf(seen->name, sizeof(seen->name), "%s", e->name);
	assert_string_equal(e->recipient, "reinsurer");
	assert_string_equal(e->classes, "customer-identity");
	assert_string_equal(e->purpose, "treaty \"settlement\" \\ 2026");
	assert_string_equal(e->agreement, "RC-2026-118");
	assert_string_equal(e->channel, "network");
	assert_string_equal(e->to_group, "reinsurer");
	assert_int_equal(e->from_ns, NOW);
	assert_int_equal(e->until_ns, NOW + 30 * DAY);
	assert_string_equal(e->requester_name, "li.na");
	return 0;
}

static struct seen get(struct fixture *f, uint64_t id)
{
	struct seen seen = {0};

	assert_int_equal(weir_register_get(f->store, id, see, &seen), 0);
	return seen;
}

static void entry__is_decided_by_another_person(void **state)
{
	struct fixture *f = *state;
	uint64_t id = request(f), other = request(f);
	struct seen seen = get(f, id);

	assert_int_equal(seen.state, WEIR_REGISTER_REQUESTED);
	assert_string_equal(seen.name, "G-0001");
	assert_int_equal(weir_register_decide(f->store, &f->person[0], id, true, NOW, NULL),
			 -EPERM);
	assert_int_equal(weir_register_decide(f->store, &f->person[0], id, false, NOW, NULL),
			 -EPERM);
	assert_int_equal(get(f, id).state, WEIR_REGISTER_REQUESTED);
	assert_int_equal(weir_register_decide(f->store, &f->person[1], id, true, NOW + 5, NULL), 0);
	seen = get(f, id);
	assert_int_equal(seen.state, WEIR_REGISTER_ACTIVE);
	assert_int_equal(seen.requester, f->person[0].id);
	assert_int_equal(seen.approver, f->person[1].id);
	assert_int_equal(seen.decided_ns, NOW + 5);
	assert_int_equal(weir_register_decide(f->store, &f->person[1], id, true, NOW, NULL),
			 -ESTALE);
	assert_int_equal(weir_register_decide(f->store, &f->person[1], other, false, NOW, NULL), 0);
	assert_int_equal(get(f, other).state, WEIR_REGISTER_REFUSED);
	assert_int_equal(weir_register_end(f->store, &f->person[0], other, NOW, NULL), -ESTALE);
	assert_int_equal(weir_register_end(f->store, &f->person[0], id, NOW + 9, NULL), 0);
	assert_int_equal(get(f, id).state, WEIR_REGISTER_ENDED);
	assert_int_equal(get(f, id).ended_ns, NOW + 9);
	assert_int_equal(weir_register_end(f->store, &f->person[0], 99, NOW, NULL), -ENOENT);
	assert_int_equal(fixture_audited(f, "register.request"), 2);
	assert_int_equal(fixture_audited(f, "register.approve"), 1);
	assert_int_equal(fixture_audited(f, "register.refuse"), 1);
	assert_int_equal(fixture_audited(f, "register.end"), 1);
}

static void entry__out_of_bounds(void **state)
{
	struct fixture *f = *state;
	struct weir_register_entry e[10];
	size_t i = 0;
	uint64_t id;

	for (size_t k = 0; k < ARRAY_SIZE(e); k++)
		e[k] = sample();
	e[i++].recipient = "a b";
	e[i++].classes = "";
	e[i++].classes = "a,,b";
	e[i++].classes = "a, b";
	e[i++].classes = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q";
	e[i++].channel = "mail";
	e[i++].to_group = "]: {";
	e[i++].purpose = "two\nlines";
	e[i++].agreement = "";
	e[i++].until_ns = NOW - 1;
	assert_int_equal(i, ARRAY_SIZE(e));
	for (size_t k = 0; k < ARRAY_SIZE(e); k++) {
		struct weir_error err = {0};

		assert_int_equal(
			weir_register_request(f->store, &f->person[0], &e[k], NOW, &id, &err),
			-EINVAL);
		assert_true(err.text[0]);
	}
}

static int copy_text(void *context, const struct weir_policy_version *version)
{
	return weir_buf_puts(context, version->text);
}

/* Only active ones, in the words that the language reads; the compiled policy has them. */
static void entry__becomes_a_grant_of_the_next_version(void **state)
{
	struct fixture *f = *state;
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_POLICY_TEXT_MAX);
	uint64_t active = request(f), pending = request(f);

	assert_int_equal(weir_register_decide(f->store, &f->person[1], active, true, NOW, NULL), 0);
	assert_int_equal(weir_policy_get(f->store, fixture_create(f, ""), copy_text, &text), 0);
	assert_non_null(strstr(text.data, "  - id: G-0001\n"));
	assert_non_null(strstr(text.data, "    approver: \"wang.wei\"\n"));
	assert_non_null(strstr(text.data, "from: 2033-05-18T03:33:20Z"));
	assert_null(strstr(text.data, "G-0002"));
	assert_int_equal(weir_register_decide(f->store, &f->person[1], pending, true, NOW, NULL),
			 0);
	assert_int_equal(weir_register_end(f->store, &f->person[1], active, NOW, NULL), 0);
	weir_buf_clear(&text);
	assert_int_equal(weir_policy_get(f->store, fixture_create(f, ""), copy_text, &text), 0);
	assert_null(strstr(text.data, "G-0001"));
	assert_non_null(strstr(text.data, "G-0002"));
}

static void tend__reminds_and_ends(void **state)
{
	struct fixture *f = *state;
	uint64_t id = request(f);

	assert_int_equal(weir_register_decide(f->store, &f->person[1], id, true, NOW, NULL), 0);
	assert_int_equal(weir_policy_tend(f->store, NOW + 15 * DAY), 0);
	assert_int_equal(weir_policy_tend(f->store, NOW + 16 * DAY), 1);
	assert_int_equal(get(f, id).reminded_ns, NOW + 16 * DAY);
	assert_int_equal(get(f, id).state, WEIR_REGISTER_ACTIVE);
	assert_int_equal(weir_policy_tend(f->store, NOW + 17 * DAY), 0); /* once */
	assert_int_equal(weir_policy_tend(f->store, NOW + 30 * DAY), 1);
	assert_int_equal(get(f, id).state, WEIR_REGISTER_ENDED);
	assert_int_equal(get(f, id).ended_ns, NOW + 30 * DAY);
	assert_int_equal(fixture_audited(f, "register.remind"), 1);
	assert_int_equal(fixture_audited(f, "register.end"), 1);
}

static void add_event(struct fixture *f, uint64_t sequence, const char *grant)
{
	struct weir_buf blob _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	Weir__V1__Event event;
	struct weir_store_item item;
	struct weir_store_batch batch = {.agent_uid = {7},
					 .epoch = 1,
					 .first_sequence = sequence,
					 .received_ns = NOW,
					 .host = "h",
					 .version = "0.1.0",
					 .items = &item,
					 .n_items = 1};
	struct weir_store_result result;

	weir__v1__event__init(&event);
	event.grant = (char *)grant;
	assert_int_equal(weir_wire_pack(&event.base, &blob), 0);
	item = (struct weir_store_item){.time_ns = NOW + sequence,
					.channel = 4,
					.action = 1,
					.rule = "",
					.hook = "",
					.cause = "",
					.blob = blob.data,
					.len = blob.len};
	assert_int_equal(weir_store_ingest(f->store, &batch, &result), 0);
	assert_int_equal(result.stored, 1);
}

struct transfers {
	unsigned n;
	uint64_t time_ns[4];
};

static int note_transfer(void *context, const struct weir_register_transfer *transfer)
{
	struct transfers *transfers = context;

	transfers->time_ns[transfers->n++] = transfer->time_ns;
	return 0;
}

static void tend__links_transfers(void **state)
{
	static const char *const grants[] = {"G-0001", "", "G-0009", "G-0001", "G-x", "x"};
	struct fixture *f = *state;
	struct transfers transfers = {0};
	uint64_t id = request(f);

	for (size_t i = 0; i < ARRAY_SIZE(grants); i++)
		add_event(f, i + 1, grants[i]);
	assert_int_equal(weir_policy_tend(f->store, NOW), 2);
	assert_int_equal(weir_policy_tend(f->store, NOW), 0);
	add_event(f, 7, "G-0001");
	assert_int_equal(weir_policy_tend(f->store, NOW), 1);
	assert_int_equal(get(f, id).transfers, 3);
	assert_int_equal(get(f, id).last_ns, NOW + 7);
	assert_int_equal(weir_register_transfers(f->store, id, 10, note_transfer, &transfers), 0);
	assert_int_equal(transfers.n, 3);
	assert_int_equal(transfers.time_ns[0], NOW + 7);
	assert_int_equal(transfers.time_ns[2], NOW + 1);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(entry__is_decided_by_another_person),
		TEST(entry__out_of_bounds),
		TEST(entry__becomes_a_grant_of_the_next_version),
		TEST(tend__reminds_and_ends),
		TEST(tend__links_transfers),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
