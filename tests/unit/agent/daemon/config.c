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

#include <cmocka.h>

#include "weir/base/fd.h"
#include "weir/daemon/config.h"

static struct weir_config *config;
static struct weir_error error;

static int setup(void **state)
{
	config = NULL;
	error = (struct weir_error){0};
	return weir_config_new(&config);
}

static int teardown(void **state)
{
	weir_config_free(config);
	return 0;
}

static int load(const char *yaml)
{
	return weir_config_load(config, yaml, strlen(yaml), &error);
}

static void expect_error(const char *yaml, unsigned line, unsigned column, const char *part)
{
	error = (struct weir_error){0};
	assert_int_equal(load(yaml), -EINVAL);
	if (error.line != line || error.column != column || !strstr(error.text, part))
		fail_msg("%u:%u: %s; wanted %u:%u: %s", error.line, error.column, error.text, line,
			 column, part);
}

static void config__defaults(void **state)
{
	assert_string_equal(config->state_dir, "/var/lib/weir");
	assert_null(config->spool_dir);
	assert_true(config->gate_enabled);
	assert_int_equal(config->watch_paths.count, 1);
	assert_int_equal(load(""), 0);
	assert_int_equal(load("# nothing\n"), 0);
}

static void config__every_kind_of_value(void **state)
{
	assert_int_equal(load("state_dir: /srv/state/\n"
			      "best_tier: 3\n"
			      "spool_max: 64MiB\n"
			      "self_test: 90s\n"
			      "watch: {paths: [/a, /b/c/], exclude: []}\n"
			      "sinks:\n"
			      "  removable: {mounts: [/m]}\n"
			      "  share: {filesystems: [fuse.x, y]}\n"
			      "gate: {enabled: false, on_timeout: exit, budget: 1500ms}\n"
			      "floors: {removable: enforced, network: blind}\n"),
			 0);
	assert_string_equal(config->state_dir, "/srv/state");
	assert_int_equal(config->best_tier, 3);
	assert_int_equal(config->spool_max_bytes, 64 << 20);
	assert_int_equal(config->self_test_ns, 90000000000ULL);
	assert_int_equal(config->watch_paths.count, 2);
	assert_string_equal(config->watch_paths.item[1], "/b/c");
	assert_int_equal(config->watch_exclude.count, 0);
	assert_string_equal(config->removable_mounts.item[0], "/m");
	assert_string_equal(config->share_filesystems.item[1], "y");
	assert_false(config->gate_enabled);
	assert_true(config->gate_exit_on_timeout);
	assert_int_equal(config->gate_budget_ns, 1500000000);
	assert_int_equal(config->floor_removable, WEIR_FLOOR_ENFORCED);
	assert_int_equal(config->floor_network, WEIR_FLOOR_BLIND);
}

static void config__protect(void **state)
{
	assert_int_equal(load(""), 0);
	assert_int_equal(config->protect, WEIR_PROTECT_AUTO);
	assert_string_equal(config->protect_keys, "/etc/weir/unlock.d");
	assert_int_equal(config->protect_files.count, 0);
	assert_int_equal(load("protect: {mode: on, keys: /etc/keys, files: [/etc/a, /etc/b]}\n"),
			 0);
	assert_int_equal(config->protect, WEIR_PROTECT_ON);
	assert_string_equal(config->protect_keys, "/etc/keys");
	assert_int_equal(config->protect_files.count, 2);
	assert_string_equal(config->protect_files.item[1], "/etc/b");
	assert_int_equal(load("protect: {mode: off}\n"), 0);
	assert_int_equal(config->protect, WEIR_PROTECT_OFF);
	assert_int_equal(load("protect: {mode: maybe}\n"), -EINVAL);
	assert_int_equal(load("protect: {keys: unlock.d}\n"), -EINVAL);
}

static void config__programs(void **state)
{
	assert_null(config->inspect_pdf);
	assert_null(config->inspect_ocr);
	assert_int_equal(load("inspect: {pdf: off, ocr: /usr/bin/tesseract}\n"), 0);
	assert_string_equal(config->inspect_pdf, "");
	assert_string_equal(config->inspect_ocr, "/usr/bin/tesseract");
	assert_int_equal(load("inspect: {pdf: /opt/bin/pdftotext, ocr: \"off\"}\n"), 0);
	assert_string_equal(config->inspect_pdf, "/opt/bin/pdftotext");
	assert_string_equal(config->inspect_ocr, "");
	expect_error("inspect: {pdf: pdftotext}\n", 1, 16, "inspect.pdf");
	assert_non_null(strstr(error.hint, "or off"));
	expect_error("inspect: {ocr: on}\n", 1, 16, "inspect.ocr");
	expect_error("inspect: {program: off}\n", 1, 20, "inspect.program");
}

static void config__errors_have_a_place(void **state)
{
	expect_error("state_dir: /a\nstat_dir: /b\n", 2, 1, "unknown key");
	assert_non_null(strstr(error.hint, "state_dir"));
	expect_error("watch:\n  path: [/a]\n", 2, 3, "unknown key");
	assert_string_equal(error.hint, "known here: paths, exclude");
	expect_error("gate: {enabled: maybe}\n", 1, 17, "gate.enabled");
	expect_error("state_dir: relative\n", 1, 12, "state_dir");
	expect_error("state_dir: /a/../b\n", 1, 12, "state_dir");
	expect_error("state_dir: [/a]\n", 1, 12, "plain value");
	expect_error("watch: {paths: /a}\n", 1, 16, "list");
	expect_error("watch: {paths: [[/a]]}\n", 1, 17, "plain value");
	expect_error("watch: [1]\n", 1, 8, "keys");
	expect_error("- a\n", 1, 1, "keys");
	expect_error("best_tier: 5\n", 1, 12, "range");
	assert_string_equal(error.hint, "at most 4");
	expect_error("best_tier: -1\n", 1, 12, "best_tier");
	expect_error("best_tier: 1\nbest_tier: 2\n", 2, 1, "twice");
	expect_error("floors: {network: strict}\n", 1, 19, "floors.network");
	expect_error("spool_max: much\n", 1, 12, "spool_max");
	expect_error("{unfinished\n", 2, 1, "not YAML");
	expect_error("state_dir: \"/a\\0b\"\n", 1, 12, "plain value");
}

static void config__bounded(void **state)
{
	size_t len = WEIR_CONFIG_TEXT_MAX + 1;
	char *text = malloc(len);

	memset(text, '#', len);
	assert_int_equal(weir_config_load(config, text, len, &error), -EINVAL);
	snprintf(text, len, "watch: {paths: [");
	for (unsigned i = 0; i < 300; i++)
		strncat(text, "/a,", len - strlen(text) - 1);
	strncat(text, "/a]}", len - strlen(text) - 1);
	assert_int_equal(load(text), -EINVAL);
	assert_non_null(strstr(error.text, "more than 256"));
	free(text);
}

static void config__overrides(void **state)
{
	assert_int_equal(load("watch: {paths: [/file]}\n"), 0);
	assert_int_equal(weir_config_set(config, "watch.paths", "/one", true, &error), 0);
	assert_int_equal(weir_config_set(config, "watch.paths", "/two", false, &error), 0);
	assert_int_equal(config->watch_paths.count, 2);
	assert_string_equal(config->watch_paths.item[0], "/one");
	assert_int_equal(weir_config_set(config, "nothing", "x", false, &error), -EINVAL);
	assert_int_equal(weir_config_set(config, "state_dir", "x", false, &error), -EINVAL);
	assert_string_equal(config->state_dir, "/var/lib/weir");
}

static void config__sample_is_good_and_says_the_defaults(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(WEIR_CONFIG_TEXT_MAX);
	struct weir_config *defaults = NULL;

	assert_int_equal(weir_read_file(AT_FDCWD, WEIR_SAMPLE_CONFIG, &text), 0);
	if (weir_config_load(config, text.data, text.len, &error) < 0)
		fail_msg("%u:%u: %s", error.line, error.column, error.text);
	assert_int_equal(weir_config_new(&defaults), 0);
	assert_string_equal(config->state_dir, defaults->state_dir);
	assert_string_equal(config->inspect_program, defaults->inspect_program);
	assert_int_equal(config->inspect_workers, defaults->inspect_workers);
	assert_int_equal(config->gate_budget_ns, defaults->gate_budget_ns);
	assert_int_equal(config->self_test_ns, defaults->self_test_ns);
	assert_int_equal(config->floor_removable, defaults->floor_removable);
	assert_int_equal(config->watch_paths.count, defaults->watch_paths.count);
	weir_config_free(defaults);
	weir_buf_done(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(config__defaults),
		TEST(config__every_kind_of_value),
		TEST(config__programs),
		TEST(config__protect),
		TEST(config__errors_have_a_place),
		TEST(config__bounded),
		TEST(config__overrides),
		TEST(config__sample_is_good_and_says_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
