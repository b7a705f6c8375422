/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink may be made of. */

#include <errno.h>
#include <string.h>

#include "way.h"

#define FORMAT(name) (1U << WEIR_SINK_##name)

static const struct kind {
	const char *name;
	unsigned formats; /* of bits */
	bool network;	  /* it has an address */
} kinds[] = {
	[WEIR_SINK_FILE] = {"file", FORMAT(OCSF), false},
	[WEIR_SINK_SYSLOG] = {"syslog", FORMAT(OCSF) | FORMAT(CEF), true},
};

static const char *const formats[] = {[WEIR_SINK_OCSF] = "ocsf", [WEIR_SINK_CEF] = "cef"};

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
		return fault(err, "the kind of sink is not known", "file or syslog");
	if (settings->format <= 0 || settings->format >= ARRAY_SIZE(formats) ||
	    !(kinds[settings->kind].formats & 1U << settings->format))
		return fault(err, "this kind of sink does not write this format",
			     "ocsf fits all of them");
	if (is_too_long(settings))
		return fault(err, "the address, a certificate or the secret is too long",
			     "an address has up to 1 KiB, the others 64 KiB");
	if (!kinds[settings->kind].network)
		return *settings->address || *settings->ca || *settings->certificate ||
				       *settings->secret
			       ? fault(err, "a file has neither address nor certificates",
				       "leave them out")
			       : 0;
	return weir_way_open(settings, &nowhere, err, &way);
}
