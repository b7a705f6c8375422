/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/fd.h"
#include "weir/base/log.h"

struct capture {
	int read_end, write_end;
	char text[4096];
};

static void capture_open(struct capture *capture)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	*capture = (struct capture){.read_end = ends[0], .write_end = ends[1]};
}

static const char *capture_take(struct capture *capture)
{
	ssize_t n = read(capture->read_end, capture->text, sizeof(capture->text) - 1);

	capture->text[n > 0 ? n : 0] = '\0';
	return capture->text;
}

static void capture_close(struct capture *capture)
{
	capture->read_end = weir_close(capture->read_end);
	capture->write_end = weir_close(capture->write_end);
}

static void log__line_has_ident_text_and_error(void **state)
{
	struct capture capture _cleanup_(capture_close);
	struct weir_log log;

	capture_open(&capture);
	log = (struct weir_log){.fd = capture.write_end, .level = WEIR_LOG_INFO, .ident = "weir-x"};
	errno = EXDEV;
	assert_int_equal(weir_log_error(&log, -ENOENT, "cannot open %s", "f"), -ENOENT);
	assert_int_equal(errno, EXDEV);
	assert_string_equal(capture_take(&capture),
			    "weir-x: cannot open f: No such file or directory\n");
	weir_log_info(&log, "started, %d workers", 2);
	assert_string_equal(capture_take(&capture), "weir-x: started, 2 workers\n");
	log.prefix = true;
	assert_int_equal(weir_log_warning(&log, 0, "slow"), 0);
	assert_string_equal(capture_take(&capture), "<4>weir-x: slow\n");
}

static void log__level_and_closed_logs_drop(void **state)
{
	struct capture capture _cleanup_(capture_close);
	struct weir_log log;

	capture_open(&capture);
	log = (struct weir_log){
		.fd = capture.write_end, .level = WEIR_LOG_WARNING, .ident = "weir-x"};
	weir_log_info(&log, "not this");
	weir_log_debug(&log, "nor this");
	assert_string_equal(capture_take(&capture), "");
	log.fd = -1;
	assert_int_equal(weir_log_error(&log, -EIO, "gone"), -EIO);
	assert_int_equal(weir_log_error(NULL, -EIO, "gone"), -EIO);
	assert_string_equal(capture_take(&capture), "");
}

static void log__hostile_names_stay_on_their_line(void **state)
{
	struct capture capture _cleanup_(capture_close);
	struct weir_log log;

	capture_open(&capture);
	log = (struct weir_log){.fd = capture.write_end, .level = WEIR_LOG_INFO, .ident = "weir-x"};
	weir_log_info(&log, "file %s", "a\n<3>weir-x: forged\x1b[2J\x7f");
	assert_string_equal(capture_take(&capture), "weir-x: file a?<3>weir-x: forged?[2J?\n");
	weir_log_info(&log, "file %s", "\xe4\xbf\x9d");
	assert_string_equal(capture_take(&capture), "weir-x: file \xe4\xbf\x9d\n");
}

static void log__long_lines_are_cut_and_still_end(void **state)
{
	struct capture capture _cleanup_(capture_close);
	struct weir_log log;
	char text[3000];
	const char *line;

	capture_open(&capture);
	log = (struct weir_log){.fd = capture.write_end, .level = WEIR_LOG_INFO, .ident = "weir-x"};
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(weir_log_error(&log, -EIO, "%s", text), -EIO);
	line = capture_take(&capture);
	assert_int_equal(strlen(line), 1023);
	assert_int_equal(line[1022], '\n');
	memset(text, 'y', sizeof(text) - 1);
	log.ident = text;
	weir_log_info(&log, "short");
	assert_non_null(strstr(capture_take(&capture), "y: short\n"));
}

static void log__stderr_is_prefixed_for_the_journal_alone(void **state)
{
	struct stat st;
	char stream[64];

	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	assert_false(weir_log_stderr("weir-x").prefix);
	assert_int_equal(setenv("JOURNAL_STREAM", "1:2", 1), 0);
	assert_false(weir_log_stderr("weir-x").prefix);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	assert_true(weir_log_stderr("weir-x").prefix);
	assert_int_equal(weir_log_stderr("weir-x").level, WEIR_LOG_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log__line_has_ident_text_and_error),
		cmocka_unit_test(log__level_and_closed_logs_drop),
		cmocka_unit_test(log__hostile_names_stay_on_their_line),
		cmocka_unit_test(log__long_lines_are_cut_and_still_end),
		cmocka_unit_test(log__stderr_is_prefixed_for_the_journal_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
