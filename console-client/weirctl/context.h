/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_CONTEXT_H
#define WEIRCTL_CONTEXT_H

/* Which console, by which token, and how to ask it. */

#include <getopt.h>
#include <jansson.h>

#include "output.h"
#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIRCTL_CONSOLE "unix:/run/weir-console/socket" /* when nothing else is said */

struct weir_http;

struct weirctl_context {
	const char *console;	/* borrowed */
	const char *token_file; /* borrowed; NULL: no token */
	enum weirctl_format format;
	struct weir_http *http; /* made with the first request */
	char *token;
};

void weirctl_context_done(struct weirctl_context *context);

/* The options that stand before the noun or behind the verb, for getopt_long(), and what to do with
 * one of them: true when it was one and its value is good; false after a message. */
#define WEIRCTL_COMMON_OPTIONS                                                                   \
	{"console", required_argument, NULL, 'C'}, {"token-file", required_argument, NULL, 'T'}, \
		{"output", required_argument, NULL, 'o'}, {"json", no_argument, NULL, 'j'},      \
	{                                                                                        \
		"help", no_argument, NULL, 'h'                                                   \
	}
bool weirctl_context_option(struct weirctl_context *context, int option, const char *value);

/* Takes them behind a verb that has no others; optind is then where its arguments begin. WEIRCTL_OK, WEIRCTL_USAGE, or -1 when usage
 * was asked for and printed. */
int weirctl_context_options(struct weirctl_context *context, int argc, char **argv,
			    const char *usage) _must_use_;

/* GET target; *ret is the parsed answer with the status 200. Otherwise says what is wrong on stderr
 * and returns the exit status (never 0). */
int weirctl_get(struct weirctl_context *context, const char *target, json_t **ret) _must_use_;

/* Appends "NAME=VALUE", encoded, behind "?" or "&". */
int weirctl_add_param(struct weir_buf *target, const char *name, const char *value) _must_use_;

void weirctl_json_freep(json_t **json);

#endif
