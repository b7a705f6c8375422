/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_CONTROL_H
#define WEIR_DAEMON_CONTROL_H

/* The socket at which anyone on the host may ask. One packet {"request":"...", ...} of at most
 * 4 KiB, one packet of JSON back, at most 128 KiB. At most 16 callers at a time; one that does not
 * ask within the time of 16 others goes. Who may have what answered is for the answerer to say, by
 * the user that the kernel names. */

#include <jansson.h>
#include <sys/types.h>

#include "weir/base/macros.h"
#include "weir/pipeline/loop.h"

#define WEIR_CONTROL_REQUEST_MAX 4096
#define WEIR_CONTROL_ANSWER_MAX	 (128 * 1024)

struct weir_control;

/* Borrowed for the call. */
struct weir_control_request {
	const char *name;
	const json_t *arguments; /* the whole packet, an object */
	uid_t uid;		 /* of the caller, by SO_PEERCRED */
	pid_t pid;
};

/* A new reference; NULL when there is no such request. */
typedef json_t *(*weir_control_fn)(void *context, const struct weir_control_request *request);

/* A refusal, as an answer: {"error":en,"error_zh":zh}. A new reference; NULL without memory. */
json_t *weir_control_refusal(const char *en, const char *zh);

/* The socket appears at path, mode 0666, when this returns: whoever finds it may ask. An old one is
 * replaced. */
int weir_control_new(const char *path, struct weir_loop *loop, weir_control_fn fn, void *context,
		     struct weir_control **ret) _must_use_;
/* Removes the socket's name. */
void weir_control_free(struct weir_control *control);
DEFINE_CLEANUP(weir_control_free, struct weir_control *);

#endif
