/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <errno.h>
#include <string.h>

#include "render.h"
#include "weir/base/time.h"

void weir_api_json_freep(json_t **json)
{
	json_decref(*json);
}

static int fault(struct weir_error *err, const char *message, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", message);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

static bool is_text(const json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

static bool fits(const json_t *value, enum weir_api_kind kind)
{
	switch (kind) {
	case WEIR_API_STRING:
		return is_text(value);
	case WEIR_API_BOOLEAN:
		return json_is_boolean(value);
	case WEIR_API_INTEGER:
		return json_is_integer(value);
	case WEIR_API_STRINGS:
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!is_text(json_array_get(value, i)))
				return false;
		return json_is_array(value);
	}
	return false;
}

static int read_member(const json_t *object, const struct weir_api_member *member, size_t *n_known,
		       struct weir_error *err)
{
	json_t *value = json_object_get(object, member->name);

	*member->value = NULL;
	if (!value && member->needed) {
		weir_error_set(err, -EINVAL, 0, 0, "the body lacks %s", member->name);
		weir_error_hint(err, "see the API's description");
		return -EINVAL;
	}
	if (!value)
		return 0;
	++*n_known;
	if (!fits(value, member->kind)) {
		weir_error_set(err, -EINVAL, 0, 0, "%s is of another type", member->name);
		weir_error_hint(err, "see the API's description");
		return -EINVAL;
	}
	*member->value = value;
	return 0;
}

int weir_api_read_body(const void *body, size_t len, const struct weir_api_member *members,
		       size_t n, json_t **ret, struct weir_error *err)
{
	json_t *object _cleanup_(weir_api_json_freep) = NULL;
	size_t n_known = 0;

	object = json_loadb(body, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(object))
		return fault(err, "the body is no JSON object", "send {...} in UTF-8");
	for (size_t i = 0; i < n; i++)
		if (read_member(object, &members[i], &n_known, err) < 0)
			return -EINVAL;
	if (json_object_size(object) != n_known)
		return fault(err, "the body has a member that is not known",
			     "see the API's description");
	*ret = TAKE_PTR(object);
	return 0;
}

static int dump(const char *data, size_t len, void *context)
{
	return weir_buf_append(context, data, len);
}

void weir_api_answer(struct weir_api_reply *reply, unsigned status, json_t *object)
{
	reply->status = status;
	reply->error = 0;
	weir_buf_clear(&reply->body);
	if (!object || json_dump_callback(object, dump, &reply->body, JSON_COMPACT) < 0 ||
	    weir_buf_puts(&reply->body, "\n") < 0)
		weir_api_fail_store(reply, -ENOMEM);
	json_decref(object);
}

void weir_api_fail(struct weir_api_reply *reply, unsigned status, const char *code,
		   const char *message, const char *hint)
{
	reply->status = status;
	reply->error = 0;
	weir_buf_clear(&reply->body);
	if (weir_api_render_error(code, message, hint, &reply->body) < 0)
		weir_buf_clear(&reply->body);
}

void weir_api_fail_input(struct weir_api_reply *reply, const struct weir_error *err)
{
	weir_api_fail(reply, 400, "input", err->text, err->hint);
}

void weir_api_fail_store(struct weir_api_reply *reply, int error)
{
	if (error == -EBUSY || error == -EAGAIN || error == -ENOTCONN || error == -ENOMEM ||
	    error == -ETIME)
		weir_api_fail(reply, 503, "unavailable", "the console cannot use its database now",
			      "try again");
	else
		weir_api_fail(reply, 500, "internal", "the console's database failed",
			      "see the console's log");
	reply->error = error;
}

json_t *weir_api_time(uint64_t time_ns)
{
	char text[WEIR_TIME_TEXT];

	if (time_ns == 0)
		return json_null();
	weir_time_format(time_ns, text);
	return json_string(text);
}
