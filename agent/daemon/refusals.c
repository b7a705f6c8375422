/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/refusals.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/event/decode.h"
#include "weir/report/text.h"

#define TARGET_MAX WEIR_EVENT_PATH_MAX

/* Names are anybody's choice: what reads like an identifier in one is not repeated. */
static void target_text(const struct weir_event *event, char to[static TARGET_MAX])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *addr = event->remote.addr;
	bool v4 = memcmp(addr, mapped, sizeof(mapped)) == 0;
	char text[INET6_ADDRSTRLEN] = "";

	if (event->channel != WEIR_ABI_CHANNEL_NETWORK) {
		(void)weir_text_copy(to, TARGET_MAX, event->path, sizeof(event->path));
		weir_text_mask_numbers(to);
		return;
	}
	(void)inet_ntop(v4 ? AF_INET : AF_INET6, addr + (v4 ? 12 : 0), text, sizeof(text));
	(void)snprintf(to, TARGET_MAX, v4 ? "%s:%u" : "[%s]:%u", text, event->remote.port);
}

static json_t *classes_of(const struct weir_refusal *refusal)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < refusal->n_classes; i++)
		(void)json_array_append_new(ret, json_string(refusal->classes[i]));
	return ret;
}

static json_t *counts_of(const struct weir_refusal *refusal)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < refusal->n_counts; i++)
		(void)json_array_append_new(
			ret, json_pack("{s:s, s:I}", "detector", refusal->counts[i].detector,
				       "distinct", (json_int_t)refusal->counts[i].distinct));
	return ret;
}

static json_t *entry_of(const struct weir_refusal *refusal)
{
	const struct weir_event *event = &refusal->event;
	char target[TARGET_MAX], when[WEIR_TIME_TEXT];

	target_text(event, target);
	weir_time_format(event->time_ns, when);
	return json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o}",
			 "event", (json_int_t)refusal->id, "time", when, "seen",
			 (json_int_t)refusal->seen, "action", refusal->warned ? "warn" : "block",
			 "channel", weir_event_channel_name(event->channel), "target", target,
			 "cause", weir_event_cause_name(event->cause), "rule", refusal->rule,
			 "message_zh", refusal->message_zh, "message_en", refusal->message_en,
			 "late", event->late, "justified", refusal->justified, "classes",
			 classes_of(refusal), "counts", counts_of(refusal));
}

/* False: it is there and no number. */
static bool take_event(const json_t *arguments, uint64_t *ret)
{
	const json_t *event = json_object_get(arguments, "event");

	*ret = 0;
	if (!event)
		return true;
	if (!json_is_integer(event) || json_integer_value(event) <= 0)
		return false;
	*ret = (uint64_t)json_integer_value(event);
	return true;
}

static json_t *refuse(int error)
{
	switch (error) {
	case -EINVAL:
		return weir_control_refusal(
			"name the event, and give a reason of 4 to 500 characters in one line",
			"请给出编号，并用一行 4 至 500 个字符说明理由");
	case -ENOENT:
		return weir_control_refusal("nothing of that number was refused to you",
					    "没有拒绝过您的这个编号");
	case -EPERM:
		return weir_control_refusal("the rule lets nothing pass for a reason",
					    "此规则不能凭理由放行");
	case -EALREADY:
		return weir_control_refusal("a reason was given for it already",
					    "已经为此说明过理由");
	case -EBUSY:
		return weir_control_refusal("the reason that you gave last still waits to be used",
					    "上一次说明的理由尚未使用");
	case -EDQUOT:
		return weir_control_refusal("too many reasons within an hour",
					    "一小时内说明理由的次数过多");
	default:
		return weir_control_refusal(strerror(-error), strerror(-error));
	}
}

json_t *weir_answer_explain(const struct weir_pipeline *pipeline,
			    const struct weir_control_request *request)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];
	size_t n = weir_pipeline_refusals(pipeline, request->uid, list);
	json_t *refusals;
	uint64_t wanted;

	if (!take_event(request->arguments, &wanted))
		return weir_control_refusal("the event is no number", "编号无效");
	refusals = json_array();
	for (size_t i = 0; i < n; i++)
		if (!wanted || list[i]->id == wanted)
			(void)json_array_append_new(refusals, entry_of(list[i]));
	if (wanted && json_array_size(refusals) == 0) {
		json_decref(refusals);
		return refuse(-ENOENT);
	}
	return json_pack("{s:i, s:o}", "schema", 1, "refusals", refusals);
}

int weir_justify_parse(const json_t *arguments, struct weir_justify_arguments *ret)
{
	const json_t *reason = json_object_get(arguments, "reason");
	uint64_t event;

	if (!take_event(arguments, &event) || !event || !json_is_string(reason) ||
	    !weir_reason_valid(json_string_value(reason)))
		return -EINVAL;
	*ret = (struct weir_justify_arguments){event, json_string_value(reason)};
	return 0;
}

json_t *weir_answer_justify(struct weir_pipeline *pipeline,
			    const struct weir_control_request *request)
{
	struct weir_justify_arguments arguments;
	int r = weir_justify_parse(request->arguments, &arguments);

	if (r == 0)
		r = weir_pipeline_justify(pipeline, request->uid, arguments.event,
					  arguments.reason);
	if (r < 0)
		return refuse(r);
	return json_pack("{s:i, s:I, s:i}", "schema", 1, "event", (json_int_t)arguments.event,
			 "seconds", (int)(WEIR_PASS_NS / WEIR_NSEC_PER_SEC));
}
