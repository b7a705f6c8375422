/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink may be made of. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "post.h"
#include "way.h"

#define FORMAT(name) (1U << WEIR_SINK_##name)

static const struct kind {
	const char *name;
	unsigned formats; /* of bits */
	bool network;	  /* it has an address */
	bool certificate; /* it may show one of its own */
} kinds[] = {
	[WEIR_SINK_FILE] = {"file", FORMAT(OCSF), false, false},
	[WEIR_SINK_SYSLOG] = {"syslog", FORMAT(OCSF) | FORMAT(CEF), true, true},
	[WEIR_SINK_OTLP] = {"otlp", FORMAT(OCSF), true, false},
	[WEIR_SINK_WEBHOOK] = {"webhook",
			       FORMAT(OCSF) | FORMAT(WECOM) | FORMAT(DINGTALK) | FORMAT(FEISHU),
			       true, false},
};

static const char *const formats[] = {
	[WEIR_SINK_OCSF] = "ocsf",     [WEIR_SINK_CEF] = "cef",
	[WEIR_SINK_WECOM] = "wecom",   [WEIR_SINK_DINGTALK] = "dingtalk",
	[WEIR_SINK_FEISHU] = "feishu",
};

const char *weir_sink_kind_name(enum weir_sink_kind kind)
{
	return kind > 0 && kind < ARRAY_SIZE(kinds) ? kinds[kind].name : "unknown";
}

int weir_sink_kind_parse(const char *name, enum weir_sink_kind *ret)
{
	for (size_t i = 1; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*ret = (enum weir_sink_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *weir_sink_format_name(enum weir_sink_format format)
{
	return format > 0 && format < ARRAY_SIZE(formats) ? formats[format] : "unknown";
}

int weir_sink_format_parse(const char *name, enum weir_sink_format *ret)
{
	for (size_t i = 1; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(formats[i], name) == 0) {
			*ret = (enum weir_sink_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

int weir_sink_language_parse(const char *name, enum weir_sink_language *ret)
{
	if (strcmp(name, "zh") != 0 && strcmp(name, "en") != 0)
		return -EINVAL;
	*ret = *name == 'z' ? WEIR_SINK_ZH : WEIR_SINK_EN;
	return 0;
}

void weir_sink_target(const struct weir_sink_settings *settings, char ret[static WEIR_SINK_TARGET])
{
	const size_t origin = weir_post_origin(settings->address);

	(void)snprintf(ret, WEIR_SINK_TARGET, "%.*s",
		       (int)(origin ? origin : strlen(settings->address)), settings->address);
}

/* A name is a folder's too. */
bool weir_sink_is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const size_t len = strlen(name);

	return len > 0 && len <= WEIR_SINK_NAME_MAX && strspn(name, allowed) == len &&
	       name[0] != '-';
}

static int fault(struct weir_error *err, const char *text, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", text);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

static bool is_too_long(const struct weir_sink_settings *settings)
{
	return strlen(settings->address) > WEIR_SINK_ADDRESS_MAX ||
	       strlen(settings->ca) > WEIR_SINK_PEM_MAX ||
	       strlen(settings->certificate) > WEIR_SINK_PEM_MAX ||
	       strlen(settings->secret) > WEIR_SINK_PEM_MAX;
}

int weir_sink_check(const struct weir_sink_settings *settings, struct weir_error *err)
{
	const struct weir_way_place nowhere = {.dir_fd = -1, .end_fd = -1};
	struct weir_way *way _cleanup_(weir_way_freep) = NULL;

	if (!weir_sink_is_name(settings->name))
		return fault(err, "a sink's name is 1 to 32 of a-z, 0-9 and \"-\"",
			     "choose another name");
	if (settings->kind <= 0 || settings->kind >= ARRAY_SIZE(kinds))
		return fault(err, "the kind of sink is not known", "file, syslog, otlp or webhook");
	if (settings->format <= 0 || settings->format >= ARRAY_SIZE(formats) ||
	    !(kinds[settings->kind].formats & 1U << settings->format))
		return fault(err, "this kind of sink does not write this format",
			     "ocsf fits all of them");
	if (settings->language > WEIR_SINK_EN)
		return fault(err, "the language is not known", "zh or en");
	if (is_too_long(settings))
		return fault(err, "the address, a certificate or the secret is too long",
			     "an address has up to 1 KiB, the others 64 KiB");
	if (!kinds[settings->kind].network)
		return *settings->address || *settings->ca || *settings->certificate ||
				       *settings->secret
			       ? fault(err, "a file has neither address nor certificates",
				       "leave them out")
			       : 0;
	if (*settings->certificate && !kinds[settings->kind].certificate)
		return fault(err, "this kind of sink shows no certificate", "leave it out");
	return weir_way_open(settings, &nowhere, err, &way);
}
