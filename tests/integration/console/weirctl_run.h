/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_WEIRCTL_RUN_H
#define WEIR_TEST_WEIRCTL_RUN_H

/* weirctl as a child of the test, against a console of its own. What goes wrong fails the test. */

#include "client.h"
#include "fake.h"
#include "process.h"
#include "weir/base/macros.h"

#define WEIRCTL WEIR_TEST_BIN "/weirctl"

/* Starts a console and sets the environment for weirctl, in English and with no settings of
 * anybody's. 0, or -1 as a set-up of cmocka says it. *state for weirctl_teardown. */
int weirctl_setup(void **state);
int weirctl_teardown(void **state);

/* Events for the console, as an endpoint would bring them. */
void weirctl_post(const struct console *console, const struct fake_batch *batch);

struct output {
	struct process_result result;
	const char *out, *err;
};

void output_done(struct output *output);

/* What fails says nothing on stdout; what does not, nothing on stderr. The caller ends the output. */
struct output weirctl_run(const char *const *argv);

#define RUN(...)    weirctl_run((const char *const[]){WEIRCTL, __VA_ARGS__, NULL})
#define STATUS(...) weirctl_status(RUN(__VA_ARGS__))

/* These end it. */
int weirctl_status(struct output output);
void weirctl_says(struct output output, int status, const char *text);

#endif
