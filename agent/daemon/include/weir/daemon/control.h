/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_CONTROL_H
#define WEIR_DAEMON_CONTROL_H

/* The socket at which anyone on the host may ask for status and doctor; it changes nothing. One
 * packet {"request":"..."} of at most 1 KiB, one packet of JSON back, at most 128 KiB. At most 16
 * callers at a time; one that does not ask within the time of 16 others goes. */

#include <jansson.h>

#include "weir/base/macros.h"
#include "weir/pipeline/loop.h"

#define WEIR_CONTROL_REQUEST_MAX 1024
#define WEIR_CONTROL_ANSWER_MAX	 (128 * 1024)

struct weir_control;

/* A new reference, or NULL when there is no such request. */
typedef json_t *(*weir_control_fn)(void *context, const char *request);

/* The socket appears at path, mode 0666, when this returns: whoever finds it may ask. An old one is
 * replaced. */
int weir_control_new(const char *path, struct weir_loop *loop, weir_control_fn fn, void *context,
		     struct weir_control **ret) _must_use_;
/* Removes the socket's name. */
void weir_control_free(struct weir_control *control);
DEFINE_CLEANUP(weir_control_free, struct weir_control *);

#endif
