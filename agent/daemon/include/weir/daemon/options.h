/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_OPTIONS_H
#define WEIR_DAEMON_OPTIONS_H

#include <stdbool.h>

#include "weir/base/log.h"
#include "weir/daemon/config.h"

struct weir_options {
	struct weir_config *config; /* the caller's to free */
	const char *config_path;    /* of argv, or the default; the file need not be there */
	const char *unlock;	    /* of argv; NULL: none */
	bool remove;		    /* take everything out of the kernel and end */
};

/* Command line over configuration file over defaults. 1: *ret is filled; 0: help or version was printed; negative: what is
 * wrong was said. */
int weir_options_parse(int argc, char **argv, const struct weir_log *log,
		       struct weir_options *ret) _must_use_;

#endif
