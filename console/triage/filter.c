/* SPDX-License-Identifier: Apache-2.0 */
/* Terms in, masks and texts out. Values are only ever bound to statements, never written into
 * them. */

#include "weir/console_triage/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/console_triage/names.h"
#include "weir/proto/enums.h"
#include "weir/v1/common.pb-c.h"

/* Reads one word into a mask. */
typedef int (*word_fn)(const char *word, uint32_t *ret_mask);

struct field {
	const char *name;
	word_fn word;	/* NULL: a text, or since */
	unsigned place; /* enum weir_filter_mask or enum weir_filter_text */
	const char *hint;
};

#define SINCE _WEIR_FILTER_TEXT_MAX

static int state_word(const char *word, uint32_t *ret)
{
	if (strcmp(word, "open") != 0)
		return weir_alert_state_parse(word, ret);
	*ret = WEIR_ALERT_OPEN;
	return 0;
}

static int severity_word(const char *word, uint32_t *ret)
{
	const bool and_more = strncmp(word, ">=", 2) == 0;
	int r = weir_severity_parse(and_more ? word + 2 : word, ret);

	/* The bits of a mask grow with what they stand for. */
	if (r == 0 && and_more)
		*ret = ~(*ret - 1);
	return r;
}

static int enum_word(const ProtobufCEnumDescriptor *type, const char *word, uint32_t *ret)
{
	uint32_t value;
	int r = weir_enum_parse(type, word, &value);

	if (r == 0)
		*ret = UINT32_C(1) << value;
	return r;
}

static int channel_word(const char *word, uint32_t *ret)
{
	return enum_word(&weir__v1__channel__descriptor,
			 strcmp(word, "usb") == 0 ? "removable" : word, ret);
}

static int action_word(const char *word, uint32_t *ret)
{
	return enum_word(&weir__v1__action__descriptor, word, ret);
}

static const struct field fields[] = {
	{"state", state_word, WEIR_FILTER_STATE,
	 "use new, in_progress, open, resolved or suppressed"},
	{"verdict", weir_alert_verdict_parse, WEIR_FILTER_VERDICT,
	 "use none, true_positive, benign_authorised, false_positive, test or duplicate"},
	{"severity", severity_word, WEIR_FILTER_SEVERITY,
	 "use low, medium, high or critical, or >=high for that or more"},
	{"channel", channel_word, WEIR_FILTER_CHANNEL,
	 "use file, removable (or usb), share, network, at_rest or agent"},
	{"action", action_word, WEIR_FILTER_ACTION, "use allow, audit, warn, block or quarantine"},
	{"since", NULL, SINCE, "write 2026-11-22T08:00:00Z, or a span like 30min, 24h or 14d"},
	{"rule", NULL, WEIR_FILTER_RULE, NULL},
	{"user", NULL, WEIR_FILTER_USER, NULL},
	{"assignee", NULL, WEIR_FILTER_ASSIGNEE, NULL},
	{"destination", NULL, WEIR_FILTER_DESTINATION, NULL},
	{"host", NULL, WEIR_FILTER_HOST, NULL},
	{"device", NULL, WEIR_FILTER_DEVICE, NULL},
	{"agent", NULL, WEIR_FILTER_AGENT, NULL},
	{"detector", NULL, WEIR_FILTER_DETECTOR, NULL},
};

static int fault(struct weir_error *err, const char *message, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", message);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

void weir_alert_filter_init(struct weir_alert_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	memset(filter->masks, 0xff, sizeof(filter->masks));
}

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

const char *weir_alert_filter_field(const char *name)
{
	const struct field *field = find_field(name);

	return field ? field->name : "";
}

/* "new,resolved" */
static int read_words(const struct field *field, const char *value, uint32_t *ret_mask)
{
	char word[WEIR_ENUM_TEXT];
	uint32_t all = 0, mask;

	for (;;) {
		size_t len = strcspn(value, ",");

		if (len >= sizeof(word))
			return -EINVAL;
		memcpy(word, value, len);
		word[len] = '\0';
		if (field->word(word, &mask) < 0)
			return -EINVAL;
		all |= mask;
		if (value[len] == '\0')
			break;
		value += len + 1;
	}
	*ret_mask = all;
	return 0;
}

static int read_since(struct weir_alert_filter *filter, const char *value, uint64_t now_ns)
{
	uint64_t back;

	if (weir_parse_duration(value, &back) < 0)
		return weir_time_parse(value, &filter->since_ns);
	filter->since_ns = back < now_ns ? now_ns - back : 0;
	return 0;
}

static int read_text(char text[static WEIR_FILTER_TEXT_MAX], const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len >= WEIR_FILTER_TEXT_MAX || weir_utf8_valid(value, len) != len)
		return -EINVAL;
	memcpy(text, value, len + 1);
	return 0;
}

static int read_value(struct weir_alert_filter *filter, const struct field *field, bool negated,
		      const char *value, uint64_t now_ns)
{
	uint32_t mask;
	int r;

	if (!field->word)
		return field->place == SINCE
			       ? (negated ? -EINVAL : read_since(filter, value, now_ns))
			       : read_text(filter->texts[field->place][negated], value);
	r = read_words(field, value, &mask);
	if (r == 0)
		filter->masks[field->place] &= negated ? ~mask : mask;
	return r;
}

int weir_alert_filter_add(struct weir_alert_filter *filter, const char *field_name, bool negated,
			  const char *value, uint64_t now_ns, struct weir_error *err)
{
	const struct field *field = find_field(field_name);
	const uint32_t bit = field ? UINT32_C(1) << (field - fields) : 0;

	if (!field)
		return fault(err, "a term of the query names an unknown field",
			     "use state, verdict, severity, channel, action, since, rule, user, "
			     "assignee, destination, host, device, agent or detector");
	if (filter->seen[negated] & bit)
		return fault(err, "a field of the query is asked for twice",
			     "ask for each field once; lists are written as state:new,resolved");
	filter->seen[negated] |= bit;
	if (read_value(filter, field, negated, value, now_ns) == 0)
		return 0;
	weir_error_set(err, -EINVAL, 0, 0, "the query's value of %s is not one of its values",
		       field->name);
	weir_error_hint(err, "%s",
			field->hint ? field->hint : "write a text of 1 to 255 bytes of UTF-8");
	return -EINVAL;
}

/* One term of a line. */
struct term {
	bool negated;
	char name[16];
	char value[WEIR_FILTER_TEXT_MAX];
};

/* Copies up to a character of ends or the end of the line; NULL when it does not fit. */
static const char *take(const char *line, const char *ends, char *text, size_t size)
{
	size_t len = strcspn(line, ends);

	if (len >= size)
		return NULL;
	memcpy(text, line, len);
	text[len] = '\0';
	return line + len;
}

/* What follows the term; NULL when it is none. */
static const char *take_term(const char *line, struct term *term)
{
	term->negated = *line == '-';
	line = take(line + term->negated, ": \"", term->name, sizeof(term->name));
	if (!line || *line != ':')
		return NULL;
	if (*++line != '"')
		return take(line, " \"", term->value, sizeof(term->value));
	line = take(line + 1, "\"", term->value, sizeof(term->value));
	return line && *line == '"' ? line + 1 : NULL;
}

int weir_alert_filter_add_line(struct weir_alert_filter *filter, const char *line, uint64_t now_ns,
			       struct weir_error *err)
{
	const char *at = line + strspn(line, " ");
	struct term term;

	if (strlen(line) > WEIR_FILTER_LINE_MAX)
		return fault(err, "the query is over 1024 bytes", "use fewer terms");
	while (*at) {
		const unsigned column = (unsigned)weir_utf8_count(line, (size_t)(at - line)) + 1;
		int r;

		at = take_term(at, &term);
		if (!at || (*at && *at != ' '))
			r = fault(err, "the query is not made of FIELD:VALUE",
				  "write user:li.na channel:usb -rule:NAME; blanks go into quotes");
		else
			r = weir_alert_filter_add(filter, term.name, term.negated, term.value,
						  now_ns, err);
		if (r < 0) {
			if (err)
				err->column = column;
			return r;
		}
		at += strspn(at, " ");
	}
	return 0;
}
