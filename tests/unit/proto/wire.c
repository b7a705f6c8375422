/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define EVENT (&weir__v1__event__descriptor)
#define BATCH (&weir__v1__event_batch__descriptor)
#define ACK   (&weir__v1__batch_ack__descriptor)

static int check(const ProtobufCMessageDescriptor *type, const char *bytes, size_t len)
{
	struct weir_wire *wire = NULL;
	int r = weir_wire_check(type, bytes, len);
	int s = weir_wire_unpack(type, bytes, len, &wire);

	if (r < 0) {
		assert_int_equal(s, r);
		assert_null(wire);
	}
	weir_wire_free(wire);
	return r;
}

#define CHECK(type, literal) check(type, literal, sizeof(literal) - 1)

static void wire__round_trip(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;
	Weir__V1__Process process = WEIR__V1__PROCESS__INIT;
	const Weir__V1__Event *back;

	event.sequence = UINT64_MAX;
	event.rule = "规则-1";
	event.process = &process;
	process.pid = 7;
	assert_int_equal(weir_wire_pack(&event.base, &buf), 0);
	assert_int_equal(weir_wire_unpack(EVENT, buf.data, buf.len, &wire), 0);
	memset(buf.data, 0xff, buf.len); /* nothing refers to the bytes */
	back = weir_wire_message(wire);
	assert_true(back->sequence == UINT64_MAX);
	assert_string_equal(back->rule, "规则-1");
	assert_int_equal(back->process->pid, 7);
	assert_null(back->file);
}

static void wire__empty_is_a_message(void **state)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;

	assert_int_equal(weir_wire_unpack(EVENT, NULL, 0, &wire), 0);
	assert_string_equal(((const Weir__V1__Event *)weir_wire_message(wire))->rule, "");
}

static void wire__refuses_malformed(void **state)
{
	assert_int_equal(CHECK(EVENT, "\x08\x01"), 0);
	assert_int_equal(CHECK(EVENT, "\x08"), -EBADMSG);	  /* no value */
	assert_int_equal(CHECK(EVENT, "\x08\x80"), -EBADMSG);	  /* varint cut off */
	assert_int_equal(CHECK(EVENT, "\x00\x01"), -EBADMSG);	  /* field 0 */
	assert_int_equal(CHECK(EVENT, "\x0b\x0c"), -EBADMSG);	  /* a group */
	assert_int_equal(CHECK(EVENT, "\x0f"), -EBADMSG);	  /* wire type 7 */
	assert_int_equal(CHECK(EVENT, "\x32\x05rule"), -EBADMSG); /* length beyond the end */
	assert_int_equal(CHECK(EVENT, "\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EBADMSG);
	assert_int_equal(CHECK(EVENT, "\x0a\x01x"), -EBADMSG);	      /* sequence as bytes */
	assert_int_equal(CHECK(EVENT, "\x32\x02\xc3\x28"), -EBADMSG); /* not UTF-8 */
	assert_int_equal(CHECK(EVENT, "\x32\x03"
				      "a\0b"),
			 -EBADMSG); /* NUL within */
	assert_int_equal(CHECK(EVENT, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), -EBADMSG);
	assert_int_equal(CHECK(EVENT, "\x6a\x02\x08\x80"), -EBADMSG); /* within a nested one */
}

static void wire__passes_unknown_fields(void **state)
{
	assert_int_equal(CHECK(EVENT, "\xf8\x3f\x07\xfa\x3f\x02\xff\xff"), 0);
	/* ... but not endless ones */
	assert_int_equal(CHECK(EVENT, "\xff\xff\xff\xff\x7f\x01"), -EBADMSG);
}

/* Every repetition costs two bytes here and much more there. */
static void wire__bounds_memory_and_count(void **state)
{
	size_t len = WEIR_WIRE_BYTES_MAX + 1;
	char *bytes _cleanup_(freep) = calloc(1, len);
	struct weir_wire *wire = NULL;

	for (size_t i = 0; i + 1 < len; i += 2)
		bytes[i] = 0x22; /* rejects, empty */
	assert_int_equal(weir_wire_check(ACK, bytes, len), -E2BIG);
	assert_int_equal(weir_wire_check(ACK, bytes, WEIR_WIRE_BYTES_MAX), -E2BIG);
	assert_int_equal(weir_wire_check(ACK, bytes, 2 * WEIR_WIRE_FIELDS_MAX), 0);
	assert_int_equal(weir_wire_unpack(ACK, bytes, 2 * WEIR_WIRE_FIELDS_MAX, &wire), -E2BIG);
	assert_null(wire);
}

/* A full batch of the usual size fits the arena. */
static void wire__takes_full_batch(void **state)
{
	static uint8_t event[400];
	static ProtobufCBinaryData events[1000];
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_WIRE_BYTES_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	Weir__V1__EventBatch batch = WEIR__V1__EVENT_BATCH__INIT;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		events[i] = (ProtobufCBinaryData){sizeof(event), event};
	batch.n_events = ARRAY_SIZE(events);
	batch.events = events;
	assert_int_equal(weir_wire_pack(&batch.base, &buf), 0);
	assert_int_equal(weir_wire_unpack(BATCH, buf.data, buf.len, &wire), 0);
	assert_int_equal(((const Weir__V1__EventBatch *)weir_wire_message(wire))->n_events, 1000);
}

/* Many small parts in few bytes: as much as the console takes in one event. */
static void wire__takes_crowded_event(void **state)
{
	static Weir__V1__Finding finding = WEIR__V1__FINDING__INIT;
	static Weir__V1__DetectorCount count = WEIR__V1__DETECTOR_COUNT__INIT;
	Weir__V1__Finding *findings[32];
	Weir__V1__DetectorCount *counts[64];
	char *classes[64];
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;

	for (size_t i = 0; i < 64; i++) {
		findings[i % 32] = &finding;
		counts[i] = &count;
		classes[i] = (char *)"";
	}
	event.n_findings = ARRAY_SIZE(findings);
	event.findings = findings;
	event.n_counts = ARRAY_SIZE(counts);
	event.counts = counts;
	event.n_classes = ARRAY_SIZE(classes);
	event.classes = classes;
	assert_int_equal(weir_wire_pack(&event.base, &buf), 0);
	assert_true(buf.len < 500);
	assert_int_equal(weir_wire_unpack(EVENT, buf.data, buf.len, &wire), 0);
	assert_int_equal(((const Weir__V1__Event *)weir_wire_message(wire))->n_findings, 32);
}

static void wire__pack_honours_the_maximum(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4);
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;

	event.rule = "longer than four";
	assert_int_equal(weir_wire_pack(&event.base, &buf), -ENOBUFS);
	assert_int_equal(buf.len, 0);
}

/* No prefix of a message crashes, and none is half understood. */
static void wire__every_prefix(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;
	Weir__V1__File file = WEIR__V1__FILE__INIT;
	char *classes[] = {"a", "b"};

	event.sequence = 300;
	event.file = &file;
	file.path = "/x/y";
	event.n_classes = 2;
	event.classes = classes;
	assert_int_equal(weir_wire_pack(&event.base, &buf), 0);
	for (size_t len = 0; len <= buf.len; len++) {
		char *copy _cleanup_(freep) = malloc(len ? len : 1);

		memcpy(copy, buf.data, len);
		(void)check(EVENT, copy, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire__round_trip),
		cmocka_unit_test(wire__empty_is_a_message),
		cmocka_unit_test(wire__refuses_malformed),
		cmocka_unit_test(wire__passes_unknown_fields),
		cmocka_unit_test(wire__bounds_memory_and_count),
		cmocka_unit_test(wire__takes_full_batch),
		cmocka_unit_test(wire__takes_crowded_event),
		cmocka_unit_test(wire__pack_honours_the_maximum),
		cmocka_unit_test(wire__every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
