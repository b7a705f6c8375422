/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_CONTROL_CLIENT_H
#define WEIR_CLI_CONTROL_CLIENT_H

/* Asking the agent. */

#include <jansson.h>
#include <stdbool.h>

#include "weir/base/macros.h"

#define WEIR_CONTROL_SOCKET "/run/weir/control.sock"

/* What status and doctor have in common on the command line. */
struct control_options {
	const char *socket;
	const char *pin_dir;
	bool json;
	unsigned wait_s; /* for the agent to come up */
};

/* --socket ('s') or --format ('f'), which every command of the agent's has; value is borrowed. -EINVAL: another option, or no such
 * format. */
int control_take(struct control_options *options, int option, const char *value) _must_use_;

/* 1: go on, 0: help was given, -EINVAL: wrong (said so). */
int control_parse(int argc, char **argv, const char *summary, struct control_options *ret);

/* A new reference to the agent's answer. -ENOENT or -ECONNREFUSED: no agent is there (after
 * wait_s); -ETIMEDOUT: it does not answer within 10 s; -EPROTO: not an answer. */
int control_ask(const struct control_options *options, const char *request,
		json_t **ret) _must_use_;

/* The same with arguments; takes over the reference. -EREMOTEIO: refused, *ret holds {"error"}. */
int control_request(const struct control_options *options, json_t *request,
		    json_t **ret) _must_use_;

/* Says on stderr why weir COMMAND got no answer, or, with -EREMOTEIO, why it was refused. */
void control_complain(const char *command, const struct control_options *options, int error,
		      const json_t *answer);

/* True when the person reads Chinese, by LC_ALL, LC_MESSAGES, LANG. */
bool control_chinese(void);

/* The agent's USB devices with the rules that hold for them, a line each. */
void control_print_devices(const json_t *answer, bool chinese);

/* Text from the agent is shown with control characters replaced. */
const char *control_text(const json_t *object, const char *key, char *to, size_t size);

#endif
