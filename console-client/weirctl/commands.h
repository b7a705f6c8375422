/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_COMMANDS_H
#define WEIRCTL_COMMANDS_H

/* One function for each command, in the file cmd_<noun>_<verb>.c. argv[0] is the verb. Data goes to
 * stdout, messages to stderr. */

#include "context.h"

enum weirctl_exit {
	WEIRCTL_OK = 0,
	WEIRCTL_ERROR = 1,
	WEIRCTL_USAGE = 2,
	WEIRCTL_NOT_FOUND = 3,
	WEIRCTL_AUTH = 4,
};

int weirctl_alert_ls(struct weirctl_context *context, int argc, char **argv);
int weirctl_alert_show(struct weirctl_context *context, int argc, char **argv);
int weirctl_agent_ls(struct weirctl_context *context, int argc, char **argv);

#endif
