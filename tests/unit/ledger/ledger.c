/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/ledger/ledger.h"

#define N 8

struct row {
	struct weir_ledger_entry entry;
	uint8_t before[WEIR_LEDGER_HASH_LEN], hash[WEIR_LEDGER_HASH_LEN];
};

/* A log of N entries. */
static void make_log(struct row rows[N])
{
	uint8_t hash[WEIR_LEDGER_HASH_LEN] = {};

	for (unsigned i = 0; i < N; i++) {
		rows[i] = (struct row){.entry = {.sequence = i + 1,
						 .time_ns = 1000 * (i + 1),
						 .actor = 7,
						 .actor_name = "li.na",
						 .via = "session 3",
						 .action = "user.change",
						 .object = "user 9",
						 .detail = "{\"roles\":\"viewer\"}"}};
		memcpy(rows[i].before, hash, sizeof(hash));
		assert_int_equal(weir_ledger_hash(&rows[i].entry, hash, rows[i].hash), 0);
		memcpy(hash, rows[i].hash, sizeof(hash));
	}
}

static struct weir_ledger_head head_of(const struct row *row)
{
	struct weir_ledger_head head = {.time_ns = 5, .sequence = row->entry.sequence};

	memcpy(head.hash, row->hash, sizeof(head.hash));
	return head;
}

/* Checks rows [from, to); the first fault, with its words in err. */
static int check_rows(const struct row *rows, unsigned from, unsigned to,
		      const struct weir_ledger_head *heads, size_t n_heads, struct weir_error *err)
{
	struct weir_ledger_check *check _cleanup_(weir_ledger_check_freep) = NULL;
	int r = weir_ledger_check_new(heads, n_heads, err, &check);

	for (unsigned i = from; r == 0 && i < to; i++)
		r = weir_ledger_check_entry(check, &rows[i].entry, rows[i].before, rows[i].hash,
					    err);
	if (r == 0)
		assert_int_equal(weir_ledger_check_count(check), to - from);
	return r < 0 ? r : weir_ledger_check_end(check, err);
}

static void assert_fault(const struct row *rows, unsigned from, unsigned to,
			 const struct weir_ledger_head *heads, size_t n_heads, const char *words)
{
	struct weir_error err = {};

	assert_int_equal(check_rows(rows, from, to, heads, n_heads, &err), -EBADMSG);
	assert_non_null(strstr(err.text, words));
}

static void ledger__a_whole_log_passes(void **state)
{
	struct row rows[N];
	struct weir_ledger_head heads[3];
	struct weir_ledger_check *check _cleanup_(weir_ledger_check_freep) = NULL;

	make_log(rows);
	heads[0] = head_of(&rows[2]);
	heads[1] = heads[2] = head_of(&rows[5]);
	assert_int_equal(check_rows(rows, 0, N, NULL, 0, NULL), 0);
	assert_int_equal(check_rows(rows, 0, N, heads, 3, NULL), 0);
	assert_int_equal(check_rows(rows, 0, 0, NULL, 0, NULL), 0);
	assert_int_equal(weir_ledger_check_new(heads, 3, NULL, &check), 0);
	assert_int_equal(weir_ledger_check_uncovered(check), 0);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(weir_ledger_check_entry(check, &rows[i].entry, rows[i].before,
							 rows[i].hash, NULL),
				 0);
	assert_int_equal(weir_ledger_check_uncovered(check), 2);
}

/* The form is fixed: a log that was written stays readable. */
static void ledger__the_form_is_fixed(void **state)
{
	static const char *const hex =
		"d90d2580131fa1fb23d2f56de45a609c43f8e81cb8201d7db2c54fb0cac5cbf2";
	struct row rows[N];
	char text[2 * WEIR_LEDGER_HASH_LEN + 1];

	make_log(rows);
	for (unsigned i = 0; i < WEIR_LEDGER_HASH_LEN; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", rows[0].hash[i]);
	assert_string_equal(text, hex);
}

/* Each field of each entry. */
static void ledger__no_field_changes_unseen(void **state)
{
	for (unsigned i = 0; i < N; i++) {
		for (unsigned field = 0; field < 9; field++) {
			struct row rows[N];
			struct weir_ledger_entry *entry = &rows[i].entry;

			make_log(rows);
			switch (field) {
			case 0:
				entry->time_ns++;
				break;
			case 1:
				entry->actor++;
				break;
			case 2:
				entry->actor_name = "li.nb";
				break;
			case 3:
				entry->via = "session 4";
				break;
			case 4:
				entry->action = "user.chang";
				break;
			case 5:
				/* what moves from one field into the next */
				entry->action = "user.changeu";
				entry->object = "ser 9";
				break;
			case 6:
				entry->detail = "";
				break;
			case 7:
				rows[i].hash[31] ^= 1;
				break;
			default:
				rows[i].before[0] ^= 1;
				break;
			}
			assert_fault(rows, 0, N, NULL, 0,
				     field == 8 ? "does not follow" : "has been changed");
		}
	}
}

static void ledger__no_entry_goes_or_moves_unseen(void **state)
{
	for (unsigned i = 0; i + 1 < N; i++) {
		struct row rows[N], swap;

		make_log(rows);
		memmove(&rows[i], &rows[i + 1], (N - i - 1) * sizeof(rows[0]));
		assert_fault(rows, 0, N - 1, NULL, 0, i ? "is missing" : "no signed head vouches");
		make_log(rows);
		swap = rows[i];
		rows[i] = rows[i + 1];
		rows[i + 1] = swap;
		assert_fault(rows, 0, N, NULL, 0, i ? "is missing" : "no signed head vouches");
		make_log(rows);
		rows[i + 1] = rows[i];
		assert_fault(rows, 0, N, NULL, 0, "is missing or out of place");
	}
}

/* Whoever rewrites everything behind an entry gets a good chain, and another one than was signed. */
static void ledger__heads_see_a_rewritten_log(void **state)
{
	struct row rows[N], forged[N];
	struct weir_ledger_head head;
	uint8_t hash[WEIR_LEDGER_HASH_LEN];

	make_log(rows);
	make_log(forged);
	head = head_of(&rows[5]);
	forged[3].entry.actor = 8;
	memcpy(hash, forged[2].hash, sizeof(hash));
	for (unsigned i = 3; i < N; i++) {
		memcpy(forged[i].before, hash, sizeof(hash));
		assert_int_equal(weir_ledger_hash(&forged[i].entry, hash, forged[i].hash), 0);
		memcpy(hash, forged[i].hash, sizeof(hash));
	}
	assert_int_equal(check_rows(forged, 0, N, NULL, 0, NULL), 0);
	assert_fault(forged, 0, N, &head, 1, "is not the one that its head has signed");
}

static void ledger__a_cut_tail_is_seen(void **state)
{
	struct row rows[N];
	struct weir_ledger_head head;

	make_log(rows);
	head = head_of(&rows[5]);
	assert_fault(rows, 0, 5, &head, 1, "a signed head has seen entry 6");
	assert_fault(rows, 0, 0, &head, 1, "a signed head has seen entry 6");
	/* what no head has seen is nobody's to miss */
	assert_int_equal(check_rows(rows, 0, 6, &head, 1, NULL), 0);
}

/* Old entries are destroyed when their time is over, up to a head. */
static void ledger__a_log_may_begin_behind_a_head(void **state)
{
	struct row rows[N];
	struct weir_ledger_head heads[2];

	make_log(rows);
	heads[0] = head_of(&rows[2]);
	heads[1] = head_of(&rows[6]);
	assert_int_equal(check_rows(rows, 3, N, heads, 2, NULL), 0);
	assert_fault(rows, 4, N, heads, 2, "no signed head vouches");
	assert_fault(rows, 2, N, heads, 2, "no signed head vouches");
	assert_fault(rows, 3, N, NULL, 0, "no signed head vouches");
	heads[0].hash[0] ^= 1;
	assert_fault(rows, 3, N, heads, 2, "does not follow");
}

static void ledger__heads_do_not_contradict(void **state)
{
	struct row rows[N];
	struct weir_ledger_head heads[2];
	struct weir_error err = {};
	struct weir_ledger_check *check = NULL;

	make_log(rows);
	heads[0] = heads[1] = head_of(&rows[2]);
	heads[1].hash[5] ^= 1;
	assert_int_equal(weir_ledger_check_new(heads, 2, &err, &check), -EBADMSG);
	assert_non_null(strstr(err.text, "contradict"));
	heads[1] = head_of(&rows[1]);
	assert_int_equal(weir_ledger_check_new(heads, 2, &err, &check), -EBADMSG);
	assert_null(check);
}

static void ledger__heads_are_signed(void **state)
{
	struct weir_dsse_signer *ours _cleanup_(weir_dsse_signer_freep) = NULL;
	struct weir_dsse_signer *theirs _cleanup_(weir_dsse_signer_freep) = NULL;
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	struct weir_buf good _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_LEDGER_HEAD_MAX);
	struct weir_buf bad _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_LEDGER_HEAD_MAX);
	struct weir_buf other _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_LEDGER_HEAD_MAX);
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	struct weir_ledger_head head, opened = {};
	uint8_t raw[WEIR_DSSE_KEY_LEN];
	char id[WEIR_DSSE_KEY_ID_LEN + 1], dir[64], path[96];
	struct row rows[N];

	scratch_make(dir);
	(void)snprintf(path, sizeof(path), "%s/ours", dir);
	assert_int_equal(weir_dsse_signer_make(path, &ours), 0);
	(void)snprintf(path, sizeof(path), "%s/theirs", dir);
	assert_int_equal(weir_dsse_signer_make(path, &theirs), 0);
	scratch_remove(dir);
	assert_int_equal(weir_dsse_signer_public(ours, &pem), 0);
	assert_int_equal(weir_dsse_key_parse(pem.data, pem.len, raw, id), 0);
	assert_int_equal(weir_dsse_keys_new(&keys), 0);
	assert_int_equal(weir_dsse_keys_add(keys, raw), 0);
	make_log(rows);
	head = head_of(&rows[3]);
	assert_int_equal(weir_ledger_head_sign(&head, ours, &good), 0);
	assert_int_equal(weir_ledger_head_open(good.data, good.len, keys, &opened), 0);
	assert_memory_equal(&opened, &head, sizeof(head));
	assert_int_equal(weir_ledger_head_sign(&head, theirs, &bad), 0);
	assert_int_equal(weir_ledger_head_open(bad.data, bad.len, keys, &opened), -EKEYREJECTED);
	/* signed by us as something else, or as another length */
	assert_int_equal(weir_dsse_sign("application/x", &head, sizeof(head), ours, &other), 0);
	assert_int_equal(weir_ledger_head_open(other.data, other.len, keys, &opened), -EBADMSG);
	for (size_t i = 0; i < good.len; i++) {
		good.data[i] ^= 1;
		assert_true(weir_ledger_head_open(good.data, good.len, keys, &opened) < 0);
		good.data[i] ^= 1;
		assert_true(weir_ledger_head_open(good.data, i, keys, &opened) < 0);
	}
}

static void ledger__texts_are_bounded(void **state)
{
	static char text[WEIR_LEDGER_TEXT_MAX + 2];
	struct weir_ledger_entry entry = {.sequence = 1,
					  .actor_name = "",
					  .via = "",
					  .action = "",
					  .object = "",
					  .detail = text};
	const uint8_t before[WEIR_LEDGER_HASH_LEN] = {};
	uint8_t hash[WEIR_LEDGER_HASH_LEN];

	memset(text, 'x', WEIR_LEDGER_TEXT_MAX + 1);
	assert_int_equal(weir_ledger_hash(&entry, before, hash), -EINVAL);
	text[WEIR_LEDGER_TEXT_MAX] = '\0';
	assert_int_equal(weir_ledger_hash(&entry, before, hash), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ledger__a_whole_log_passes),
		cmocka_unit_test(ledger__the_form_is_fixed),
		cmocka_unit_test(ledger__no_field_changes_unseen),
		cmocka_unit_test(ledger__no_entry_goes_or_moves_unseen),
		cmocka_unit_test(ledger__heads_see_a_rewritten_log),
		cmocka_unit_test(ledger__a_cut_tail_is_seen),
		cmocka_unit_test(ledger__a_log_may_begin_behind_a_head),
		cmocka_unit_test(ledger__heads_do_not_contradict),
		cmocka_unit_test(ledger__heads_are_signed),
		cmocka_unit_test(ledger__texts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
