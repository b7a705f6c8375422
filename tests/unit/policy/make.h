/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_AGENT_POLICY_MAKE_H
#define TESTS_UNIT_AGENT_POLICY_MAKE_H

/* Policies and inputs for the tests beside this file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/findings/detectors.h"
#include "weir/policy/compile.h"
#include "weir/policy/decide.h"

#define HEAD "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"

static inline struct weir_policy *make_policy(const char *yaml)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_policy *policy = NULL;
	struct weir_error err = {0};

	if (weir_policy_compile(yaml, strlen(yaml), &wire, &err) < 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
	if (weir_policy_new(wire.data, wire.len, &policy, &err) < 0)
		fail_msg("%s", err.text);
	return policy;
}

/* "192.0.2.1" or "2001:db8::1", the way the kernel writes it. */
static _unused_ void set_remote(struct weir_event *event, const char *address, uint16_t port)
{
	memset(&event->remote, 0, sizeof(event->remote));
	event->remote.port = port;
	if (inet_pton(AF_INET, address, event->remote.addr + 12) == 1)
		event->remote.addr[10] = event->remote.addr[11] = 0xff;
	else
		assert_int_equal(inet_pton(AF_INET6, address, event->remote.addr), 1);
}

static _unused_ struct weir_device make_stick(const char *vendor, const char *product,
					      const char *serial)
{
	struct weir_device ret = {.bus = "usb"};

	(void)snprintf(ret.vendor_id, sizeof(ret.vendor_id), "%s", vendor);
	(void)snprintf(ret.product_id, sizeof(ret.product_id), "%s", product);
	(void)snprintf(ret.serial_number, sizeof(ret.serial_number), "%s", serial);
	return ret;
}

#endif
