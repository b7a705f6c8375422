/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/evidence/record.h"
#include "weir/v1/evidence.pb-c.h"

#define BYTES WEIR_BUF_INIT(WEIR_WIRE_BYTES_MAX)

static struct weir_evidence sample(void)
{
	return (struct weir_evidence){
		.agent_uid = {1, 2, 3},
		.time_ns = UINT64_C(1795000000000000000),
		.rule = "stick-bulk-identity",
		.name = "/home/li/客户\n.csv",
		.size = 4000,
		.pieces = {{0, "first", 5, NULL}, {100, "\0\xff", 2, NULL}, {3999, "z", 1, NULL}},
		.n_pieces = 3,
	};
}

static void record__comes_back_as_it_was(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_wipe) = BYTES;
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	const struct weir_evidence made = sample();
	struct weir_evidence read;

	assert_int_equal(weir_evidence_encode(&made, &bytes), 0);
	assert_int_equal(weir_evidence_decode(bytes.data, bytes.len, &wire, &read), 0);
	assert_memory_equal(read.agent_uid, made.agent_uid, WEIR_UID_LEN);
	assert_int_equal(read.time_ns, made.time_ns);
	assert_string_equal(read.rule, made.rule);
	assert_string_equal(read.name, made.name);
	assert_int_equal(read.size, made.size);
	assert_int_equal(read.n_pieces, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(read.pieces[i].offset, made.pieces[i].offset);
		assert_int_equal(read.pieces[i].len, made.pieces[i].len);
		assert_memory_equal(read.pieces[i].data, made.pieces[i].data, made.pieces[i].len);
	}
}

static int encode(const struct weir_evidence *evidence)
{
	struct weir_buf bytes _cleanup_(weir_buf_wipe) = BYTES;
	int r = weir_evidence_encode(evidence, &bytes);

	assert_true(r == 0 || bytes.len == 0);
	return r;
}

static void record__has_bounds(void **state)
{
	static char text[WEIR_EVIDENCE_TEXT_MAX + 2], large[WEIR_WIRE_BYTES_MAX];
	struct weir_evidence evidence = sample();

	memset(text, 'x', WEIR_EVIDENCE_TEXT_MAX + 1);
	evidence.name = text;
	assert_int_equal(encode(&evidence), -EINVAL);
	text[WEIR_EVIDENCE_TEXT_MAX] = '\0';
	assert_int_equal(encode(&evidence), 0);
	evidence.rule = "\xff";
	assert_int_equal(encode(&evidence), -EINVAL);
	evidence = sample();
	evidence.n_pieces = 0;
	assert_int_equal(encode(&evidence), -EINVAL);
	evidence.n_pieces = WEIR_EVIDENCE_PIECES_MAX + 1;
	assert_int_equal(encode(&evidence), -EINVAL);
	evidence = sample();
	evidence.size = 0;
	evidence.pieces[2] = (struct weir_evidence_piece){200, large, sizeof(large), ""};
	assert_int_equal(encode(&evidence), -ENOBUFS);
}

static void record__pieces_lie_in_parts(void **state)
{
	static const char deep[] = "a.zip/客户.csv";
	struct weir_buf bytes _cleanup_(weir_buf_wipe) = BYTES;
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_evidence evidence = sample(), read;

	/* Each part has offsets of its own, and what was unpacked may be longer than the content. */
	evidence.pieces[1] = (struct weir_evidence_piece){0, "inner", 5, deep};
	evidence.pieces[2] = (struct weir_evidence_piece){9000, "z", 1, deep};
	assert_int_equal(weir_evidence_encode(&evidence, &bytes), 0);
	assert_int_equal(weir_evidence_decode(bytes.data, bytes.len, &wire, &read), 0);
	assert_string_equal(read.pieces[0].part, "");
	assert_string_equal(read.pieces[1].part, deep);
	assert_int_equal(read.pieces[2].offset, 9000);
	evidence.pieces[2].offset = 4;
	assert_int_equal(encode(&evidence), -EINVAL);
	evidence.pieces[2] = (struct weir_evidence_piece){4000, "z", 1, ""};
	assert_int_equal(encode(&evidence), -EINVAL);
	evidence.pieces[2] = (struct weir_evidence_piece){4, "z", 1, "\xff"};
	assert_int_equal(encode(&evidence), -EINVAL);
}

static void record__pieces_are_in_order(void **state)
{
	struct weir_evidence evidence = sample();

	evidence.pieces[1].offset = 4;
	assert_int_equal(encode(&evidence), -EINVAL); /* overlap */
	evidence.pieces[1].offset = 5;
	assert_int_equal(encode(&evidence), 0); /* touch */
	evidence.pieces[2].len = 0;
	assert_int_equal(encode(&evidence), -EINVAL);
	evidence = sample();
	evidence.size = 3999;
	assert_int_equal(encode(&evidence), -EINVAL); /* beyond the content */
	evidence.size = 0;
	evidence.pieces[2].offset = UINT64_MAX;
	assert_int_equal(encode(&evidence), -EINVAL);
}

static int decode(const Weir__V1__Evidence *message)
{
	struct weir_buf bytes _cleanup_(weir_buf_wipe) = BYTES;
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_evidence evidence;
	int r;

	assert_int_equal(weir_wire_pack(&message->base, &bytes), 0);
	r = weir_evidence_decode(bytes.data, bytes.len, &wire, &evidence);
	assert_true(r == 0 || !wire);
	return r;
}

static void record__of_others_is_checked(void **state)
{
	static uint8_t uid[17] = {1}, content[] = "content";
	Weir__V1__EvidencePiece piece = WEIR__V1__EVIDENCE_PIECE__INIT;
	Weir__V1__EvidencePiece *pieces[WEIR_EVIDENCE_PIECES_MAX + 1];
	Weir__V1__Evidence message = WEIR__V1__EVIDENCE__INIT;

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		pieces[i] = &piece;
	piece.content = (ProtobufCBinaryData){7, content};
	message.schema = 1;
	message.agent_uid = (ProtobufCBinaryData){16, uid};
	message.pieces = pieces;
	message.n_pieces = 1;
	assert_int_equal(decode(&message), 0);
	message.n_pieces = 2;
	assert_int_equal(decode(&message), -EBADMSG); /* the same place twice */
	message.n_pieces = ARRAY_SIZE(pieces);
	assert_int_equal(decode(&message), -EBADMSG);
	message.n_pieces = 0;
	assert_int_equal(decode(&message), -EBADMSG);
	message.n_pieces = 1;
	message.agent_uid.len = 17;
	assert_int_equal(decode(&message), -EBADMSG);
	message.agent_uid.len = 0;
	assert_int_equal(decode(&message), -EBADMSG);
	message.agent_uid.len = 16;
	message.schema = 2;
	assert_int_equal(decode(&message), -EBADMSG);
	message.schema = 1;
	piece.content.len = 0;
	assert_int_equal(decode(&message), -EBADMSG);
}

static void record__has_no_unknown_fields(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_wipe) = BYTES;
	struct weir_wire *wire = NULL;
	const struct weir_evidence made = sample();
	struct weir_evidence read;

	assert_int_equal(weir_evidence_encode(&made, &bytes), 0);
	assert_int_equal(weir_buf_append(&bytes, "\x78\x01", 2), 0); /* field 15 */
	assert_int_equal(weir_evidence_decode(bytes.data, bytes.len, &wire, &read), -EBADMSG);
	assert_int_equal(weir_evidence_decode(bytes.data, bytes.len - 3, &wire, &read), -EBADMSG);
	assert_int_equal(weir_evidence_decode(NULL, 0, &wire, &read), -EBADMSG);
	assert_null(wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record__comes_back_as_it_was),
		cmocka_unit_test(record__has_bounds),
		cmocka_unit_test(record__pieces_lie_in_parts),
		cmocka_unit_test(record__pieces_are_in_order),
		cmocka_unit_test(record__of_others_is_checked),
		cmocka_unit_test(record__has_no_unknown_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
