/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the walk over two policies: what is in one alone, what differs in both, what changed places. */
#include "weir/policy/diff.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diff_effect.h"
#include "diff_value.h"
#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/policy/decide.h"
#include "weir/proto/wire.h"

#define ARENA_BYTES ((size_t)64 << 20)
#define NOWHERE	    SIZE_MAX

struct diff {
	struct pair pair;
	struct arena arena;
	weir_policy_change_fn fn;
	void *context;
	enum weir_policy_section section; /* under way */
};

/* The things of one section in both policies. */
struct lists {
	ProtobufCMessage *const *before, *const *after;
	size_t n_before, n_after;
	size_t *place; /* in after, of each in before; NOWHERE */
};

static int tell(struct diff *diff, const struct weir_policy_change *change)
{
	struct weir_policy_change told = *change;
	const char **const texts[] = {&told.id, &told.field, &told.before, &told.after,
				      &told.across};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!*texts[i])
			*texts[i] = "";
	told.section = diff->section;
	return diff->fn(diff->context, &told);
}

/* The members of a message and of its content condition, one after the other, that are values. fn gets the two that hold the field,
 * NULL where there is none. */
typedef int (*member_fn)(void *context, const ProtobufCMessage *before,
			 const ProtobufCMessage *after, const ProtobufCFieldDescriptor *field);

static bool is_part(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED;
}

static int each_member(const ProtobufCMessageDescriptor *type, const ProtobufCMessage *before,
		       const ProtobufCMessage *after, member_fn fn, void *context)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];

		if (is_part(field)) /* no deeper than one */
			r = each_member(field->descriptor,
					before ? value_message(before, field) : NULL,
					after ? value_message(after, field) : NULL, fn, context);
		else if (*value_name(type, field))
			r = fn(context, before, after, field);
	}
	return r;
}

struct comparing {
	struct diff *diff;
	const char *id;
	const ProtobufCMessage *before, *after; /* the things themselves */
};

static const ProtobufCMessageDescriptor *type_of(const ProtobufCMessage *before,
						 const ProtobufCMessage *after)
{
	return before ? before->descriptor : after->descriptor;
}

/* Lists of the head that are sections of their own. */
static bool is_section(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_MESSAGE &&
	       field->label == PROTOBUF_C_LABEL_REPEATED &&
	       field->descriptor != &weir__v1__host_match__descriptor &&
	       field->descriptor != &weir__v1__usb_match__descriptor &&
	       field->descriptor != &weir__v1__content_limit__descriptor;
}

static int compare_member(void *context, const ProtobufCMessage *before,
			  const ProtobufCMessage *after, const ProtobufCFieldDescriptor *field)
{
	const struct comparing *c = context;
	struct value was, is;
	struct field_change change = {c->diff->section, c->before, c->after, NULL, &was, &is};
	int r;

	if ((!before && !after) || is_section(field))
		return 0;
	r = value_of(&c->diff->arena, before, field, &was);
	if (r == 0)
		r = value_of(&c->diff->arena, after, field, &is);
	if (r < 0 || value_relation(&was, &is) == RELATION_EQUAL)
		return r;
	change.name = value_name(type_of(before, after), field);
	return tell(c->diff, &(struct weir_policy_change){
				     .kind = WEIR_POLICY_CHANGED,
				     .effect = effect_of_field(&c->diff->pair, &change),
				     .id = c->id,
				     .field = change.name,
				     .before = was.text,
				     .after = is.text,
			     });
}

static int compare(struct diff *diff, const char *id, const ProtobufCMessage *before,
		   const ProtobufCMessage *after)
{
	struct comparing comparing = {diff, id, before, after};

	return each_member(before->descriptor, before, after, compare_member, &comparing);
}

struct describing {
	struct diff *diff;
	struct weir_buf text;
};

/* The id is told beside it. */
static bool is_id(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return field == message->descriptor->fields &&
	       message->descriptor != &weir__v1__content_condition__descriptor &&
	       message->descriptor != &weir__v1__first_open__descriptor;
}

static int describe_member(void *context, const ProtobufCMessage *message,
			   const ProtobufCMessage *unused, const ProtobufCFieldDescriptor *field)
{
	struct describing *d = context;
	struct value value;
	int r;

	if (!message || is_id(message, field))
		return 0;
	r = value_of(&d->diff->arena, message, field, &value);
	if (r < 0 || value.n == 0)
		return r;
	return weir_buf_printf(&d->text, "%s%s: %s", d->text.len ? "; " : "",
			       value_name(message->descriptor, field), value.text);
}

/* What came or went. */
static int tell_whole(struct diff *diff, const ProtobufCMessage *message, bool added)
{
	struct describing d = {diff, WEIR_BUF_INIT(WEIR_WIRE_BYTES_MAX)};
	enum weir_policy_effect effect = effect_of_adding(&diff->pair, diff->section, message);
	int r = each_member(message->descriptor, message, NULL, describe_member, &d);

	if (r == 0)
		r = tell(diff, &(struct weir_policy_change){
				       .kind = added ? WEIR_POLICY_ADDED : WEIR_POLICY_REMOVED,
				       .effect = added ? effect : effect_opposite(effect),
				       .id = value_id(message),
				       .before = added ? "" : d.text.data,
				       .after = added ? d.text.data : "",
			       });
	weir_buf_done(&d.text);
	return r;
}

static size_t find(ProtobufCMessage *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(value_id(list[i]), id) == 0)
			return i;
	return NOWHERE;
}

/* Marks, of what is in both, as many as possible that stand in the same order among each other: what is left has moved. */
static int mark_steady(struct diff *diff, const struct lists *lists, bool *ret_steady)
{
	size_t *length = arena_alloc(&diff->arena, (lists->n_before + 1) * sizeof(*length));
	size_t *from = arena_alloc(&diff->arena, (lists->n_before + 1) * sizeof(*from));
	size_t best = NOWHERE;

	if (!length || !from)
		return -ENOMEM;
	for (size_t i = 0; i < lists->n_before; i++) {
		if (lists->place[i] == NOWHERE)
			continue;
		length[i] = 1;
		from[i] = NOWHERE;
		for (size_t j = 0; j < i; j++)
			if (lists->place[j] < lists->place[i] && length[j] >= length[i]) {
				length[i] = length[j] + 1;
				from[i] = j;
			}
		if (best == NOWHERE || length[i] > length[best])
			best = i;
	}
	for (; best != NOWHERE; best = from[best])
		ret_steady[best] = true;
	return 0;
}

/* Number i of before and what it changed places with where that matters. */
static int tell_moved(struct diff *diff, const struct lists *lists, size_t i)
{
	ProtobufCMessage *moved = lists->after[lists->place[i]];
	char was[24], is[24];
	const char *across = NULL;
	bool up = false, down = false;
	enum weir_policy_effect effect = WEIR_POLICY_EFFECT_UNKNOWN;

	for (size_t j = 0; j < lists->n_before; j++) {
		if (lists->place[j] == NOWHERE || j == i ||
		    (j < i) == (lists->place[j] < lists->place[i]) ||
		    !(order_matters(moved, lists->after[lists->place[j]]) ||
		      order_matters(lists->before[i], lists->before[j])))
			continue;
		across = across ? across : value_id(lists->before[j]);
		up |= j < i;
		down |= j > i;
	}
	if (!across)
		return 0;
	if (up != down)
		effect = effect_of_raising(&diff->pair, lists->before[i]);
	if (effect != effect_of_raising(&diff->pair, moved))
		effect = WEIR_POLICY_EFFECT_UNKNOWN;
	(void)snprintf(was, sizeof(was), "%zu", i + 1);
	(void)snprintf(is, sizeof(is), "%zu", lists->place[i] + 1);
	return tell(diff, &(struct weir_policy_change){
				  .kind = WEIR_POLICY_MOVED,
				  .effect = up ? effect : effect_opposite(effect),
				  .id = value_id(moved),
				  .before = was,
				  .after = is,
				  .across = across,
			  });
}

static int tell_order(struct diff *diff, const struct lists *lists)
{
	bool *steady = arena_alloc(&diff->arena, lists->n_before + 1);
	int r = steady ? mark_steady(diff, lists, steady) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < lists->n_before; i++)
		if (lists->place[i] != NOWHERE && !steady[i])
			r = tell_moved(diff, lists, i);
	return r;
}

static int compare_lists(struct diff *diff, struct lists *lists)
{
	int r = 0;

	lists->place = arena_alloc(&diff->arena, (lists->n_before + 1) * sizeof(*lists->place));
	if (!lists->place)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < lists->n_before; i++) {
		const char *id = value_id(lists->before[i]);

		lists->place[i] = find(lists->after, lists->n_after, id);
		r = lists->place[i] == NOWHERE
			    ? tell_whole(diff, lists->before[i], false)
			    : compare(diff, id, lists->before[i], lists->after[lists->place[i]]);
	}
	for (size_t i = 0; r == 0 && i < lists->n_after; i++)
		if (find(lists->before, lists->n_before, value_id(lists->after[i])) == NOWHERE)
			r = tell_whole(diff, lists->after[i], true);
	return r;
}

static int compare_section(struct diff *diff, enum weir_policy_section section, const char *member)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
		&weir__v1__policy__descriptor, member);
	struct lists lists = {};
	int r;

	diff->section = section;
	lists.before = value_messages(&diff->pair.policy[0]->base, field, &lists.n_before);
	lists.after = value_messages(&diff->pair.policy[1]->base, field, &lists.n_after);
	r = compare_lists(diff, &lists);
	if (r == 0 &&
	    (section == WEIR_POLICY_SECTION_RULE || section == WEIR_POLICY_SECTION_DEVICE))
		r = tell_order(diff, &lists);
	return r;
}

static int compare_all(struct diff *diff)
{
	static const struct {
		enum weir_policy_section section;
		const char *member;
	} sections[] = {
		{WEIR_POLICY_SECTION_DETECTOR, "detectors"},
		{WEIR_POLICY_SECTION_CLASS, "classes"},
		{WEIR_POLICY_SECTION_GROUP, "groups"},
		{WEIR_POLICY_SECTION_DEVICE, "devices"},
		{WEIR_POLICY_SECTION_RULE, "rules"},
		{WEIR_POLICY_SECTION_GRANT, "grants"},
	};
	int r;

	diff->section = WEIR_POLICY_SECTION_POLICY;
	r = compare(diff, "", &diff->pair.policy[0]->base, &diff->pair.policy[1]->base);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sections); i++)
		r = compare_section(diff, sections[i].section, sections[i].member);
	return r;
}

/* Checks it whole: what is below relies on ids that are there once, and on addresses of 16 bytes. */
static int unpack(const void *data, size_t len, const char *which, struct weir_wire **ret,
		  struct weir_error *err)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	int r = weir_policy_new(data, len, &policy, NULL);

	if (r == 0)
		r = weir_wire_unpack(&weir__v1__policy__descriptor, data, len, ret);
	if (r == -ENOMEM || r == 0)
		return r;
	return weir_error_set(err, -EINVAL, 0, 0, "the policy %s is none", which);
}

int weir_policy_diff(const void *before, size_t before_len, const void *after, size_t after_len,
		     weir_policy_change_fn fn, void *context, struct weir_error *err)
{
	struct weir_wire *a _cleanup_(weir_wire_freep) = NULL;
	struct weir_wire *b _cleanup_(weir_wire_freep) = NULL;
	struct diff diff = {.arena = ARENA_INIT(ARENA_BYTES), .fn = fn, .context = context};
	int r = unpack(before, before_len, "before", &a, err);

	if (r == 0)
		r = unpack(after, after_len, "after", &b, err);
	if (r < 0)
		return r;
	diff.pair = (struct pair){{weir_wire_message(a), weir_wire_message(b)}};
	r = compare_all(&diff);
	arena_done(&diff.arena);
	return r;
}

static const char *name_of(const char *const *words, size_t n, int number)
{
	return number >= 0 && (size_t)number < n ? words[number] : "unknown";
}

const char *weir_policy_section_name(enum weir_policy_section section)
{
	static const char *const words[] = {"policy", "detector", "class", "group",
					    "device", "rule",	  "grant"};

	return name_of(words, ARRAY_SIZE(words), (int)section);
}

const char *weir_policy_change_name(enum weir_policy_change_kind kind)
{
	static const char *const words[] = {"added", "removed", "changed", "moved"};

	return name_of(words, ARRAY_SIZE(words), (int)kind);
}

const char *weir_policy_effect_name(enum weir_policy_effect effect)
{
	static const char *const words[] = {"none", "stricter", "looser", "unknown"};

	return name_of(words, ARRAY_SIZE(words), (int)effect);
}
