/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "keys.h"
#include "scratch.h"
#include "weir/dsse/envelope.h"
#include "weir/proto/wire.h"
#include "weir/v1/envelope.pb-c.h"

#define TYPE "application/vnd.weir.test+protobuf"

static char dir[64], keys_dir[80], key_path[3][96];
static struct weir_dsse_signer *signer[3]; /* the last one is nobody's here */
static struct weir_dsse_keys *keys;

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(keys_dir, sizeof(keys_dir), "%s/keys", dir);
	assert_int_equal(mkdir(keys_dir, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(signer); i++) {
		char public_path[100];

		snprintf(key_path[i], sizeof(key_path[i]), "%s/key%zu", dir, i);
		snprintf(public_path, sizeof(public_path), "%s/%zu.pem", keys_dir, i);
		keys_make(key_path[i], i < 2 ? public_path : NULL);
		assert_int_equal(weir_dsse_signer_load(key_path[i], &signer[i]), 0);
	}
	assert_int_equal(weir_dsse_keys_load(keys_dir, &keys), 0);
	assert_int_equal(weir_dsse_keys_count(keys), 2);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(signer); i++)
		weir_dsse_signer_free(signer[i]);
	weir_dsse_keys_free(keys);
	scratch_remove(dir);
	return 0;
}

static struct weir_buf make(const char *payload, size_t first, size_t n)
{
	struct weir_buf buf = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);

	assert_int_equal(weir_dsse_sign(TYPE, payload, strlen(payload), signer[first], &buf), 0);
	for (size_t i = 1; i < n; i++) {
		struct weir_buf more = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
		struct weir_dsse *envelope;

		assert_int_equal(weir_dsse_peek(buf.data, buf.len, TYPE, &envelope), 0);
		assert_int_equal(weir_dsse_cosign(envelope, signer[first + i], &more), 0);
		weir_dsse_free(envelope);
		weir_buf_done(&buf);
		buf = more;
	}
	return buf;
}

static int try_open(const struct weir_buf *buf, unsigned threshold)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;

	return weir_dsse_open(buf->data, buf->len, TYPE, keys, threshold, &envelope);
}

/* The example of the specification. */
static void pae__is_that_of_the_specification(void **state)
{
	static const char expected[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
	struct weir_buf pae _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100);

	assert_int_equal(weir_dsse_pae("http://example.com/HelloWorld", "hello world", 11, &pae),
			 0);
	assert_int_equal(pae.len, strlen(expected));
	assert_memory_equal(pae.data, expected, pae.len);
	pae.max = pae.len + 20;
	assert_int_equal(weir_dsse_pae("type", "xxxxxxxxxxxxxxxxxxx", 19, &pae), -ENOBUFS);
	assert_int_equal(pae.len, strlen(expected));
}

/* RFC 8032, 7.1, test 1: what is signed is the encoding above and nothing else. */
static void sign__signature_is_ed25519_over_the_pae(void **state)
{
	static const char covered[] = "DSSEv1 34 " TYPE " 5 hello";
	static const char pem[] =
		"-----BEGIN PRIVATE KEY-----\n"
		"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
		"-----END PRIVATE KEY-----\n";
	static const uint8_t public_key[32] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7,
					       0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
					       0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
					       0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1000);
	struct weir_dsse_signer *known;
	struct weir_wire *wire;
	const Weir__V1__Envelope *message;
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/rfc", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fputs(pem, file);
	fclose(file);
	assert_int_equal(weir_dsse_signer_load(path, &known), 0);
	assert_string_equal(weir_dsse_signer_id(known),
			    "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9");
	assert_int_equal(weir_dsse_sign(TYPE, "hello", 5, known, &buf), 0);
	assert_int_equal(
		weir_wire_unpack(&weir__v1__envelope__descriptor, buf.data, buf.len, &wire), 0);
	message = weir_wire_message(wire);
	assert_string_equal(message->payload_type, TYPE);
	assert_int_equal(message->payload.len, 5);
	assert_memory_equal(message->payload.data, "hello", 5);
	assert_int_equal(message->n_signatures, 1);
	assert_string_equal(message->signatures[0]->keyid, weir_dsse_signer_id(known));
	assert_int_equal(message->signatures[0]->sig.len, 64);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(context, message->signatures[0]->sig.data, 64,
					  (const uint8_t *)covered, strlen(covered)),
			 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	weir_wire_free(wire);
	weir_dsse_signer_free(known);
}

static void open__needs_as_many_different_keys(void **state)
{
	struct weir_buf one = make("text", 0, 1), two = make("text", 0, 2),
			half = make("text", 1, 2);
	struct weir_dsse *envelope;
	uint32_t vouched;
	size_t len;

	assert_int_equal(try_open(&one, 1), 0);
	assert_int_equal(try_open(&one, 2), -EKEYREJECTED);
	assert_int_equal(try_open(&one, 0), -EINVAL);
	assert_int_equal(try_open(&half, 2), -EKEYREJECTED); /* the other one is not ours */
	assert_int_equal(try_open(&half, 1), 0);
	assert_int_equal(try_open(&two, 3), -EKEYREJECTED);
	assert_int_equal(weir_dsse_open(two.data, two.len, TYPE, keys, 2, &envelope), 0);
	assert_memory_equal(weir_dsse_payload(envelope, &len), "text", 4);
	assert_int_equal(len, 4);
	assert_int_equal(weir_dsse_vouched(envelope, keys, &vouched), 0);
	assert_int_equal(vouched, 3);
	assert_int_equal(weir_dsse_signatures(envelope), 2);
	assert_string_equal(weir_dsse_signature_id(envelope, 0), weir_dsse_signer_id(signer[0]));
	assert_string_equal(weir_dsse_signature_id(envelope, 1), weir_dsse_signer_id(signer[1]));
	assert_null(weir_dsse_signature_id(envelope, 2));
	weir_dsse_free(envelope);
	weir_buf_done(&one);
	weir_buf_done(&two);
	weir_buf_done(&half);
}

/* One person with one key is one, however often. */
static void cosign__no_key_signs_twice(void **state)
{
	struct weir_buf one = make("text", 0, 1), more = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	Weir__V1__Envelope twice = WEIR__V1__ENVELOPE__INIT;
	Weir__V1__EnvelopeSignature *signatures[2];
	const Weir__V1__Envelope *message;
	struct weir_dsse *envelope;
	struct weir_wire *wire;

	assert_int_equal(weir_dsse_peek(one.data, one.len, TYPE, &envelope), 0);
	assert_int_equal(weir_dsse_cosign(envelope, signer[0], &more), -EEXIST);
	assert_int_equal(more.len, 0);
	weir_dsse_free(envelope);
	assert_int_equal(
		weir_wire_unpack(&weir__v1__envelope__descriptor, one.data, one.len, &wire), 0);
	message = weir_wire_message(wire);
	twice.payload = message->payload;
	twice.payload_type = message->payload_type;
	twice.n_signatures = 2;
	twice.signatures = signatures;
	signatures[0] = signatures[1] = message->signatures[0];
	assert_int_equal(weir_wire_pack(&twice.base, &more), 0);
	assert_int_equal(try_open(&more, 1), -EBADMSG);
	assert_int_equal(try_open(&more, 2), -EBADMSG);
	weir_wire_free(wire);
	weir_buf_done(&one);
	weir_buf_done(&more);
}

/* The same key under two names in the folder is one key. */
static void keys__distinct_whatever_their_files_names(void **state)
{
	struct weir_dsse_keys *again;
	char from[100], to[100];

	snprintf(from, sizeof(from), "%s/0.pem", keys_dir);
	snprintf(to, sizeof(to), "%s/copy.pem", keys_dir);
	assert_int_equal(link(from, to), 0);
	assert_int_equal(weir_dsse_keys_load(keys_dir, &again), 0);
	assert_int_equal(weir_dsse_keys_count(again), 2);
	assert_int_equal(unlink(to), 0);
	weir_dsse_keys_free(again);
}

/* Every bit of it counts, and every length. */
static void open__altered_is_refused(void **state)
{
	struct weir_buf buf = make("a payload", 0, 2);
	const size_t len = buf.len;

	for (size_t i = 0; i < len * 8; i++) {
		int r;

		buf.data[i / 8] ^= (char)(1 << i % 8);
		r = try_open(&buf, 2);
		assert_true(r == -EKEYREJECTED || r == -EBADMSG || r == -E2BIG);
		buf.data[i / 8] ^= (char)(1 << i % 8);
	}
	for (buf.len = 0; buf.len < len; buf.len++)
		assert_true(try_open(&buf, 2) < 0);
	assert_int_equal(try_open(&buf, 2), 0);
	weir_buf_done(&buf);
}

/* A signature of a stranger hurts nobody; a false one in the name of a key of ours does. */
static void open__false_signature_in_our_name(void **state)
{
	struct weir_buf ours = make("text", 0, 2), other = make("another", 1, 1);
	struct weir_buf mixed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_wire *wire, *wire_other;
	Weir__V1__Envelope *message;

	assert_int_equal(
		weir_wire_unpack(&weir__v1__envelope__descriptor, ours.data, ours.len, &wire), 0);
	assert_int_equal(weir_wire_unpack(&weir__v1__envelope__descriptor, other.data, other.len,
					  &wire_other),
			 0);
	message = (Weir__V1__Envelope *)weir_wire_message(wire);
	message->signatures[1] =
		((const Weir__V1__Envelope *)weir_wire_message(wire_other))->signatures[0];
	assert_int_equal(weir_wire_pack(&message->base, &mixed), 0);
	assert_int_equal(try_open(&mixed, 1), -EKEYREJECTED);
	weir_wire_free(wire);
	weir_wire_free(wire_other);
	weir_buf_done(&ours);
	weir_buf_done(&other);
}

static void open__of_another_type_is_refused(void **state)
{
	struct weir_buf buf = make("text", 0, 2);
	struct weir_dsse *envelope = NULL;

	assert_int_equal(weir_dsse_open(buf.data, buf.len, "application/other", keys, 2, &envelope),
			 -EBADMSG);
	assert_null(envelope);
	weir_buf_done(&buf);
}

static void sign__out_of_bounds(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	char type[WEIR_DSSE_TYPE_MAX + 2];
	char *large _cleanup_(freep) = calloc(1, WEIR_DSSE_BYTES_MAX);

	memset(type, 'x', sizeof(type) - 1);
	type[sizeof(type) - 1] = '\0';
	assert_non_null(large);
	assert_int_equal(weir_dsse_sign("", "x", 1, signer[0], &buf), -EINVAL);
	assert_int_equal(weir_dsse_sign(type, "x", 1, signer[0], &buf), -EINVAL);
	assert_int_equal(weir_dsse_sign(TYPE, "", 0, signer[0], &buf), -EINVAL);
	assert_int_equal(weir_dsse_sign(TYPE, large, WEIR_DSSE_BYTES_MAX, signer[0], &buf),
			 -ENOBUFS);
	assert_int_equal(buf.len, 0);
	assert_int_equal(weir_dsse_sign(TYPE, large, WEIR_DSSE_BYTES_MAX - 1000, signer[0], &buf),
			 0);
	assert_int_equal(try_open(&buf, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pae__is_that_of_the_specification),
		cmocka_unit_test(sign__signature_is_ed25519_over_the_pae),
		cmocka_unit_test(open__needs_as_many_different_keys),
		cmocka_unit_test(cosign__no_key_signs_twice),
		cmocka_unit_test(keys__distinct_whatever_their_files_names),
		cmocka_unit_test(open__altered_is_refused),
		cmocka_unit_test(open__false_signature_in_our_name),
		cmocka_unit_test(open__of_another_type_is_refused),
		cmocka_unit_test(sign__out_of_bounds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
