/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_HTTP_LISTEN_H
#define WEIR_CONSOLE_HTTP_LISTEN_H

#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

/* Listening descriptors, non-blocking. */
int weir_http_listen_unix(const char *path, struct weir_error *err, int *ret_fd) _must_use_;
int weir_http_listen_loopback(const char *address, uint16_t port, struct weir_error *err,
			      int *ret_fd, uint16_t *ret_port) _must_use_;

#endif
