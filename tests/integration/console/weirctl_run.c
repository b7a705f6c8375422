/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weirctl_run.h"

int weirctl_setup(void **state)
{
	static struct console console;
	char base[128];

	if (console_init(&console) < 0 ||
	    console_start(&console, WEIR_TEST_BIN "/weir-console") < 0)
		return -1;
	(void)snprintf(base, sizeof(base), "unix:%s", console.socket);
	setenv("WEIR_CONSOLE", base, 1);
	setenv("WEIR_TOKEN_FILE", console.token_file, 1);
	setenv("XDG_CONFIG_HOME", console.dir, 1);
	setenv("LC_ALL", "C", 1);
	unsetenv("WEIR_CONTEXT");
	*state = &console;
	return 0;
}

int weirctl_teardown(void **state)
{
	console_done(*state);
	return 0;
}

void weirctl_post(const struct console *console, const struct fake_batch *batch)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct client_reply reply _cleanup_(client_reply_done) = {};

	fake_batch(batch, &bytes);
	assert_int_equal(client_post(console->socket, &bytes, &reply), 0);
	assert_int_equal(reply.status, 200);
}

void output_done(struct output *output)
{
	process_result_done(&output->result);
}

struct output weirctl_run(const char *const *argv)
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

int weirctl_status(struct output output)
{
	int status = output.result.status;

	output_done(&output);
	return status;
}

void weirctl_says(struct output output, int status, const char *text)
{
	if (output.result.status != status)
		fail_msg("%d: %s", output.result.status, output.err);
	if (!strstr(status ? output.err : output.out, text))
		fail_msg("\"%s\" is not in: %s%s", text, output.out, output.err);
	output_done(&output);
}
