/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_HTTP_RESPONSE_H
#define WEIR_CONSOLE_HTTP_RESPONSE_H

#include <stdbool.h>

#include "weir/base/macros.h"
#include "weir/console_http/server.h"

struct MHD_Response;

/* As libmicrohttpd has it; NULL without memory. Takes the reply's body over. allow: the methods that
 * the path has; NULL or "": not said. close: the connection ends with it. */
struct MHD_Response *weir_http_response(struct weir_http_reply *reply, const char *allow,
					bool close) _must_use_;

#endif
