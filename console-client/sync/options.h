/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SYNC_OPTIONS_H
#define WEIR_SYNC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* The command line of weir-sync. Strings belong to argv. */
struct sync_options {
	const char *spool;
	const char *console;
	bool enroll;
	const char *identity, *state;
	const char *token_file; /* NULL: no token; with enroll "-" is standard input */
	const char *agent_uid_file;
	bool once;
	bool verbose;
	bool switch_user;
	uint32_t uid, gid;
};

/* 0; 1 when --help or --version has been answered; -EINVAL after saying why on stderr. */
int sync_options_parse(int argc, char **argv, struct sync_options *ret) _must_use_;

#endif
