/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "staff.h"
#include "weir/base/fd.h"

#define HEADER_MAX 512

const char staff_console[] = WEIR_TEST_BIN "/weir-console";

const char *const staff_roles[STAFF_ROLES] = {
	"viewer",	 "analyst",	     "senior",	      "evidence_approver",
	"policy_author", "policy_publisher", "administrator", "auditor",
};
/* The scopes that each role's token gets: all that the role has. Written out here once more. */
static const char *const scopes[STAFF_ROLES] = {
	"\"alert.read\",\"event.read\",\"agent.read\",\"policy.read\",\"register.read\","
	"\"report.read\"",
	"\"alert.read\",\"alert.triage\",\"event.read\",\"agent.read\",\"policy.read\","
	"\"register.read\",\"register.write\",\"evidence.request\",\"evidence.read\","
	"\"report.read\"",
	"\"alert.read\",\"alert.triage\",\"alert.close\",\"event.read\",\"agent.read\","
	"\"policy.read\",\"register.read\",\"register.write\",\"register.approve\","
	"\"evidence.request\",\"evidence.read\",\"report.read\"",
	"\"alert.read\",\"event.read\",\"evidence.approve\"",
	"\"agent.read\",\"policy.read\",\"policy.write\",\"register.read\",\"report.read\"",
	"\"agent.read\",\"policy.read\",\"policy.publish\",\"register.read\",\"report.read\"",
	"\"agent.read\",\"agent.manage\",\"policy.read\",\"user.manage\",\"export.manage\","
	"\"metrics.read\"",
	"\"audit.read\"",
};
int staff_call(const struct staff *f, const char *method, const char *path, const char *header,
	       const char *body, struct client_reply *reply)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024);
	int fd _cleanup_(weir_closep) = client_tcp(f->console.port);

	assert_true(fd >= 0);
	assert_int_equal(
		weir_buf_printf(&request, "%s %s HTTP/1.1\r\nHost: x\r\n%s", method, path, header),
		0);
	if (strcmp(method, "GET") != 0)
		assert_int_equal(weir_buf_printf(&request, "Content-Length: %zu\r\n",
						 body ? strlen(body) : 0),
				 0);
	assert_int_equal(weir_buf_printf(&request, "\r\n%s", body ? body : ""), 0);
	assert_int_equal(client_exchange(fd, request.data, request.len, reply), 0);
	return reply->status;
}

int staff_call_as(const struct staff *f, const char *bearer, const char *method, const char *path,
		  const char *body, json_t **ret)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char header[HEADER_MAX] = "";
	int status;

	if (bearer)
		(void)snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", bearer);
	status = staff_call(f, method, path, header, body, &reply);
	if (ret)
		*ret = json_loadb(reply.body.data ? reply.body.data : "", reply.body.len, 0, NULL);
	return status;
}

void staff_copy_member(json_t *object, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	assert_non_null(value);
	(void)snprintf(text, size, "%s", value);
}

void staff_log_in(const struct staff *f, const char *name, char session[static 80])
{
	char body[256];
	json_t *answer = NULL;

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s\",\"password\":\"" STAFF_PASSWORD "\",\"bearer\":true}",
		       name);
	assert_int_equal(staff_call_as(f, NULL, "POST", "/api/v1/login", body, &answer), 200);
	staff_copy_member(answer, "token", session, 80);
	json_decref(answer);
}

static void add_person(const struct staff *f, unsigned role, bool bound)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s.%s\",\"password\":\"" STAFF_PASSWORD
		       "\",\"roles\":[\"%s\"],%s}",
		       staff_roles[role], bound ? "bound" : "one", staff_roles[role],
		       bound ? "\"groups\":[\"north\"]" : "\"every_group\":true");
	assert_int_equal(staff_call_as(f, f->console.token, "POST", "/api/v1/users", body, NULL),
			 201);
}

static void add_token(const struct staff *f, unsigned role, const char *session,
		      char token[static 80])
{
	char body[512];
	json_t *answer = NULL;

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"test\",\"permissions\":[%s],\"expires_in\":3600}",
		       scopes[role]);
	assert_int_equal(staff_call_as(f, session, "POST", "/api/v1/tokens", body, &answer), 201);
	staff_copy_member(answer, "secret", token, 80);
	json_decref(answer);
}

static void add_role(struct staff *f, unsigned role)
{
	char name[64];

	add_person(f, role, false);
	(void)snprintf(name, sizeof(name), "%s.one", staff_roles[role]);
	staff_log_in(f, name, f->session[role]);
	add_token(f, role, f->session[role], f->token[role]);
}

static void add_bound_role(struct staff *f, unsigned role)
{
	char name[64], session[80];

	add_person(f, role, true);
	(void)snprintf(name, sizeof(name), "%s.bound", staff_roles[role]);
	staff_log_in(f, name, session);
	add_token(f, role, session, f->bound[role]);
}

int staff_setup(void **state)
{
	static struct staff staff;

	if (console_init(&staff.console) < 0 || console_start(&staff.console, staff_console) < 0)
		return -1;
	for (unsigned i = 0; i < STAFF_ROLES; i++)
		add_role(&staff, i);
	for (unsigned i = 0; i < STAFF_ROLES; i++)
		add_bound_role(&staff, i);
	staff_log_in(&staff, "viewer.one", staff.ended);
	assert_int_equal(staff_call_as(&staff, staff.ended, "POST", "/api/v1/logout", NULL, NULL),
			 200);
	*state = &staff;
	return 0;
}

int staff_teardown(void **state)
{
	console_done(&((struct staff *)*state)->console);
	return 0;
}
