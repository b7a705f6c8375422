/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_OPTIONS_H
#define WEIR_CONSOLE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "janitor.h"
#include "weir/base/log.h"
#include "weir/base/macros.h"

#define WEIR_CONSOLE_ADDRESS_MAX 64
#define WEIR_CONSOLE_WAITING_MAX 200000

struct weir_console_options {
	const char *state;
	const char *database; /* as weir_store_open() takes it; NULL: a file in the state folder */
	const char *socket;   /* NULL: none */
	bool dev;
	char address[WEIR_CONSOLE_ADDRESS_MAX]; /* with dev */
	uint16_t port;				/* with dev; 0: any */
	const char *tenant;			/* whose policies this console makes */
	const char *oidc;			/* NULL: no log-in by an identity provider */
	const char *server_names;		/* NULL: no certificate for nginx is made */
	uint32_t heartbeat_s;			/* 0: the default */
	uint32_t waiting;			/* heartbeats that wait at a time; 0: the default */
	const char *port_file;			/* NULL: none */
	struct weir_keep keep;			/* 0 days: the class is kept */
	enum weir_log_level log_level;
};

/* Texts are borrowed from argv. 1: go on; 0: done (--help, --version); 2: a usage error, told on
 * stderr. */
int weir_console_options_parse(int argc, char **argv, struct weir_console_options *ret) _must_use_;

#endif
