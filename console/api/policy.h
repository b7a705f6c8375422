/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_POLICY_PRIVATE_H
#define WEIR_CONSOLE_API_POLICY_PRIVATE_H

/* What the calls about versions, keys, the register and evidence share. */

#include "json.h"
#include "query.h"
#include "weir/console_api/policy.h"

/* A list being made: one row more than wanted is asked for and tells whether there is more. */
struct weir_api_list {
	json_t *rows;
	uint32_t wanted;
	uint64_t last;
	bool more;
};

/* Takes the row over. 1: it is not on the page. */
int weir_api_list_add(struct weir_api_list *list, uint64_t id, json_t *row) _must_use_;

/* Reads limit= and before=; false after an answer. */
bool weir_api_list_begin(const struct weir_api_policy_call *call, struct weir_api_list *list,
			 uint64_t *ret_before, struct weir_api_reply *reply);
void weir_api_list_end(struct weir_api_list *list, const char *name, int r,
		       struct weir_api_reply *reply);

/* The id of the path; false after an answer. */
bool weir_api_policy_number(const struct weir_api_policy_call *call, uint64_t *ret,
			    struct weir_api_reply *reply);

/* The same, with no query. */
bool weir_api_policy_id(const struct weir_api_policy_call *call, uint64_t *ret,
			struct weir_api_reply *reply);

/* What a function of console/policy returned, negative, in words. */
void weir_api_policy_fail(struct weir_api_reply *reply, int error, const struct weir_error *err);

/* A body that must be empty or {}; false after an answer. */
bool weir_api_policy_no_body(const struct weir_api_policy_call *call, struct weir_api_reply *reply);

/* Answers with the thing of this id and this status. */
typedef void (*weir_api_tell_fn)(const struct weir_api_policy_call *call, uint64_t id,
				 unsigned status, struct weir_api_reply *reply);

/* 0 and *ret_id of what was made from the body, or negative errno with *err. */
typedef int (*weir_api_ask_fn)(const struct weir_api_policy_call *call, uint64_t *ret_id,
			       struct weir_error *err);
void weir_api_policy_ask(const struct weir_api_policy_call *call, weir_api_ask_fn ask,
			 weir_api_tell_fn tell, struct weir_api_reply *reply);

/* A decision on what the path names; negative errno with *err. The call has no body. */
typedef int (*weir_api_decide_fn)(struct weir_store *store, const struct weir_principal *by,
				  uint64_t id, bool approve, uint64_t now_ns,
				  struct weir_error *err);
void weir_api_policy_decide(const struct weir_api_policy_call *call, weir_api_decide_fn decide,
			    bool approve, weir_api_tell_fn tell, struct weir_api_reply *reply);

json_t *weir_api_hex(const void *data, size_t len);

#endif
