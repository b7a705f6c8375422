/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_WEIRCTL_RUN_H
#define WEIR_TEST_WEIRCTL_RUN_H

/* weirctl as a child. For files that have included cmocka. */

#include "client.h"
#include "fake.h"
#include "process.h"
#include "weir/base/macros.h"

#define WEIRCTL WEIR_TEST_BIN "/weirctl"

struct output {
	struct process_result result;
	const char *out, *err;
};

static inline void output_done(struct output *output)
{
	process_result_done(&output->result);
}

/* What fails says nothing on stdout; what does not, nothing on stderr. */
static inline struct output weirctl_run(const char *const *argv)
{
	struct output output = {};

	assert_int_equal(process_run(argv, &output.result), 0);
	output.out = output.result.out.data ? output.result.out.data : "";
	output.err = output.result.err.data ? output.result.err.data : "";
	if (output.result.status)
		assert_string_equal(output.out, "");
	else
		assert_string_equal(output.err, "");
	return output;
}

#define RUN(...)    weirctl_run((const char *const[]){WEIRCTL, __VA_ARGS__, NULL})
#define STATUS(...) weirctl_status(RUN(__VA_ARGS__))

static inline int weirctl_status(struct output output)
{
	int status = output.result.status;

	output_done(&output);
	return status;
}

/* Events for the console, as an endpoint would bring them. */
static inline void weirctl_post(const struct console *console, const struct fake_batch *batch)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct client_reply reply _cleanup_(client_reply_done) = {};

	fake_batch(batch, &bytes);
	assert_int_equal(client_post(console->socket, &bytes, &reply), 0);
	assert_int_equal(reply.status, 200);
}

#endif
