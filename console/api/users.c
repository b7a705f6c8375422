/* SPDX-License-Identifier: Apache-2.0 */
/* The people, for who manages them. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "json.h"
#include "people.h"
#include "query.h"
#include "weir/base/parse.h"
#include "weir/console_api/people.h"

struct page {
	json_t *rows;
	uint32_t wanted;
	uint64_t last;
	bool more;
};

static json_t *render_user(const struct weir_person *person)
{
	return json_pack("{s:I,s:s,s:s,s:o,s:b,s:o,s:b,s:b,s:b,s:s,s:s,s:o}", "id",
			 (json_int_t)person->id, "name", person->name, "display", person->display,
			 "roles", weir_api_roles(person->roles), "every_group", person->every_group,
			 "groups", weir_api_groups(person->groups, person->n_groups), "disabled",
			 person->disabled, "password", person->has_password, "totp",
			 person->has_totp, "issuer", person->issuer, "subject", person->subject,
			 "created", weir_api_time(person->created_ns));
}

static int add_user(void *context, const struct weir_person *person)
{
	struct page *page = context;
	json_t *row;

	if (json_array_size(page->rows) >= page->wanted) {
		page->more = true;
		return 1;
	}
	row = render_user(person);
	page->last = person->id;
	return !row || json_array_append_new(page->rows, row) < 0 ? -ENOMEM : 0;
}

void weir_api_list_users(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	struct weir_api_marks marks;
	struct weir_error err = {};
	struct page page;
	int r = weir_api_query_marks(call->query, WEIR_API_MARK_LIMIT | WEIR_API_MARK_AFTER, &marks,
				     &err);

	if (r < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	page = (struct page){.rows = json_array(), .wanted = marks.limit};
	r = weir_people_list(call->people, marks.after, marks.limit + 1, add_user, &page);
	if (r == 0) {
		weir_api_answer(
			reply, 200,
			json_pack("{s:o,s:o}", "users", page.rows, "next_after",
				  page.more ? json_sprintf("%" PRIu64, page.last) : json_null()));
		return;
	}
	json_decref(page.rows);
	weir_api_fail_store(reply, r);
}

static void fail_user(struct weir_api_reply *reply, int r, const char *why)
{
	if (r == -EINVAL)
		weir_api_fail(reply, 400, "input", why, "see the API's description");
	else if (r == -EPERM)
		weir_api_fail(reply, 403, "forbidden", why, "ask another administrator");
	else if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such user",
			      "list them to see the ids");
	else if (r == -EEXIST)
		weir_api_fail(reply, 409, "exists", "there is such a user already",
			      "choose another name");
	else
		weir_api_fail_store(reply, r);
}

static int take_user(void *context, const struct weir_person *person)
{
	json_t **user = context;

	*user = render_user(person);
	return *user ? 0 : -ENOMEM;
}

/* As authenticators scan it. A name needs no encoding but for its "@", which they read as it is. */
static json_t *render_totp(const uint8_t secret[static WEIR_TOTP_SECRET_LEN], const json_t *user)
{
	const char *name = json_string_value(json_object_get(user, "name"));
	char text[WEIR_TOTP_TEXT];

	weir_totp_format(secret, text);
	return json_pack("{s:s,s:o}", "secret", text, "uri",
			 json_sprintf("otpauth://totp/Weir:%s?secret=%s&issuer=Weir", name, text));
}

/* totp: a new secret, shown this once; NULL: none. */
static void answer_user(const struct weir_api_people_call *call, uint64_t id, unsigned status,
			const uint8_t *totp, struct weir_api_reply *reply)
{
	json_t *user = NULL, *answer;
	int r = weir_people_get(call->people, id, take_user, &user);

	if (r < 0) {
		fail_user(reply, r, "");
		return;
	}
	answer = json_object();
	if (totp)
		json_object_set_new(answer, "totp", render_totp(totp, user));
	json_object_set_new(answer, "user", user);
	weir_api_answer(reply, status, answer);
}

static bool parse_id(const struct weir_api_people_call *call, uint64_t *ret,
		     struct weir_api_reply *reply)
{
	struct weir_error err = {};

	if (weir_api_query_none(call->query, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return false;
	}
	if (weir_parse_u64(call->id, ret) == 0 && *ret <= WEIR_STORE_NUMBER_MAX)
		return true;
	weir_api_fail(reply, 400, "id", "this is not an id", "ids are numbers");
	return false;
}

void weir_api_get_user(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	uint64_t id;

	if (parse_id(call, &id, reply))
		answer_user(call, id, 200, NULL, reply);
}

/* A body, and what it says. */
struct user_body {
	json_t *object; /* owned */
	json_t *name, *display, *roles, *disabled, *password, *totp, *groups, *every_group, *issuer,
		*subject;
	weir_roles role_set;
	bool is_disabled;
	uint8_t secret[WEIR_TOTP_SECRET_LEN];
	const char *group_names[WEIR_GROUPS_MAX + 1];
	struct weir_person_change change; /* borrows from all of the above */
};

static void user_body_done(struct user_body *body)
{
	json_decref(body->object);
	explicit_bzero(body, sizeof(*body));
}

static int read_roles(struct user_body *body)
{
	for (size_t i = 0; i < json_array_size(body->roles); i++) {
		enum weir_role role;

		if (weir_role_parse(json_string_value(json_array_get(body->roles, i)), &role) < 0)
			return -EINVAL;
		body->role_set |= WEIR_ROLE_BIT(role);
	}
	return 0;
}

/* One group too many is left for the module to refuse. */
static void read_groups(struct user_body *body)
{
	struct weir_person_change *change = &body->change;

	change->set_groups = body->groups || body->every_group;
	change->every_group = json_is_true(body->every_group);
	change->n_groups = WEIR_MIN(json_array_size(body->groups), ARRAY_SIZE(body->group_names));
	for (size_t i = 0; i < change->n_groups; i++)
		body->group_names[i] = json_string_value(json_array_get(body->groups, i));
	change->groups = body->group_names;
}

static int fill_change(struct user_body *body, struct weir_error *err)
{
	body->is_disabled = json_is_true(body->disabled);
	body->change = (struct weir_person_change){
		.display = json_string_value(body->display),
		.roles = body->roles ? &body->role_set : NULL,
		.disabled = body->disabled ? &body->is_disabled : NULL,
		.password = json_string_value(body->password),
		.totp = json_is_true(body->totp) ? body->secret : NULL,
		.no_totp = json_is_false(body->totp),
		.issuer = json_string_value(body->issuer),
		.subject = json_string_value(body->subject),
	};
	read_groups(body);
	if (read_roles(body) < 0)
		return weir_error_set(err, -EINVAL, 0, 0, "roles names one that is not known");
	if (body->change.totp &&
	    getrandom(body->secret, sizeof(body->secret), 0) != (ssize_t)sizeof(body->secret))
		return weir_error_set(err, -EINVAL, 0, 0, "no random numbers");
	return 0;
}

static int read_user(const struct weir_api_people_call *call, bool adds, struct user_body *body,
		     struct weir_error *err)
{
	const struct weir_api_member members[] = {
		{"roles", WEIR_API_STRINGS, adds, &body->roles},
		{"display", WEIR_API_STRING, false, &body->display},
		{"password", WEIR_API_STRING, false, &body->password},
		{"totp", WEIR_API_BOOLEAN, false, &body->totp},
		{"groups", WEIR_API_STRINGS, false, &body->groups},
		{"every_group", WEIR_API_BOOLEAN, false, &body->every_group},
		{"issuer", WEIR_API_STRING, false, &body->issuer},
		{"subject", WEIR_API_STRING, false, &body->subject},
		/* the last: a new one has a name, an old one a state */
		{adds ? "name" : "disabled", adds ? WEIR_API_STRING : WEIR_API_BOOLEAN, adds,
		 adds ? &body->name : &body->disabled},
	};

	if (weir_api_query_none(call->query, err) < 0 ||
	    weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body->object,
			       err) < 0)
		return -EINVAL;
	return fill_change(body, err);
}

void weir_api_add_user(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	struct user_body body _cleanup_(user_body_done) = {};
	struct weir_error err = {};
	const char *why = "";
	uint64_t id;
	int r;

	if (read_user(call, true, &body, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	r = weir_people_add(call->people, call->by, json_string_value(body.name), &body.change, &id,
			    &why);
	if (r < 0)
		fail_user(reply, r, why);
	else
		answer_user(call, id, 201, body.change.totp, reply);
}

void weir_api_change_user(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	struct user_body body _cleanup_(user_body_done) = {};
	struct weir_error err = {};
	const char *why = "";
	uint64_t id;
	int r;

	if (!parse_id(call, &id, reply))
		return;
	if (read_user(call, false, &body, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	r = weir_people_change(call->people, call->by, id, &body.change, &why);
	if (r < 0)
		fail_user(reply, r, why);
	else
		answer_user(call, id, 200, body.change.totp, reply);
}
