/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "place.h"
#include "weir/console_ingest/ingest.h"
#include "weir/proto/wire.h"

#define BIG (4 * 1024 * 1024)

struct answer {
	struct weir_ingest_reply reply;
	struct weir_wire *wire;
	const Weir__V1__BatchAck *ack; /* NULL: none */
};

static void answer_done(struct answer *answer)
{
	weir_wire_free(answer->wire);
	weir_buf_done(&answer->reply.ack);
}

static struct answer post_bytes(struct weir_store *store, const struct weir_buf *bytes,
				const char *type, const char *encoding)
{
	struct answer answer = {.reply.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	const struct weir_ingest_request request = {
		.content_type = type,
		.content_encoding = encoding,
		.body = bytes->data ? bytes->data : "",
		.len = bytes->len,
		.now_ns = FAKE_TIME,
	};

	weir_ingest_batch(store, &request, &answer.reply);
	if (answer.reply.code) {
		assert_int_equal(answer.reply.ack.len, 0);
		assert_non_null(answer.reply.message);
		assert_non_null(answer.reply.hint);
		return answer;
	}
	assert_int_equal(weir_wire_unpack(&weir__v1__batch_ack__descriptor, answer.reply.ack.data,
					  answer.reply.ack.len, &answer.wire),
			 0);
	answer.ack = weir_wire_message(answer.wire);
	return answer;
}

static struct answer post(struct weir_store *store, const struct fake_batch *batch)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BIG);

	fake_batch(batch, &bytes);
	return post_bytes(store, &bytes, "application/x-protobuf", NULL);
}

static int count_event(void *context, const struct weir_store_event *event)
{
	++*(unsigned *)context;
	return 0;
}

static unsigned count_events(struct weir_store *store)
{
	const struct weir_store_filter all = {.limit = 100000};
	unsigned n = 0;

	assert_int_equal(weir_store_list_events(store, &all, count_event, &n), 0);
	return n;
}

static void *place; /* of the test that runs */

static int setup(void **state)
{
	int r = place_open(&place, NULL);

	*state = place_store(&place);
	return r;
}

static int teardown(void **state)
{
	return place_close(&place);
}

static void ingest__acknowledges_what_is_committed(void **state)
{
	struct answer answer _cleanup_(answer_done) =
		post(*state, &(struct fake_batch){.agent = 1, .epoch = 9, .first = 1, .n = 20});

	assert_int_equal(answer.reply.status, 200);
	assert_int_equal(answer.ack->committed_sequence, 20);
	assert_int_equal(answer.ack->accepted_sequence, 20);
	assert_int_equal(answer.ack->n_rejects, 0);
	assert_int_equal(count_events(*state), 20);
}

static void ingest__takes_a_batch_again(void **state)
{
	const struct fake_batch batch = {.agent = 1, .epoch = 9, .first = 1, .n = 20};

	for (int i = 0; i < 3; i++) {
		struct answer answer _cleanup_(answer_done) = post(*state, &batch);

		assert_int_equal(answer.reply.status, 200);
		assert_int_equal(answer.ack->committed_sequence, 20);
	}
	assert_int_equal(count_events(*state), 20);
}

static void ingest__answers_a_gap_with_the_mark(void **state)
{
	struct answer first _cleanup_(answer_done) =
		post(*state, &(struct fake_batch){.agent = 1, .epoch = 9, .first = 1, .n = 5});
	struct answer gap _cleanup_(answer_done) =
		post(*state, &(struct fake_batch){.agent = 1, .epoch = 9, .first = 7, .n = 5});

	assert_int_equal(first.reply.status, 200);
	assert_int_equal(gap.reply.status, 409);
	assert_int_equal(gap.ack->committed_sequence, 5);
	assert_int_equal(gap.ack->accepted_sequence, 5);
	assert_int_equal(count_events(*state), 5);
}

static void ingest__rejects_one_malformed_event(void **state)
{
	struct weir_buf raw _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	const struct fake_batch batch = {.agent = 1, .epoch = 9, .first = 1, .n = 3, .raw = &raw};

	assert_int_equal(weir_buf_append(&raw, "\xff\xff\xff", 3), 0);
	for (int i = 0; i < 2; i++) {
		struct answer answer _cleanup_(answer_done) = post(*state, &batch);

		assert_int_equal(answer.reply.status, 200);
		assert_int_equal(answer.ack->committed_sequence, 3);
		assert_int_equal(answer.ack->n_rejects, 1);
		assert_int_equal(answer.ack->rejects[0]->index, 0);
		assert_int_equal(answer.ack->rejects[0]->code,
				 WEIR__V1__REJECT_CODE__REJECT_CODE_MALFORMED);
	}
	assert_int_equal(count_events(*state), 2);
}

/* The code that an event gets when it stands first in a batch with sequence 1; 0: taken. */
static int reject_code(struct weir_store *store, uint64_t epoch, const struct fake_event *event)
{
	struct weir_buf raw _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BIG);
	const struct fake_batch batch = {
		.agent = 1, .epoch = epoch, .first = 1, .n = 1, .raw = &raw};
	struct answer answer _cleanup_(answer_done) = {};

	fake_event(event, &raw);
	answer = post(store, &batch);
	assert_int_equal(answer.reply.status, 200);
	assert_int_equal(answer.ack->committed_sequence, 1);
	return answer.ack->n_rejects ? (int)answer.ack->rejects[0]->code : 0;
}

static void ingest__names_the_reason_of_a_reject(void **state)
{
	char name[300];

	memset(name, 'r', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(reject_code(*state, 1, &(struct fake_event){.sequence = 1}), 0);
	assert_int_equal(reject_code(*state, 2, &(struct fake_event){.sequence = 2}),
			 WEIR__V1__REJECT_CODE__REJECT_CODE_SEQUENCE);
	assert_int_equal(
		reject_code(*state, 3, &(struct fake_event){.sequence = 1, .padding = 65536}),
		WEIR__V1__REJECT_CODE__REJECT_CODE_TOO_LARGE);
	assert_int_equal(
		reject_code(*state, 4, &(struct fake_event){.sequence = 1, .padding = 60000}), 0);
	assert_int_equal(
		reject_code(*state, 5, &(struct fake_event){.sequence = 1, .time_ns = UINT64_MAX}),
		WEIR__V1__REJECT_CODE__REJECT_CODE_MALFORMED);
	assert_int_equal(reject_code(*state, 6, &(struct fake_event){.sequence = 1, .rule = name}),
			 WEIR__V1__REJECT_CODE__REJECT_CODE_MALFORMED);
	/* text that is not UTF-8 */
	assert_int_equal(
		reject_code(*state, 7, &(struct fake_event){.sequence = 1, .path = "/tmp/\xff"}),
		WEIR__V1__REJECT_CODE__REJECT_CODE_MALFORMED);
	/* a newer agent's channel is kept */
	assert_int_equal(reject_code(*state, 8, &(struct fake_event){.sequence = 1, .channel = 77}),
			 0);
}

static void ingest__checks_type_and_encoding(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BIG);
	static const struct {
		const char *type, *encoding;
		unsigned status;
	} cases[] = {
		{"application/x-protobuf", NULL, 200},
		{"Application/X-Protobuf; charset=x", "Identity", 200},
		{NULL, NULL, 415},
		{"", NULL, 415},
		{"application/json", NULL, 415},
		{"application/x-protobuffer", NULL, 415},
		{"application/x-protobuf", "gzip", 415},
		{"application/x-protobuf", "zstd", 415},
		{"application/x-protobuf", "identity, gzip", 415},
		{"application/x-protobuf", "", 415},
	};

	fake_batch(&(struct fake_batch){.agent = 1, .epoch = 9, .first = 1, .n = 1}, &bytes);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer _cleanup_(answer_done) =
			post_bytes(*state, &bytes, cases[i].type, cases[i].encoding);

		assert_int_equal(answer.reply.status, cases[i].status);
	}
}

static void ingest__refuses_what_is_no_batch(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BIG);
	struct answer answer _cleanup_(answer_done) = {};

	assert_int_equal(weir_buf_puts(&bytes, "not protobuf"), 0);
	answer = post_bytes(*state, &bytes, "application/x-protobuf", NULL);
	assert_int_equal(answer.reply.status, 400);
	assert_string_equal(answer.reply.code, "malformed");
}

static void ingest__checks_the_envelope(void **state)
{
	char host[300];
	const struct {
		struct fake_batch batch;
		unsigned status;
	} cases[] = {
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1, .uid_len = 15}, 400},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1, .uid_len = 17}, 400},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1, .schema = 2}, 400},
		{{.agent = 1, .epoch = 9, .first = 0, .n = 1}, 400},
		{{.agent = 1, .epoch = 9, .first = UINT64_MAX, .n = 1}, 400},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1, .host = host}, 400},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1, .host = "a\x1b[2Jb"}, 400},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1001}, 413},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1, .n_drops = 65}, 413},
		{{.agent = 1, .epoch = 9, .first = 1, .n = 1000}, 200},
		{{.agent = 1, .epoch = 9, .first = 0, .n = 0, .n_drops = 64}, 200},
	};

	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer _cleanup_(answer_done) = post(*state, &cases[i].batch);

		assert_int_equal(answer.reply.status, cases[i].status);
		assert_int_equal(count_events(*state), cases[i].status == 200 ? 1000 : 0);
	}
}

static void ingest__refuses_more_than_a_mebibyte(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BIG);
	const struct fake_event large = {.padding = 60000};
	struct answer answer _cleanup_(answer_done) = {};

	fake_batch(
		&(struct fake_batch){.agent = 1, .epoch = 9, .first = 1, .n = 17, .model = &large},
		&bytes);
	assert_true(bytes.len < WEIR_INGEST_BATCH_MAX);
	answer = post_bytes(*state, &bytes, "application/x-protobuf", NULL);
	assert_int_equal(answer.reply.status, 200);
	answer_done(&answer);
	assert_int_equal(weir_buf_reserve(&bytes, WEIR_INGEST_BATCH_MAX), 0);
	bytes.len = WEIR_INGEST_BATCH_MAX + 1;
	answer = post_bytes(*state, &bytes, "application/x-protobuf", NULL);
	assert_int_equal(answer.reply.status, 413);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ingest__acknowledges_what_is_committed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ingest__takes_a_batch_again, setup, teardown),
		cmocka_unit_test_setup_teardown(ingest__answers_a_gap_with_the_mark, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ingest__rejects_one_malformed_event, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ingest__names_the_reason_of_a_reject, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ingest__checks_type_and_encoding, setup, teardown),
		cmocka_unit_test_setup_teardown(ingest__refuses_what_is_no_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(ingest__checks_the_envelope, setup, teardown),
		cmocka_unit_test_setup_teardown(ingest__refuses_more_than_a_mebibyte, setup,
						teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
