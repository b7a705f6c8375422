/* SPDX-License-Identifier: Apache-2.0 */
/* Opening evidence, where the private key is. The console is not believed: what it gives has to be what its watermark names, of the endpoint that it
 * names. */

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "commands.h"
#include "event.h"
#include "evidence.h"
#include "policy.h"
#include "weir/base/parse.h"
#include "weir/base/secret.h"
#include "weir/evidence/sealed.h"

/* clang-format off */
static const struct weirctl_option options[] = {
	{"key", '\0', "FILE", NULL, {"your private key (weirctl evidence key make)", "本人私钥(weirctl evidence key make)"}},
	{"to", 'o', "FILE", NULL, {"a new file, its owner's alone, instead of the terminal", "写入仅本人可读的新文件,而非终端"}},
};
/* clang-format on */

static int take_sealed(const json_t *answer, struct weir_buf *ret)
{
	const char *hex = weirctl_text(answer, "sealed");
	int r = weir_buf_reserve(ret, strlen(hex) / 2);

	if (r == 0)
		r = weir_unhex(hex, ret->data, strlen(hex) / 2);
	if (r >= 0)
		ret->len = (size_t)r;
	return WEIR_MIN(r, 0);
}

static int check_hash(const json_t *watermark, const struct weir_buf *sealed)
{
	uint8_t hash[32];
	char text[2 * sizeof(hash) + 1];

	if (EVP_Digest(sealed->data, sealed->len, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	weir_hex(hash, sizeof(hash), text);
	return strcmp(text, weirctl_text(watermark, "sha256")) == 0 ? 0 : -EBADMSG;
}

static int check_agent(const json_t *watermark, const struct weir_evidence *evidence)
{
	char text[WEIR_UID_TEXT];

	weir_uid_format(evidence->agent_uid, text);
	return strcmp(text, weirctl_text(watermark, "agent_uid")) == 0 ? 0 : -EBADMSG;
}

/* The text, in ret, which is to be wiped. */
static int open_sealed(const json_t *watermark, const struct weir_buf *sealed,
		       const struct weir_reviewer *reviewer, struct weir_buf *ret)
{
	struct weir_buf plain _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_evidence evidence;
	int r = check_hash(watermark, sealed);

	if (r == 0)
		r = weir_evidence_open(sealed->data, sealed->len, reviewer, &plain);
	if (r == 0)
		r = weir_evidence_decode(plain.data, plain.len, &wire, &evidence);
	if (r == 0)
		r = check_agent(watermark, &evidence);
	if (r == 0)
		r = weir_buf_reserve(ret, WEIRCTL_EVIDENCE_TEXT_MAX(plain.len));
	return r < 0 ? r : weirctl_evidence_text(watermark, &evidence, ret);
}

static int tell(int error)
{
	if (error == -ENOKEY)
		weirctl_say("it was not sealed to this key", "该证据未对此密钥加密");
	else if (error == -EBADMSG || error == -E2BIG)
		weirctl_say("what the console gave is damaged, or is not the evidence of this "
			    "event",
			    "控制台给出的内容已损坏,或不是该事件的证据");
	else
		weirctl_say("cannot open it: %s", "无法打开:%s", strerror(-error));
	return WEIRCTL_ERROR;
}

static int put_out(struct weirctl_context *context, const struct weir_buf *text, const char *file)
{
	int r;

	if (!file)
		return fwrite(text->data, 1, text->len, context->out) == text->len ? WEIRCTL_OK
										   : WEIRCTL_ERROR;
	r = weir_secret_write(file, text->data, text->len);
	if (r == 0)
		return WEIRCTL_OK;
	weirctl_say("%s: %s", "%s:%s", file, strerror(-r));
	return WEIRCTL_ERROR;
}

static int show(struct weirctl_context *context, const json_t *answer,
		const struct weir_reviewer *reviewer, const char *file)
{
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_buf text _cleanup_(weir_buf_wipe) =
		WEIR_BUF_INIT(WEIRCTL_EVIDENCE_TEXT_MAX(WEIR_EVIDENCE_SEALED_MAX));
	int r = take_sealed(answer, &sealed);

	if (r == 0)
		r = open_sealed(json_object_get(answer, "watermark"), &sealed, reviewer, &text);
	return r < 0 ? tell(r) : put_out(context, &text, file);
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	struct weir_reviewer *reviewer _cleanup_(weir_reviewer_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *key = weirctl_key_file(args);
	int r;

	if (!key)
		return WEIRCTL_USAGE;
	/* Before the console is asked: what it gives out is in its log. */
	r = weir_reviewer_load(key, &reviewer);
	if (r < 0)
		return weirctl_key_failed(key, r);
	r = weirctl_policy_target(&target, "evidence/requests", args->words[0], "content");
	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? show(context, answer, reviewer, weirctl_value(args, "to")) : r;
}

const struct weirctl_command weirctl_cmd_evidence_get = {
	.noun = "evidence",
	.verb = "get",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.summary = {"open what was approved, with your key; who reads it when stands in it",
		    "用本人私钥打开已批准的证据;其中含读取人和时间水印"},
	.about = {"Each time is written to the audit log. What is not printable text is shown as "
		  "\\xNN and "
		  "\\uNNNN.",
		  "每次读取均记入审计日志。不可打印的内容显示为 \\xNN 和 \\uNNNN。"},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
