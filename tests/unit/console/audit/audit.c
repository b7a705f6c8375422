/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"
#include "scratch.h"
#include "weir/base/time.h"
#include "weir/console_audit/limit.h"

#define N 6

struct fixture {
	void *place;
	struct weir_store *store;
	struct weir_dsse_signer *signer;
	struct weir_dsse_keys *keys;
};

static const struct weir_principal li_na = {.id = 7, .name = "li.na", .session = 3};

static int setup(void **state)
{
	static struct fixture fixture;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	uint8_t raw[WEIR_DSSE_KEY_LEN];
	char dir[64], path[96], id[WEIR_DSSE_KEY_ID_LEN + 1];

	fixture = (struct fixture){};
	scratch_make(dir);
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(weir_dsse_signer_make(path, &fixture.signer), 0);
	scratch_remove(dir);
	assert_int_equal(weir_dsse_signer_public(fixture.signer, &pem), 0);
	assert_int_equal(weir_dsse_key_parse(pem.data, pem.len, raw, id), 0);
	assert_int_equal(weir_dsse_keys_new(&fixture.keys), 0);
	assert_int_equal(weir_dsse_keys_add(fixture.keys, raw), 0);
	assert_int_equal(place_open(&fixture.place, NULL), 0);
	fixture.store = place_store(&fixture.place);
	assert_int_equal(weir_audit_init(fixture.store, NULL), 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	weir_dsse_signer_free(fixture->signer);
	weir_dsse_keys_free(fixture->keys);
	return place_close(&fixture->place);
}

static void write_some(struct weir_store *store, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(weir_audit_note(store, i % 2 ? &li_na : NULL, "test.do", "thing 1",
						 "{\"a\":1}"),
				 0);
}

struct heads {
	const struct weir_dsse_keys *keys;
	struct weir_ledger_head head[8];
	size_t n;
};

static int take_head(void *context, uint64_t sequence, const void *head, size_t len)
{
	struct heads *heads = context;

	assert_true(heads->n < ARRAY_SIZE(heads->head));
	assert_int_equal(weir_ledger_head_open(head, len, heads->keys, &heads->head[heads->n]), 0);
	assert_int_equal(heads->head[heads->n++].sequence, sequence);
	return 0;
}

struct checking {
	struct weir_ledger_check *check;
	struct weir_error *err;
};

static int check_one(void *context, const struct weir_audit_entry *row)
{
	struct checking *checking = context;

	return weir_ledger_check_entry(checking->check, &row->entry, row->before, row->hash,
				       checking->err);
}

/* 0, or the fault with its words in err. */
static int verify(const struct fixture *fixture, struct weir_error *err)
{
	struct weir_ledger_check *check _cleanup_(weir_ledger_check_freep) = NULL;
	const struct weir_audit_filter all = {.limit = 1000};
	struct heads heads = {.keys = fixture->keys};
	struct checking checking = {.err = err};
	int r = weir_audit_heads(fixture->store, 0, 100, take_head, &heads);

	if (r == 0)
		r = weir_ledger_check_new(heads.head, heads.n, err, &check);
	checking.check = check;
	if (r == 0)
		r = weir_audit_list(fixture->store, &all, check_one, &checking);
	return r < 0 ? r : weir_ledger_check_end(check, err);
}

static int expect_one(void *context, const struct weir_audit_entry *row)
{
	const uint64_t now = weir_now_realtime();
	bool person = row->entry.sequence % 2 == 0;

	assert_int_equal(row->entry.sequence, ++*(uint64_t *)context);
	assert_true(row->entry.time_ns <= now && row->entry.time_ns + 60000000000u > now);
	assert_int_equal(row->entry.actor, person ? 7 : 0);
	assert_string_equal(row->entry.actor_name, person ? "li.na" : "console");
	assert_string_equal(row->entry.via, person ? "session 3" : "server");
	assert_string_equal(row->entry.action, "test.do");
	assert_string_equal(row->entry.object, "thing 1");
	assert_string_equal(row->entry.detail, "{\"a\":1}");
	return 0;
}

static void audit__keeps_what_is_told(void **state)
{
	const struct weir_audit_filter all = {.limit = 1000};
	struct fixture *fixture = *state;
	uint64_t last = 0;

	write_some(fixture->store, N);
	assert_int_equal(weir_audit_list(fixture->store, &all, expect_one, &last), 0);
	assert_int_equal(last, N);
	assert_int_equal(verify(fixture, NULL), 0);
}

static int take_number(void *context, const struct weir_audit_entry *row)
{
	uint64_t **next = context;

	*(*next)++ = row->entry.sequence;
	return 0;
}

static void audit__is_paged(void **state)
{
	struct fixture *fixture = *state;
	struct weir_audit_filter filter = {.after = 2, .limit = 3};
	uint64_t got[8] = {}, *next = got;

	write_some(fixture->store, N);
	assert_int_equal(weir_audit_list(fixture->store, &filter, take_number, &next), 0);
	assert_int_equal(next - got, 3);
	assert_memory_equal(got, ((const uint64_t[]){3, 4, 5}), 3 * sizeof(got[0]));
	filter = (struct weir_audit_filter){.newest_first = true, .limit = 2};
	next = got;
	assert_int_equal(weir_audit_list(fixture->store, &filter, take_number, &next), 0);
	assert_int_equal(next - got, 2);
	assert_memory_equal(got, ((const uint64_t[]){6, 5}), 2 * sizeof(got[0]));
	filter.before = 2;
	next = got;
	assert_int_equal(weir_audit_list(fixture->store, &filter, take_number, &next), 0);
	assert_int_equal(next - got, 1);
	assert_int_equal(got[0], 1);
}

/* The entry is there when what it tells is there, and only then. */
static void audit__goes_with_its_transaction(void **state)
{
	const struct weir_audit_filter all = {.limit = 1000};
	struct fixture *fixture = *state;
	struct weir_db_tx *tx;
	uint64_t got[8] = {}, *next = got;

	assert_int_equal(weir_db_write(fixture->store, &tx), 0);
	assert_int_equal(weir_audit_write(tx, &li_na, "test.do", "thing 1", ""), 0);
	assert_int_equal(weir_audit_write(tx, &li_na, "test.do", "thing 2", ""), 0);
	weir_db_end(tx);
	assert_int_equal(weir_audit_list(fixture->store, &all, take_number, &next), 0);
	assert_ptr_equal(next, got);
	write_some(fixture->store, 1);
	assert_int_equal(verify(fixture, NULL), 0);
}

static void audit__refuses_what_would_read_otherwise(void **state)
{
	static char text[WEIR_LEDGER_TEXT_MAX + 2];
	static const char *const wrong[] = {"a\nb", "a\x1b[31m", "\xff", "a\x7f", text};
	struct fixture *fixture = *state;
	struct weir_principal evil = li_na;

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(weir_audit_note(fixture->store, NULL, "test.do", wrong[i], ""),
				 -EINVAL);
		assert_int_equal(weir_audit_note(fixture->store, NULL, "test.do", "", wrong[i]),
				 -EINVAL);
	}
	(void)snprintf(evil.name, sizeof(evil.name), "li\nna");
	assert_int_equal(weir_audit_note(fixture->store, &evil, "test.do", "", ""), -EINVAL);
	/* text of any language is not SQL */
	assert_int_equal(weir_audit_note(fixture->store, NULL, "test.do",
					 "'; DROP TABLE audit_entry; --",
					 "\xe5\xae\xa1\xe8\xae\xa1"),
			 0);
	assert_int_equal(verify(fixture, NULL), 0);
}

static void audit__tells_how_somebody_came_in(void **state)
{
	struct fixture *fixture = *state;
	struct weir_principal by = li_na;
	const struct weir_principal developer = weir_principal_developer();
	const struct weir_principal *const all[] = {&by, &developer};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;

	by.token = 12;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_int_equal(weir_audit_note(fixture->store, all[i], "test.do", "", ""), 0);
	assert_int_equal(weir_db_read(fixture->store, &tx), 0);
	assert_int_equal(
		weir_db_query(tx, "SELECT via FROM audit_entry ORDER BY sequence", NULL, 0, &rows),
		0);
	assert_int_equal(weir_db_next(rows), 1);
	assert_string_equal(weir_db_get_text(rows, 0), "token 12");
	assert_int_equal(weir_db_next(rows), 1);
	assert_string_equal(weir_db_get_text(rows, 0), "developer token");
}

static void audit__signs_heads(void **state)
{
	struct fixture *fixture = *state;
	struct heads heads = {.keys = fixture->keys};
	uint64_t at = 1;

	assert_int_equal(weir_audit_signed_at(fixture->store, &at), 0);
	assert_int_equal(at, 0);
	assert_int_equal(weir_audit_sign(fixture->store, fixture->signer, 1000), 0);
	write_some(fixture->store, 3);
	assert_int_equal(weir_audit_sign(fixture->store, fixture->signer, 2000), 1);
	assert_int_equal(weir_audit_sign(fixture->store, fixture->signer, 3000), 0);
	write_some(fixture->store, 1);
	assert_int_equal(weir_audit_sign(fixture->store, fixture->signer, 4000), 1);
	assert_int_equal(weir_audit_signed_at(fixture->store, &at), 0);
	assert_int_equal(at, 4000);
	assert_int_equal(weir_audit_heads(fixture->store, 0, 100, take_head, &heads), 0);
	assert_int_equal(heads.n, 2);
	assert_int_equal(heads.head[0].sequence, 3);
	assert_int_equal(heads.head[0].time_ns, 2000);
	assert_int_equal(heads.head[1].sequence, 4);
	assert_int_equal(heads.head[1].time_ns, 4000);
	assert_int_equal(verify(fixture, NULL), 0);
}

/* What somebody who owns the database, but not the key, can try. */
static void audit__tampering_is_found(void **state)
{
	static const struct {
		const char *sql;
		const char *words;
	} cases[] = {
		{"UPDATE audit_entry SET actor_name = 'zhang' WHERE sequence = 2",
		 "entry 2 has been changed"},
		{"UPDATE audit_entry SET time_ns = time_ns + 1 WHERE sequence = 6",
		 "entry 6 has been changed"},
		{"UPDATE audit_entry SET detail = '' WHERE sequence = 1",
		 "entry 1 has been changed"},
		{"UPDATE audit_entry SET hash = before WHERE sequence = 3",
		 "entry 3 has been changed"},
		{"DELETE FROM audit_entry WHERE sequence = 4", "entry 4 is missing"},
		{"DELETE FROM audit_entry WHERE sequence = 1", "no signed head vouches"},
		{"DELETE FROM audit_entry WHERE sequence > 4", "a signed head has seen entry 5"},
		{"DELETE FROM audit_entry", "a signed head has seen entry 5"},
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_error err = {};
		struct weir_db_tx *tx;

		if (i && (teardown(state) < 0 || setup(state) < 0))
			fail();
		write_some(fixture->store, 5);
		assert_int_equal(weir_audit_sign(fixture->store, fixture->signer, 1000), 1);
		write_some(fixture->store, 1);
		assert_int_equal(verify(fixture, NULL), 0);
		assert_int_equal(weir_db_write(fixture->store, &tx), 0);
		assert_true(weir_db_run(tx, cases[i].sql, NULL, 0) > 0);
		assert_int_equal(weir_db_commit(tx), 0);
		weir_db_end(tx);
		assert_int_equal(verify(fixture, &err), -EBADMSG);
		assert_non_null(strstr(err.text, cases[i].words));
		/* and it is not healed by going on */
		write_some(fixture->store, 3);
		assert_int_equal(verify(fixture, &err), -EBADMSG);
	}
}

struct refused {
	unsigned entries;   /* with an object of their own */
	unsigned n_counts;  /* entries that tell a count */
	unsigned counted;   /* their sum */
	char last_name[65]; /* of who is in the last of these */
	char last_via[40];
};

static int add_refused(void *context, const struct weir_audit_entry *row)
{
	struct refused *refused = context;
	unsigned n = 0;

	assert_string_equal(row->entry.action, "call.refuse");
	if (strcmp(row->entry.object, "others") != 0) {
		assert_string_equal(row->entry.object, "GET /x");
		assert_string_equal(row->entry.detail, "");
		refused->entries++;
		return 0;
	}
	assert_int_equal(sscanf(row->entry.detail, "{\"count\":%u}", &n), 1);
	refused->n_counts++;
	refused->counted += n;
	(void)snprintf(refused->last_name, sizeof(refused->last_name), "%s", row->entry.actor_name);
	(void)snprintf(refused->last_via, sizeof(refused->last_via), "%s", row->entry.via);
	return 0;
}

static void assert_refused(const struct fixture *f, unsigned entries, unsigned n_counts,
			   unsigned counted)
{
	const struct weir_audit_filter all = {.limit = 10000};
	struct refused refused = {};

	assert_int_equal(weir_audit_list(f->store, &all, add_refused, &refused), 0);
	assert_int_equal(refused.entries, entries);
	assert_int_equal(refused.n_counts, n_counts);
	assert_int_equal(refused.counted, counted);
	if (n_counts) {
		assert_string_equal(refused.last_name, "li.na");
		assert_string_equal(refused.last_via, "session 3");
	}
}

static void limit__counts_what_it_does_not_write(void **state)
{
	const struct fixture *f = *state;
	const struct weir_principal other = {.id = 8, .name = "wang.wei", .token = 5};
	struct weir_audit_limit *limit _cleanup_(weir_audit_limit_freep) = NULL;
	const uint64_t t = UINT64_C(1800000000) * 1000000000, minute = WEIR_AUDIT_LIMIT_NS;

	assert_int_equal(weir_audit_limit_new(f->store, "call.refuse", &limit), 0);
	for (int i = 0; i < 25; i++)
		assert_int_equal(weir_audit_limit_note(limit, &li_na, "GET /x", t + (uint64_t)i),
				 0);
	assert_refused(f, 10, 0, 0);
	/* somebody else has a minute of his own */
	for (int i = 0; i < 9; i++)
		assert_int_equal(weir_audit_limit_note(limit, &other, "GET /x", t + 100), 0);
	assert_refused(f, 19, 0, 0);
	assert_int_equal(weir_audit_limit_flush(limit, t + minute - 1, false), 0);
	assert_refused(f, 19, 0, 0);
	assert_int_equal(weir_audit_limit_flush(limit, t + minute, false), 0);
	assert_refused(f, 19, 1, 15);
	assert_int_equal(weir_audit_limit_flush(limit, t + minute, false), 0);
	assert_refused(f, 19, 1, 15);
	/* the next one writes the count of a minute that nobody flushed */
	for (uint64_t i = 0; i < 12; i++)
		assert_int_equal(weir_audit_limit_note(limit, &li_na, "GET /x", t + 2 * minute), 0);
	assert_int_equal(weir_audit_limit_note(limit, &li_na, "GET /x", t + 3 * minute), 0);
	assert_refused(f, 30, 2, 17);
	/* so does a clock that was set back, and the end */
	for (uint64_t i = 0; i < 11; i++)
		assert_int_equal(weir_audit_limit_note(limit, &li_na, "GET /x", t), 0);
	assert_refused(f, 40, 2, 17);
	assert_int_equal(weir_audit_limit_flush(limit, t, true), 0);
	assert_refused(f, 40, 3, 18);
}

/* More people than there are places: a minute ends early, and nothing is lost. */
static void limit__bears_a_crowd(void **state)
{
	const struct fixture *f = *state;
	struct weir_audit_limit *limit _cleanup_(weir_audit_limit_freep) = NULL;
	struct weir_principal one = {.name = "x"};

	assert_int_equal(weir_audit_limit_new(f->store, "call.refuse", &limit), 0);
	for (uint64_t i = 0; i < 11; i++)
		assert_int_equal(weir_audit_limit_note(limit, &li_na, "GET /x", 1), 0);
	for (one.id = 100; one.id < 100 + WEIR_AUDIT_LIMIT_PEOPLE - 1; one.id++)
		assert_int_equal(weir_audit_limit_note(limit, &one, "GET /x", 2), 0);
	assert_refused(f, 10 + WEIR_AUDIT_LIMIT_PEOPLE - 1, 0, 0);
	assert_int_equal(weir_audit_limit_note(limit, &one, "GET /x", 3), 0);
	assert_refused(f, 10 + WEIR_AUDIT_LIMIT_PEOPLE, 1, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(audit__keeps_what_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(audit__is_paged, setup, teardown),
		cmocka_unit_test_setup_teardown(audit__goes_with_its_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(audit__refuses_what_would_read_otherwise, setup,
						teardown),
		cmocka_unit_test_setup_teardown(audit__tells_how_somebody_came_in, setup, teardown),
		cmocka_unit_test_setup_teardown(audit__signs_heads, setup, teardown),
		cmocka_unit_test_setup_teardown(audit__tampering_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(limit__counts_what_it_does_not_write, setup,
						teardown),
		cmocka_unit_test_setup_teardown(limit__bears_a_crowd, setup, teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
