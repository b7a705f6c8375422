/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_HOST_H
#define WEIR_DAEMON_HOST_H

/* The machine that the agent runs on, and the folders that are the agent's own there. */

#include <limits.h>
#include <sys/utsname.h>

#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/daemon/config.h"

#define WEIR_HOST_UID_LEN 16

struct weir_host {
	char lsm[256]; /* active LSMs, "capability,landlock,bpf"; "" when not known */
	struct utsname kernel;
};

void weir_host_read(struct weir_host *ret);

/* Descriptors for this process: a file waiting for the inspector costs one or two, an opening at the gate one. As many as the
 * machine lets it have. */
void weir_host_raise_limits(void);

/* Makes the folders for state, runtime and scratch, names the spool's where the configuration does not, and leaves all of them
 * out of what is watched: what the agent itself writes is not news. scratch: the folder of self-tests. Negative errno, logged. */
int weir_host_folders(struct weir_config *config, const struct weir_log *log,
		      char scratch[PATH_MAX]) _must_use_;

/* Who this agent is, in hexadecimal digits: made once, kept in the folder of its state. Negative errno, logged. */
int weir_host_agent_uid(const struct weir_config *config, const struct weir_log *log,
			char ret[2 * WEIR_HOST_UID_LEN + 1]) _must_use_;

#endif
