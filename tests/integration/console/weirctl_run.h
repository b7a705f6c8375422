/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_WEIRCTL_RUN_H
#define WEIR_TEST_WEIRCTL_RUN_H

/* weirctl as a child. For files that have included cmocka. */

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

#endif
