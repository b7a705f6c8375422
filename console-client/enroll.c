/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_client/enroll.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/console_client/http.h"
#include "weir/console_client/opamp.h"
#include "weir/dsse/envelope.h"

#define TOKEN_PREFIX "weir-enroll."
#define SECRET_TEXT  64
#define MACHINE_ID   "/etc/machine-id"

void weir_endpoint_hardware(char text[static WEIR_HARDWARE_TEXT])
{
	struct weir_buf id _cleanup_(weir_buf_done) = WEIR_BUF_INIT(256);
	uint8_t hash[WEIR_SHA256_LEN];

	text[0] = '\0';
	if (weir_buf_puts(&id, "weir.host.id\n") < 0 ||
	    weir_read_file(AT_FDCWD, MACHINE_ID, &id) < 0 || weir_sha256(id.data, id.len, hash) < 0)
		return;
	weir_hex(hash, (WEIR_HARDWARE_TEXT - 1) / 2, text);
}

static void wipe(struct weir_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->size);
	weir_buf_done(buf);
}

static int make_path(char *path, size_t size, const char *dir, const char *name)
{
	int n = snprintf(path, size, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* The pin in the token; NULL when it is no token. */
static const char *pin_of(const char *token)
{
	const size_t head = strlen(TOKEN_PREFIX);
	uint8_t bytes[32];

	if (strncmp(token, TOKEN_PREFIX, head) != 0 ||
	    strlen(token) != head + SECRET_TEXT + WEIR_PIN_TEXT || token[head + SECRET_TEXT] != '.')
		return NULL;
	token += head + SECRET_TEXT + 1;
	return weir_unhex(token, bytes, sizeof(bytes)) == sizeof(bytes) ? token : NULL;
}

static int fetch_ca(const struct weir_enroll_options *options, const char *wanted_pin,
		    struct weir_buf *ca, struct weir_error *err)
{
	const struct weir_http_options http_options = {
		.base = options->base, .unverified = true, .cancelled = options->cancelled};
	const struct weir_http_request request = {.method = "GET", .path = "/v1/ca"};
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	char pin[WEIR_PIN_TEXT];
	int r = weir_http_new(&http_options, &http, err);

	if (r < 0)
		return r;
	r = weir_http_perform(http, &request, &response);
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "%s", weir_http_error(http));
	if (response.status != 200 ||
	    weir_buf_append(ca, response.body.data, response.body.len) < 0)
		return weir_error_set(err, -EPROTO, 0, 0, "%s shows no authority (%d)",
				      options->base, response.status);
	if (weir_key_pin(ca, pin) < 0 || strcmp(pin, wanted_pin) != 0) {
		weir_error_set(err, -EKEYREJECTED, 0, 0,
			       "%s is not the console that made this token", options->base);
		weir_error_hint(err, "somebody may be in between; ask who gave you the token");
		return -EKEYREJECTED;
	}
	return 0;
}

static int ask(const struct weir_enroll_options *options, const char *ca_file, const char *token,
	       const struct weir_buf *body, struct weir_http_response *response,
	       struct weir_error *err)
{
	const struct weir_http_options http_options = {
		.base = options->base, .ca_file = ca_file, .cancelled = options->cancelled};
	static const char *const headers[] = {WEIR_OPAMP_TYPE, NULL};
	const struct weir_http_request request = {
		.method = "POST",
		.path = "/v1/enroll",
		.headers = headers,
		.bearer = token,
		.body = body->data,
		.body_len = body->len,
	};
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	int r = weir_http_new(&http_options, &http, err);

	if (r < 0)
		return r;
	r = weir_http_perform(http, &request, response);
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "%s", weir_http_error(http));
	if (response->status == 401)
		return weir_error_set(err, -EACCES, 0, 0,
				      "the console refuses the token: used up, past its time or "
				      "revoked");
	if (response->status != 200)
		return weir_error_set(err, -EPROTO, 0, 0, "the console answered %d",
				      response->status);
	return 0;
}

int weir_enroll_message(const struct weir_endpoint *endpoint, const struct weir_buf *key,
			struct weir_buf *body)
{
	struct weir_buf csr _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	struct weir_opamp_say say = {.endpoint = endpoint, .full = true, .csr = &csr};
	int r = weir_key_request(key, endpoint->uid, &csr);

	return r < 0 ? r : weir_opamp_pack(&say, body);
}

static int take_certificate(const struct weir_http_response *response, const char *dir,
			    const struct weir_buf *key)
{
	struct weir_buf bundle _cleanup_(wipe) = WEIR_BUF_INIT(2 * WEIR_KEY_PEM_MAX);
	struct weir_opamp_heard heard _cleanup_(weir_opamp_heard_done) = {};
	char path[4096];
	int r = weir_opamp_read(response->body.data, response->body.len, &heard);

	if (r == 0 && !heard.certificate)
		r = -EPROTO;
	if (r == 0)
		r = weir_opamp_bundle(key, heard.certificate, &bundle);
	if (r == 0)
		r = make_path(path, sizeof(path), dir, WEIR_IDENTITY_CLIENT);
	return r < 0 ? r : weir_write_file_atomic(AT_FDCWD, path, bundle.data, bundle.len, 0600);
}

static int come_in(const struct weir_enroll_options *options, const char *token,
		   const struct weir_buf *ca, struct weir_error *err)
{
	struct weir_buf key _cleanup_(wipe) = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OPAMP_MAX);
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	char path[4096];
	int r = make_path(path, sizeof(path), options->dir, WEIR_IDENTITY_CA);

	if (r == 0)
		r = weir_mkdir_parents(options->dir, 0700);
	if (r == 0)
		r = weir_write_file_atomic(AT_FDCWD, path, ca->data, ca->len, 0600);
	if (r == 0)
		r = weir_key_make(&key);
	if (r == 0)
		r = weir_enroll_message(options->endpoint, &key, &body);
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "cannot prepare an identity in %s",
				      options->dir);
	r = ask(options, path, token, &body, &response, err);
	if (r < 0)
		return r;
	r = take_certificate(&response, options->dir, &key);
	return r < 0 ? weir_error_set(err, r, 0, 0,
				      "cannot use the certificate that the console gave")
		     : 0;
}

int weir_enroll(const struct weir_enroll_options *options, const char *token,
		struct weir_error *err)
{
	struct weir_buf ca _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	const char *pin = pin_of(token);
	int r;

	if (!pin) {
		weir_error_set(err, -EINVAL, 0, 0, "this is no enrolment token");
		weir_error_hint(err, "weirctl enrollment add makes one");
		return -EINVAL;
	}
	if (strncmp(options->base, "https://", 8) != 0)
		return weir_error_set(err, -EINVAL, 0, 0, "endpoints enroll by https alone");
	r = fetch_ca(options, pin, &ca, err);
	return r < 0 ? r : come_in(options, token, &ca, err);
}
