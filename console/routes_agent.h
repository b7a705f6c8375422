/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_ROUTES_AGENT_H
#define WEIR_CONSOLE_ROUTES_AGENT_H

#include "routes.h"
#include "weir/console_fleet/fleet.h"

/* Which endpoint calls. 1: *ret is it. 0: the call came over the Unix socket from this machine itself,
 * not through nginx: no certificate was asked for. Negative errno: refused, *reply is filled. */
int weir_route_identify(const struct weir_call *call, struct weir_fleet_identity *ret,
			struct weir_http_reply *reply) _must_use_;

/* The same, and an endpoint in quarantine is refused with -EPERM. */
int weir_route_identify_trusted(const struct weir_call *call, struct weir_fleet_identity *ret,
				struct weir_http_reply *reply) _must_use_;

/* The same for calls that are an endpoint's alone: true with *ret, or false with *reply filled. */
bool weir_route_endpoint(const struct weir_call *call, struct weir_fleet_identity *ret,
			 struct weir_http_reply *reply) _must_use_;

#endif
