/* SPDX-License-Identifier: Apache-2.0 */
/* Signing, where the private key is. The console is not believed: what it wants signed is made again from the text that the person
 * reads, and compared. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "policy.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/dsse/policy.h"
#include "weir/policy/compile.h"

/* clang-format off */
static const struct weirctl_option signing[] = {
	{"key", '\0', "FILE", NULL, {"private key, its owner's alone (weirctl key make)", "私钥文件,仅本人可读(weirctl key make)"}},
};
static const struct weirctl_column key_columns[] = {
	{"ID", "id", NULL}, {"OWNER", "owner", NULL}, {"STATE", "state", NULL}, {"KEY", "key_id", NULL},
};
/* clang-format on */

static const struct weirctl_view keys_view = {
	.member = "keys", .columns = key_columns, .n_columns = ARRAY_SIZE(key_columns)};
static const struct weirctl_view key_view = {.member = "key"};
static const struct weirctl_view version_view = {.member = "version"};

static const char *text_of(const json_t *version, const char *name)
{
	const char *text = json_string_value(json_object_get(version, name));

	return text ? text : "";
}

/* Bytes in hexadecimal. */
static int take_bytes(const json_t *version, const char *name, struct weir_buf *ret)
{
	const char *hex = text_of(version, name);
	int r = weir_buf_reserve(ret, strlen(hex) / 2 + 1);

	if (r == 0)
		r = weir_unhex(hex, ret->data, strlen(hex) / 2);
	if (r >= 0)
		ret->len = (size_t)r;
	return WEIR_MIN(r, 0);
}

static bool same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* Does the payload say what the text says? */
static int compare(const json_t *version, const struct weir_signed_policy *policy)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	const char *text = text_of(version, "text"), *cases = text_of(version, "cases");
	struct weir_error err = {};

	if (weir_policy_compile(text, strlen(text), &compiled, &err) < 0)
		return -EBADMSG;
	if (!same(compiled.data, compiled.len, policy->policy, policy->policy_len) ||
	    !same(cases, strlen(cases), policy->cases, policy->cases_len) ||
	    strcmp(policy->group, text_of(version, "group")) != 0 ||
	    policy->revision != (uint64_t)json_integer_value(json_object_get(version, "revision")))
		return -EBADMSG;
	return 0;
}

static bool agreed(const struct weirctl_context *context, const json_t *version,
		   const struct weir_signed_policy *policy)
{
	char expires[WEIR_TIME_TEXT];

	weir_time_format(policy->expires_s * WEIR_NSEC_PER_SEC, expires);
	weirctl_say("revision %" PRIu64 " for tenant \"%s\", group \"%s\", by %s, until %s: %s",
		    "修订 %" PRIu64 ",租户“%s”,组“%s”,作者 %s,有效期至 %s:%s", policy->revision,
		    policy->tenant, policy->group, text_of(version, "author"), expires,
		    text_of(version, "note"));
	return weirctl_confirm(context, (struct weirctl_words){"sign it?", "签名?"});
}

static int make_envelope(const json_t *version, const struct weir_buf *payload,
			 const struct weir_dsse_signer *signer, struct weir_buf *ret)
{
	struct weir_buf old _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	const void *covered;
	size_t len;
	int r = take_bytes(version, "envelope", &old);

	if (r == 0 && old.len == 0)
		return weir_dsse_sign(WEIR_SIGNED_POLICY_TYPE, payload->data, payload->len, signer,
				      ret);
	if (r == 0)
		r = weir_dsse_peek(old.data, old.len, WEIR_SIGNED_POLICY_TYPE, &envelope);
	if (r < 0)
		return r;
	covered = weir_dsse_payload(envelope, &len);
	if (!same(covered, len, payload->data, payload->len))
		return -EBADMSG;
	return weir_dsse_cosign(envelope, signer, ret);
}

static json_t *body_of(const struct weir_buf *envelope)
{
	static const char digits[] = "0123456789abcdef";
	char *hex _cleanup_(freep) = malloc(2 * envelope->len + 1);

	if (!hex)
		return NULL;
	for (size_t i = 0; i < envelope->len; i++) {
		hex[2 * i] = digits[(unsigned char)envelope->data[i] >> 4];
		hex[2 * i + 1] = digits[envelope->data[i] & 15];
	}
	return json_pack("{s:s%}", "envelope", hex, 2 * envelope->len);
}

static int tell(int error)
{
	if (error == -EBADMSG)
		weirctl_say("what the console wants signed is not what its text says: nothing was "
			    "signed",
			    "控制台要求签名的内容与其文本不符:未签名");
	else if (error == -EEXIST)
		weirctl_say("this key has signed it already", "此密钥已签过名");
	else
		weirctl_say("cannot sign: %s", "无法签名:%s", strerror(-error));
	return error == -EEXIST ? WEIRCTL_CONFLICT : WEIRCTL_ERROR;
}

static int sign(struct weirctl_context *context, const char *id, const json_t *version,
		const struct weir_dsse_signer *signer)
{
	struct weir_buf payload _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_buf envelope _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_signed_policy policy;
	int r = take_bytes(version, "payload", &payload);

	if (r == 0)
		r = weir_signed_policy_decode(payload.data, payload.len, &wire, &policy);
	if (r == 0)
		r = compare(version, &policy);
	if (r < 0)
		return tell(r);
	if (!agreed(context, version, &policy))
		return WEIRCTL_ERROR;
	r = make_envelope(version, &payload, signer, &envelope);
	if (r < 0)
		return tell(r);
	return weirctl_policy_send(context, &version_view, "policy/versions", id, "sign",
				   body_of(&envelope));
}

static int run_sign(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *key = weirctl_key_file(args);
	int r;

	if (!key)
		return WEIRCTL_USAGE;
	r = weir_dsse_signer_load(key, &signer);
	if (r < 0)
		return weirctl_key_failed(key, r);
	r = weirctl_policy_target(&target, "policy/versions", args->words[0], NULL);
	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK
		       ? sign(context, args->words[0], json_object_get(answer, "version"), signer)
		       : r;
}

const struct weirctl_command weirctl_cmd_policy_sign = {
	.noun = "policy",
	.verb = "sign",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"sign a version with your key, after making it again from its text",
		    "用自己的密钥签名,先按文本重新生成并比对"},
	.options = signing,
	.n_options = ARRAY_SIZE(signing),
	.view = &version_view,
	.run = run_sign,
};

static int run_key_make(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	int r = weir_dsse_signer_make(args->words[0], &signer);

	if (r == 0)
		r = weir_dsse_signer_public(signer, &pem);
	if (r < 0)
		return weirctl_key_failed(args->words[0], r);
	fputs(pem.data, context->out);
	return WEIRCTL_OK;
}

const struct weirctl_command weirctl_cmd_key_make = {
	.noun = "key",
	.verb = "make",
	.arguments = "FILE",
	.min = 1,
	.max = 1,
	.summary = {"make a private key, and print its public half, which endpoints are to trust",
		    "生成私钥,并输出终端应信任的公钥"},
	.run = run_key_make,
};

/* By the private key, so that nobody brings another's by mistake. */
static int run_key_add(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	int r = weir_dsse_signer_load(args->words[0], &signer);

	if (r == 0)
		r = weir_dsse_signer_public(signer, &pem);
	if (r < 0)
		return weirctl_key_failed(args->words[0], r);
	body = json_pack("{s:s}", "pem", pem.data);
	r = weirctl_send(context, "POST", "/api/v1/policy/keys", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &key_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_key_add = {
	.noun = "key",
	.verb = "add",
	.arguments = "FILE",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"bring the public half of your private key; another person approves it",
		    "登记自己的公钥,由他人批准"},
	.view = &key_view,
	.run = run_key_add,
};

static int run_key_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get(context, "/api/v1/policy/keys", &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &keys_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_key_ls = {
	.noun = "key",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list the keys that sign policies", "列出策略签名密钥"},
	.view = &keys_view,
	.run = run_key_ls,
};

static int run_key_change(struct weirctl_context *context, const struct weirctl_args *args)
{
	return weirctl_policy_send(context, &key_view, "policy/keys", args->words[0],
				   args->command->verb, NULL);
}

const struct weirctl_command weirctl_cmd_key_approve = {
	.noun = "key",
	.verb = "approve",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"say that a key is its owner's; never of one's own",
		    "确认密钥属于其所有者;不能批准自己的"},
	.view = &key_view,
	.run = run_key_change,
};

const struct weirctl_command weirctl_cmd_key_revoke = {
	.noun = "key",
	.verb = "revoke",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"let a key count no more", "吊销密钥"},
	.view = &key_view,
	.run = run_key_change,
};
