/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_CONTEXT_H
#define WEIRCTL_CONTEXT_H

/* Which console, by which token, how to ask it, and what was asked of every command. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "output.h"
#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/console_client/http.h"

#define WEIRCTL_CONSOLE	   "unix:/run/weir-console/socket" /* when nothing else is said */
#define WEIRCTL_TARGET_MAX 4096				   /* bytes of a path with its query */

struct weirctl_context {
	char *name; /* of the context; NULL: none */
	char *console;
	char *ca_file; /* that signed an https console's certificate; NULL: those of this machine */
	char *token_file; /* NULL: no token; "-": stdin */
	FILE *out;	  /* data, never a message */
	enum weirctl_format format;
	const char *fields; /* of --json; NULL: not given; borrowed like the next */
	const char *jq;	    /* NULL: not given */
	bool dry_run, yes, no_input, watch;
	struct weir_http *http; /* made with the first request */
	char *token;
};

/* Takes the options of every command, the environment and the file of contexts. WEIRCTL_OK or, after a message, the exit status;
 * weirctl_context_done() follows either. */
int weirctl_context_init(struct weirctl_context *context,
			 const struct weirctl_args *args) _must_use_;
void weirctl_context_done(struct weirctl_context *context);

/* GET target; *ret is the parsed answer with a status of 200. Otherwise says what is wrong on stderr
 * and returns the exit status (never 0). */
int weirctl_get(struct weirctl_context *context, const char *target, json_t **ret) _must_use_;

/* GET of a list, page by page, until `limit` rows (0: all) are there: *ret looks like one page whose array `member` has them all.
 * target has a query; it is asked for with limit=... and the cursor of the page before, `cursor` being "before" or "after". */
int weirctl_get_list(struct weirctl_context *context, const char *target, const char *member,
		     const char *cursor, unsigned limit, json_t **ret) _must_use_;

/* As weirctl_get() with another method, and with body (borrowed; NULL: none) as JSON. *ret is NULL when the answer was empty.
 * With --dry-run the request is printed instead: WEIRCTL_OK, *ret NULL. */
int weirctl_send(struct weirctl_context *context, const char *method, const char *target,
		 const json_t *body, json_t **ret) _must_use_;

/* Any other request, with any kind of answer in *ret, which the caller ends. Statuses of 400 and more are told and become the exit
 * status as above. The token is added. */
int weirctl_perform(struct weirctl_context *context, const struct weir_http_request *request,
		    struct weir_http_response *ret) _must_use_;

/* Appends "NAME=VALUE", encoded, behind "?" or "&"; nothing when value is NULL. */
int weirctl_add_param(struct weir_buf *target, const char *name, const char *value) _must_use_;

/* Appends a part of a path, encoded: whatever an ID is, it stays one segment. -EINVAL when it is empty, "." or "..". */
int weirctl_add_segment(struct weir_buf *target, const char *text) _must_use_;

/* Whether to go on: true with --yes or --dry-run, or when the person says so on the terminal. Else false after a message. */
bool weirctl_confirm(const struct weirctl_context *context, struct weirctl_words question);

/* A line from the terminal without showing it, or from stdin where that is no terminal; without its line feed. WEIRCTL_OK or, after a
 * message, the exit status. */
int weirctl_read_secret(const struct weirctl_context *context, struct weirctl_words prompt,
			struct weir_buf *ret) _must_use_;

void weirctl_json_freep(json_t **json);

#endif
