/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "issuer.h"
#include "weir/console_oidc/token.h"

#define ISSUER	  "https://idp.example/realm"
#define CLIENT	  "weir"
#define NONCE	  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define NOW	  1800000000
#define ES256	  "{\"alg\":\"ES256\",\"kid\":\"one\",\"typ\":\"JWT\"}"
#define RS256	  "{\"alg\":\"RS256\",\"kid\":\"two\"}"
#define CLAIM(c)  "\"" c "\":"
#define ISS	  CLAIM("iss") "\"" ISSUER "\""
#define AUD	  CLAIM("aud") "\"" CLIENT "\""
#define NON	  CLAIM("nonce") "\"" NONCE "\""
#define SUB	  CLAIM("sub") "\"u-17\""
#define EXP	  CLAIM("exp") "1800000300"
#define IAT	  CLAIM("iat") "1800000000"
#define GOOD	  "{" ISS "," AUD "," NON "," SUB "," EXP "," IAT "}"
#define WITH(...) "{" ISS "," AUD "," NON "," SUB "," EXP "," IAT "," __VA_ARGS__ "}"

struct fixture {
	EVP_PKEY *ec, *rsa, *other;
	struct weir_oidc_keys *keys; /* "one": ec, "two": rsa */
};

static const struct weir_oidc_expected expected = {
	.issuer = ISSUER, .client_id = CLIENT, .nonce = NONCE, .now_s = NOW};

static struct weir_oidc_keys *parse(const struct weir_buf *json)
{
	struct weir_oidc_keys *keys = NULL;

	assert_int_equal(weir_oidc_keys_parse(json->data, json->len, &keys), 0);
	assert_non_null(keys);
	return keys;
}

/* {"keys":[a, b]} */
static struct weir_oidc_keys *key_set(EVP_PKEY *a, const char *more_a, EVP_PKEY *b,
				      const char *more_b)
{
	struct weir_buf json _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);

	assert_int_equal(weir_buf_puts(&json, "{\"keys\":["), 0);
	issuer_jwk(a, more_a, &json);
	if (b) {
		assert_int_equal(weir_buf_puts(&json, ","), 0);
		issuer_jwk(b, more_b, &json);
	}
	assert_int_equal(weir_buf_puts(&json, "]}"), 0);
	return parse(&json);
}

static int setup(void **state)
{
	static struct fixture f;

	f.ec = issuer_key("P-256");
	f.other = issuer_key("P-256");
	f.rsa = issuer_key("2048");
	f.keys = key_set(f.ec, "\"kid\":\"one\",\"use\":\"sig\",\"alg\":\"ES256\"", f.rsa,
			 "\"kid\":\"two\"");
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_oidc_keys_free(f->keys);
	EVP_PKEY_free(f->ec);
	EVP_PKEY_free(f->rsa);
	EVP_PKEY_free(f->other);
	return 0;
}

static int verify(const struct weir_oidc_keys *keys, const char *token, size_t len,
		  const char **ret_why)
{
	struct weir_oidc_token *made = NULL;
	int r;

	*ret_why = "";
	r = weir_oidc_verify(keys, token, len, &expected, &made, ret_why);
	assert_true((r == 0) == (made != NULL));
	assert_true((r == 0) == (**ret_why == '\0'));
	weir_oidc_token_free(made);
	return r;
}

static void expect(const struct weir_oidc_keys *keys, EVP_PKEY *key, const char *header,
		   const char *claims, int result, const char *why)
{
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	const char *said;
	int r;

	issuer_token(key, header, claims, &token);
	r = verify(keys, token.data, token.len, &said);
	if (r != result || strcmp(said, why) != 0)
		fail_msg("%s %s: %d \"%s\", not %d \"%s\"", header, claims, r, said, result, why);
}

static void verify__takes_what_is_right(void **state)
{
	const struct fixture *f = *state;

	expect(f->keys, f->ec, ES256, GOOD, 0, "");
	expect(f->keys, f->rsa, RS256, GOOD, 0, "");
	/* the only key of its kind needs no name */
	expect(f->keys, f->ec, "{\"alg\":\"ES256\"}", GOOD, 0, "");
	expect(f->keys, f->ec, ES256, WITH(CLAIM("azp") "\"weir\""), 0, "");
	expect(f->keys, f->ec, ES256,
	       "{" ISS ",\"aud\":[\"weir\"]," NON "," SUB "," EXP "," IAT "}", 0, "");
	/* clocks differ by a minute, either way, and have fractions */
	expect(f->keys, f->ec, ES256,
	       "{" ISS "," AUD "," NON "," SUB ",\"exp\":1799999941,\"iat\":1799999400}", 0, "");
	expect(f->keys, f->ec, ES256,
	       "{" ISS "," AUD "," NON "," SUB "," EXP ",\"iat\":1800000060,\"nbf\":1800000059.5}",
	       0, "");
}

static void verify__gives_claims(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	struct weir_oidc_token *made _cleanup_(weir_oidc_token_freep) = NULL;
	const char *why;

	issuer_token(f->ec, ES256,
		     WITH("\"name\":\"\xe6\x9d\x8e\xe5\xa8\x9c\",\"groups\":[\"a\",7,\"b c\"],"
			  "\"role\":\"x\",\"n\":3"),
		     &token);
	assert_int_equal(weir_oidc_verify(f->keys, token.data, token.len, &expected, &made, &why),
			 0);
	assert_string_equal(weir_oidc_token_subject(made), "u-17");
	assert_string_equal(weir_oidc_token_text(made, "name"), "\xe6\x9d\x8e\xe5\xa8\x9c");
	assert_string_equal(weir_oidc_token_text(made, "n"), "");
	assert_string_equal(weir_oidc_token_text(made, "nothing"), "");
	assert_true(weir_oidc_token_has(made, "groups", "a"));
	assert_true(weir_oidc_token_has(made, "groups", "b c"));
	assert_false(weir_oidc_token_has(made, "groups", "b"));
	assert_false(weir_oidc_token_has(made, "groups", "7"));
	assert_true(weir_oidc_token_has(made, "role", "x"));
	assert_false(weir_oidc_token_has(made, "role", "y"));
	assert_false(weir_oidc_token_has(made, "nothing", "a"));
}

static void verify__refuses_claims(void **state)
{
	static const struct {
		const char *claims, *why;
	} cases[] = {
		{"{" AUD "," NON "," SUB "," EXP "," IAT "}", "issuer"},
		{"{\"iss\":\"https://idp.example\"," AUD "," NON "," SUB "," EXP "," IAT "}",
		 "issuer"},
		{"{\"iss\":[\"" ISSUER "\"]," AUD "," NON "," SUB "," EXP "," IAT "}", "issuer"},
		{"{\"iss\":\"" ISSUER "\\u0000\"," AUD "," NON "," SUB "," EXP "," IAT "}",
		 "claims"},
		{"{" ISS "," NON "," SUB "," EXP "," IAT "}", "audience"},
		{"{" ISS ",\"aud\":\"other\"," NON "," SUB "," EXP "," IAT "}", "audience"},
		{"{" ISS ",\"aud\":[]," NON "," SUB "," EXP "," IAT "}", "audience"},
		{"{" ISS ",\"aud\":[\"weir\",\"other\"]," NON "," SUB "," EXP "," IAT "}",
		 "audience"},
		{"{" ISS ",\"aud\":[[\"weir\"]]," NON "," SUB "," EXP "," IAT "}", "audience"},
		{WITH("\"azp\":\"other\""), "audience"},
		{WITH("\"azp\":1"), "audience"},
		{"{" ISS "," AUD "," SUB "," EXP "," IAT "}", "nonce"},
		{"{" ISS "," AUD ",\"nonce\":\"\"," SUB "," EXP "," IAT "}", "nonce"},
		{"{" ISS "," AUD ",\"nonce\":\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFX\"," SUB
		 "," EXP "," IAT "}",
		 "nonce"},
		{"{" ISS "," AUD "," NON "," EXP "," IAT "}", "subject"},
		{"{" ISS "," AUD "," NON ",\"sub\":\"\"," EXP "," IAT "}", "subject"},
		{"{" ISS "," AUD "," NON ",\"sub\":17," EXP "," IAT "}", "subject"},
		{"{" ISS "," AUD "," NON "," SUB "," IAT "}", "expired"},
		{"{" ISS "," AUD "," NON "," SUB ",\"exp\":\"1800000300\"," IAT "}", "expired"},
		{"{" ISS "," AUD "," NON "," SUB ",\"exp\":1799999940," IAT "}", "expired"},
		{"{" ISS "," AUD "," NON "," SUB ",\"exp\":-1," IAT "}", "expired"},
		{"{" ISS "," AUD "," NON "," SUB "," EXP "}", "time"},
		{WITH("\"nbf\":\"now\""), "time"},
		{WITH("\"nbf\":1800000061"), "early"},
		{"{" ISS "," AUD "," NON "," SUB "," EXP ",\"iat\":1800000061}", "early"},
		{"{" ISS "," AUD "," NON "," SUB "," EXP ",\"iat\":1799999399}", "stale"},
		{WITH(SUB), "claims"}, /* a member twice: two readers could differ */
		{"[]", "claims"},
		{"7", "claims"},
		{"{", "claims"},
		{GOOD "x", "claims"},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(f->keys, f->ec, ES256, cases[i].claims, -EACCES, cases[i].why);
}

static void verify__refuses_a_long_subject(void **state)
{
	const struct fixture *f = *state;
	char claims[1024], subject[258];

	memset(subject, 'x', sizeof(subject));
	subject[WEIR_OIDC_TEXT_MAX + 1] = '\0';
	(void)snprintf(claims, sizeof(claims),
		       "{" ISS "," AUD "," NON ",\"sub\":\"%s\"," EXP "," IAT "}", subject);
	expect(f->keys, f->ec, ES256, claims, -EACCES, "subject");
	subject[WEIR_OIDC_TEXT_MAX] = '\0';
	(void)snprintf(claims, sizeof(claims),
		       "{" ISS "," AUD "," NON ",\"sub\":\"%s\"," EXP "," IAT "}", subject);
	expect(f->keys, f->ec, ES256, claims, 0, "");
}

static void verify__refuses_headers(void **state)
{
	static const struct {
		const char *header;
		int result;
		const char *why;
	} cases[] = {
		{"{}", -EACCES, "algorithm"},
		{"{\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"none\",\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"None\",\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"HS256\",\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"ES384\",\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"PS256\",\"kid\":\"two\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"es256\",\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":[\"ES256\"],\"kid\":\"one\"}", -EACCES, "algorithm"},
		{"{\"alg\":\"ES256\",\"kid\":\"one\",\"crit\":[\"b64\"],\"b64\":false}", -EACCES,
		 "header"},
		{"{\"alg\":\"ES256\",\"kid\":1}", -EACCES, "header"},
		{"{\"alg\":\"ES256\",\"kid\":\"one\\u0000\"}", -EACCES, "header"},
		{"{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"one\"}", -EACCES, "header"},
		{"[\"ES256\"]", -EACCES, "header"},
		{"x", -EACCES, "header"},
		{"{\"alg\":\"ES256\",\"kid\":\"three\"}", -ENOKEY, "key"},
		{"{\"alg\":\"ES256\",\"kid\":\"\"}", -ENOKEY, "key"},
		/* the name of a key of another kind */
		{"{\"alg\":\"ES256\",\"kid\":\"two\"}", -ENOKEY, "key"},
		{"{\"alg\":\"RS256\",\"kid\":\"one\"}", -ENOKEY, "key"},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(f->keys, f->ec, cases[i].header, GOOD, cases[i].result, cases[i].why);
}

/* The key of a token is one that we have, never one that it brings. */
static void verify__believes_no_key_in_a_token(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf header _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);

	assert_int_equal(weir_buf_puts(&header, "{\"alg\":\"ES256\",\"kid\":\"one\",\"jwk\":"), 0);
	issuer_jwk(f->other, "", &header);
	assert_int_equal(weir_buf_puts(&header, "}"), 0);
	expect(f->keys, f->other, header.data, GOOD, -EACCES, "signature");
	expect(f->keys, f->other, ES256, GOOD, -EACCES, "signature");
}

/* The public key is no secret, so a token keyed with it proves nothing. */
static void verify__refuses_a_public_key_as_secret(void **state)
{
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"two\"}";
	const struct fixture *f = *state;
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	unsigned char mac[32];
	unsigned len = sizeof(mac);
	BIO *pem = BIO_new(BIO_s_mem());
	const char *why;
	char *text;
	long n;

	assert_int_equal(PEM_write_bio_PUBKEY(pem, f->rsa), 1);
	n = BIO_get_mem_data(pem, &text);
	issuer_encode(header, strlen(header), &token);
	assert_int_equal(weir_buf_puts(&token, "."), 0);
	issuer_encode(GOOD, strlen(GOOD), &token);
	assert_non_null(HMAC(EVP_sha256(), text, (int)n, (unsigned char *)token.data, token.len,
			     mac, &len));
	assert_int_equal(weir_buf_puts(&token, "."), 0);
	issuer_encode(mac, len, &token);
	BIO_free(pem);
	assert_int_equal(verify(f->keys, token.data, token.len, &why), -EACCES);
	assert_string_equal(why, "algorithm");
}

static void verify__refuses_every_changed_byte(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	const char *why;

	issuer_token(f->ec, ES256, GOOD, &token);
	/* the last character has bits that say nothing */
	for (size_t i = 0; i + 1 < token.len; i++) {
		const char was = token.data[i];
		int r;

		token.data[i] = was == 'A' ? 'B' : 'A';
		r = verify(f->keys, token.data, token.len, &why);
		if (r != -EACCES && r != -ENOKEY)
			fail_msg("byte %zu: %d", i, r);
		token.data[i] = was;
	}
	assert_int_equal(verify(f->keys, token.data, token.len, &why), 0);
}

/* Of every length that a signature can't have, up to the one that it has. */
static void verify__refuses_short_signatures(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	const char *why;

	for (unsigned rsa = 0; rsa < 2; rsa++) {
		issuer_token(rsa ? f->rsa : f->ec, rsa ? RS256 : ES256, GOOD, &token);
		assert_int_equal(verify(f->keys, token.data, token.len, &why), 0);
		for (size_t len = token.len - 1; token.data[len - 1] != '.'; len--)
			assert_int_equal(verify(f->keys, token.data, len, &why), -EACCES);
	}
}

static void verify__refuses_other_forms(void **state)
{
	static const char *const forms[] = {
		"",
		".",
		"..",
		"...",
		"a",
		"a.b",
		"a.b.",
		".b.c",
		"a..c",
		"a.b.c.d",
		"a.b.c.d.e",
		"a=.b.c",
		"a.b.c\n",
		"a b.c.d",
		"a/b.c.d",
		"abcde.ab.ab",
		"ab.abcde.ab",
		"ab.ab.abcde",
		"{\"alg\":\"none\"}.{}.",
		"a.b.\xc3\xa4",
	};
	const struct fixture *f = *state;
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		assert_int_equal(verify(f->keys, forms[i], strlen(forms[i]), &why), -EACCES);
		assert_string_equal(why, "form");
	}
	issuer_token(NULL, "{\"alg\":\"none\"}", GOOD, &token);
	assert_int_equal(verify(f->keys, token.data, token.len, &why), -EACCES);
	assert_string_equal(why, "form");
	issuer_token(f->ec, ES256, GOOD, &token);
	token.data[token.len - 4] = '\0';
	assert_int_equal(verify(f->keys, token.data, token.len, &why), -EACCES);
	assert_string_equal(why, "form");
}

static void verify__is_bounded(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf claims _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);

	assert_int_equal(
		weir_buf_puts(&claims, "{" ISS "," AUD "," NON "," SUB "," EXP "," IAT ",\"x\":\""),
		0);
	while (claims.len < 11 * 1024)
		assert_int_equal(weir_buf_puts(&claims, "y"), 0);
	assert_int_equal(weir_buf_puts(&claims, "\"}"), 0);
	expect(f->keys, f->ec, ES256, claims.data, 0, "");
	claims.len -= 2;
	while (claims.len < 13 * 1024)
		assert_int_equal(weir_buf_puts(&claims, "y"), 0);
	assert_int_equal(weir_buf_puts(&claims, "\"}"), 0);
	expect(f->keys, f->ec, ES256, claims.data, -EACCES, "form");
}

static void verify__guesses_no_key(void **state)
{
	const struct fixture *f = *state;
	struct weir_oidc_keys *keys _cleanup_(weir_oidc_keys_freep) =
		key_set(f->ec, "\"kid\":\"one\"", f->other, "\"kid\":\"three\"");
	struct weir_oidc_keys *same _cleanup_(weir_oidc_keys_freep) =
		key_set(f->ec, "\"kid\":\"one\"", f->other, "\"kid\":\"one\"");

	expect(keys, f->ec, "{\"alg\":\"ES256\"}", GOOD, -ENOKEY, "key");
	expect(keys, f->ec, ES256, GOOD, 0, "");
	expect(keys, f->other, "{\"alg\":\"ES256\",\"kid\":\"three\"}", GOOD, 0, "");
	expect(same, f->ec, ES256, GOOD, -ENOKEY, "key");
}

static void keys__leave_out_what_is_of_no_use(void **state)
{
	static const char *const more[] = {
		"\"use\":\"enc\"",   "\"use\":7", "\"alg\":\"ES384\"",
		"\"alg\":\"RS256\"", "\"alg\":1",
	};
	const struct fixture *f = *state;
	EVP_PKEY *p384 = issuer_key("P-384"), *small = issuer_key("1024");
	struct weir_oidc_keys *keys;

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		keys = key_set(f->other, more[i], f->ec, "\"kid\":\"one\"");
		assert_int_equal(weir_oidc_keys_count(keys), 1);
		expect(keys, f->ec, ES256, GOOD, 0, "");
		weir_oidc_keys_free(keys);
	}
	keys = key_set(p384, "\"kid\":\"x\"", f->ec, "\"kid\":\"one\"");
	assert_int_equal(weir_oidc_keys_count(keys), 1);
	weir_oidc_keys_free(keys);
	keys = key_set(small, "\"kid\":\"x\"", f->ec, "\"kid\":\"one\"");
	assert_int_equal(weir_oidc_keys_count(keys), 1);
	weir_oidc_keys_free(keys);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(small);
}

static void keys__refuse_what_is_none(void **state)
{
	static const char *const sets[] = {
		"",
		"[]",
		"{}",
		"{\"keys\":{}}",
		"{\"keys\":[]}",
		"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\"}]}",
		"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\"}]}",
		/* no point of the curve */
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\","
		"\"y\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQABA\",\"e\":\"AQAB\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ=B\",\"e\":\"\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}]}",
		"{\"keys\":[null,7,\"EC\",[]]}",
		"{\"keys\":[],\"keys\":[]}",
	};
	struct weir_oidc_keys *keys = NULL;
	char *large;

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (weir_oidc_keys_parse(sets[i], strlen(sets[i]), &keys) != -EBADMSG)
			fail_msg("taken: %s", sets[i]);
	large = test_calloc(1, WEIR_OIDC_KEYS_BYTES_MAX + 1);
	assert_int_equal(weir_oidc_keys_parse(large, WEIR_OIDC_KEYS_BYTES_MAX + 1, &keys), -E2BIG);
	test_free(large);
	assert_null(keys);
}

static void keys__are_counted(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf json _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ISSUER_TOKEN_MAX);
	struct weir_oidc_keys *keys _cleanup_(weir_oidc_keys_freep) = NULL;

	assert_int_equal(weir_buf_puts(&json, "{\"keys\":["), 0);
	for (unsigned i = 0; i < WEIR_OIDC_KEYS_MAX + 8; i++) {
		char kid[32];

		(void)snprintf(kid, sizeof(kid), "\"kid\":\"k%u\"", i);
		if (i)
			assert_int_equal(weir_buf_puts(&json, ","), 0);
		issuer_jwk(f->ec, kid, &json);
	}
	assert_int_equal(weir_buf_puts(&json, "]}"), 0);
	keys = parse(&json);
	assert_int_equal(weir_oidc_keys_count(keys), WEIR_OIDC_KEYS_MAX);
	expect(keys, f->ec, "{\"alg\":\"ES256\",\"kid\":\"k31\"}", GOOD, 0, "");
	expect(keys, f->ec, "{\"alg\":\"ES256\",\"kid\":\"k32\"}", GOOD, -ENOKEY, "key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verify__takes_what_is_right),
		cmocka_unit_test(verify__gives_claims),
		cmocka_unit_test(verify__refuses_claims),
		cmocka_unit_test(verify__refuses_a_long_subject),
		cmocka_unit_test(verify__refuses_headers),
		cmocka_unit_test(verify__believes_no_key_in_a_token),
		cmocka_unit_test(verify__refuses_a_public_key_as_secret),
		cmocka_unit_test(verify__refuses_every_changed_byte),
		cmocka_unit_test(verify__refuses_short_signatures),
		cmocka_unit_test(verify__refuses_other_forms),
		cmocka_unit_test(verify__is_bounded),
		cmocka_unit_test(verify__guesses_no_key),
		cmocka_unit_test(keys__leave_out_what_is_of_no_use),
		cmocka_unit_test(keys__refuse_what_is_none),
		cmocka_unit_test(keys__are_counted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
