/* SPDX-License-Identifier: Apache-2.0 */
/* Reports from a real console, by weirctl. The figures themselves are unit/console/report's. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "client.h"
#include "fake.h"
#include "weir/base/fd.h"
#include "weirctl_run.h"

#define EVIL_RULE "<script>alert(1)</script>\x1b[31m"
/* Around FAKE_TIME, which is 2026-11-18T11:06:40Z. */
#define PERIOD "--from", "2026-11-16T00:00:00+08:00", "--until", "2026-11-23T00:00:00+08:00"

static int setup(void **state)
{
	static const struct fake_event evil = {.rule = EVIL_RULE};
	const struct fake_batch batch = {
		.agent = 1, .epoch = 1, .first = 1, .n = 3, .model = &evil};

	if (weirctl_setup(state) < 0)
		return -1;
	weirctl_post(*state, &batch);
	return 0;
}

static void report__are_listed(void **state)
{
	weirctl_says(RUN("report", "ls"), 0, "incidents\tIncidents\t事件\n");
	weirctl_says(RUN("report", "ls", "--json", "name", "--jq", "length"), 0, "9\n");
}

static void report__shows_its_sections(void **state)
{
	weirctl_says(RUN("report", "run", "incidents", PERIOD), 0,
		     "# rules\n<script>alert(1)</script>\\u001b[31m\t1\t3\n");
	weirctl_says(RUN("report", "run", "incidents", PERIOD, "--jq",
			 ".report.sections[] | select(.name == \"weeks\") | .rows[0].incidents"),
		     0, "1\n");
	weirctl_says(RUN("report", "run", "nonsense"), 3, "no such report");
	weirctl_says(RUN("report", "run", "coverage", "--from", "yesterday"), 2, "span");
	weirctl_says(RUN("report", "run", "coverage", "--from", "5000d"), 2, "period");
	weirctl_says(RUN("report", "run", ".."), 2, "not the name");
}

static void report__writes_pages(void **state)
{
	struct console *console = *state;
	struct weir_buf page _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	char file[128];

	(void)snprintf(file, sizeof(file), "%s/page.html", console->dir);
	assert_int_equal(STATUS("report", "run", "incidents", PERIOD, "--page", "--lang", "zh",
				"--to", file),
			 0);
	assert_int_equal(weir_read_file(AT_FDCWD, file, &page), 0);
	assert_non_null(strstr(page.data, "<html lang=\"zh-CN\">"));
	assert_non_null(strstr(page.data, "每千终端每周事件数"));
	assert_non_null(strstr(page.data, "&lt;script&gt;alert(1)&lt;/script&gt;\xef\xbf\xbd[31m"));
	assert_null(strstr(page.data, "<script"));
	assert_null(strchr(page.data, '\x1b'));
	weirctl_says(RUN("report", "run", "clocks", "--page"), 0, "<html lang=\"en\">");
}

static void report__takes_what_people_tell(void **state)
{
	weirctl_says(
		RUN("report", "mark", "sticks are refused", "--time", "2026-11-17T00:00:00+08:00"),
		0, "id\t1\n");
	weirctl_says(RUN("report", "run", "incidents", PERIOD), 0, "\tsticks are refused\t");
	assert_int_equal(STATUS("report", "trained", "li.na", "数据安全"), 0);
	weirctl_says(RUN("report", "run", "training"), 0, "li.na\t数据安全\t");
	weirctl_says(RUN("report", "mark", "x", "--time", "2999-01-01T00:00:00Z"), 2, "time");
	weirctl_says(RUN("report", "mark", ""), 2, "text");
	weirctl_says(RUN("report", "day", "2026-13-01", "free", "x"), 2, "date");
	weirctl_says(RUN("report", "day", "2026-10-01", "maybe", "x"), 2, "working or free");
	weirctl_says(RUN("--dry-run", "report", "mark", "y"), 2, "no option");
	weirctl_says(RUN("report", "mark", "y", "--dry-run"), 0, "POST /api/v1/reports/marks\n");
}

static void report__runs_the_clocks(void **state)
{
	weirctl_says(RUN("incident", "open", "lost stick", "--level", "larger", "--discovered",
			 "2026-11-02T10:00:00+08:00"),
		     0, "id\t1\n");
	assert_int_equal(STATUS("report", "day", "2026-11-04", "free", "moved"), 0);
	assert_int_equal(
		STATUS("incident", "sent", "1", "first", "--time", "2026-11-02T11:00:00+08:00"), 0);
	weirctl_says(RUN("report", "run", "clocks", PERIOD, "--jq",
			 ".report.sections[0].rows[] | \"\\(.notice) \\(.due) \\(.state)\""),
		     0,
		     "first 2026-11-02T04:00:00.000Z done\n"
		     "cyberspace 2026-11-02T06:00:00.000Z overdue\n"
		     "written 2026-11-03T02:00:00.000Z overdue\n"
		     "closing 2026-11-10T16:00:00.000Z overdue\n");
	weirctl_says(RUN("incident", "sent", "99", "first"), 3, "incident");
	weirctl_says(RUN("incident", "sent", "x", "first"), 3, "incident");
	weirctl_says(RUN("incident", "sent", "1", "nonsense"), 2, "notice");
	weirctl_says(RUN("incident", "open", "x", "--level", "huge"), 2, "one of");
}

static void write_days(const char *file, const char *text)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, file, text, strlen(text), 0600), 0);
}

/* All of a file, or nothing where a line of it is none. */
static void report__takes_days_from_a_file(void **state)
{
	struct console *console = *state;
	char file[128];

	(void)snprintf(file, sizeof(file), "%s/days.txt", console->dir);
	write_days(file, "# moved\n\n2026-11-05 free moved too\n2026-11-06 free too\n2026-11-07 "
			 "working 调休\n");
	assert_int_equal(STATUS("report", "days", file), 0);
	/* Thursday and Friday are free, Saturday is worked: a day later than before. */
	weirctl_says(RUN("report", "run", "clocks", PERIOD, "--jq",
			 ".report.sections[0].rows[] | select(.notice == \"closing\") | .due"),
		     0, "2026-11-11T16:00:00.000Z\n");
	write_days(file, "2026-11-09 free a\n2026-11-09 maybe b\n");
	weirctl_says(RUN("report", "days", file), 2, "days.txt:2");
	write_days(file, "2026-11-06\n");
	weirctl_says(RUN("report", "days", file), 2, "days.txt:1");
	write_days(file, "# nothing\n");
	weirctl_says(RUN("report", "days", file), 2, "no day");
	write_days(file, "2026-11-14 free weekend\n2026-13-01 free no month\n2026-11-09 free c");
	weirctl_says(RUN("report", "days", file), 6, "days.txt:2");
	weirctl_says(RUN("report", "days", "/nowhere/at.all"), 1, "No such file");
	weirctl_says(RUN("report", "run", "clocks", PERIOD, "--jq",
			 ".report.sections[0].rows[] | select(.notice == \"closing\") | .due"),
		     0, "2026-11-11T16:00:00.000Z\n");
}

static char *shell(const char *form, ...) _printf_(1, 2);

/* What a line of shell prints; it must succeed. */
static char *shell(const char *form, ...)
{
	char script[1024], *text;
	struct process_result result;
	va_list values;

	va_start(values, form);
	(void)vsnprintf(script, sizeof(script), form, values);
	va_end(values);
	assert_int_equal(process_run((const char *const[]){"/bin/bash", "-o", "pipefail", "-c",
							   script, NULL},
				     &result),
			 0);
	if (result.status)
		fail_msg("%s: %s", script, result.err.data ? result.err.data : "");
	text = strdup(result.out.data ? result.out.data : "");
	process_result_done(&result);
	return text;
}

#define PDF WEIR_TEST_BIN "/weir-report-pdf"

static void report__becomes_a_pdf(void **state)
{
	char *chinese =
		shell("'%s' report run incidents --from 2026-11-16T00:00:00+08:00 --until "
		      "2026-11-23T00:00:00+08:00 -o json | '%s' --lang zh | pdftotext -layout - -",
		      WEIRCTL, PDF);
	char *english = shell("'%s' report run clocks -o json | '%s' | pdftotext -layout - -",
			      WEIRCTL, PDF);

	assert_non_null(strstr(chinese, "每千终端每周事件数"));
	assert_non_null(strstr(chinese, "sticks are refused"));
	/* A tag is text here, an escape is nothing. */
	assert_non_null(strstr(chinese, "<script>alert(1)</script>\xef\xbf\xbd[31m"));
	assert_non_null(strstr(english, "Reporting deadlines"));
	assert_non_null(strstr(english, "lost stick"));
	assert_non_null(strstr(english, "closing report"));
	free(chinese);
	free(english);
}

/* 300 rows go over several sheets, each under the heading; nothing is lost. */
static void report__pdf_turns_the_page(void **state)
{
	static const char make[] = "import json; print(json.dumps({'report': {'name': 'incidents', "
				   "'sections': [{'name': "
				   "'rules', 'rows': [{'rule': 'row-%d-' % n, 'incidents': n} for "
				   "n in range(300)]}]}}))";
	char *text = shell("python3 -c \"%s\" | '%s' | pdftotext -layout - -", make, PDF);
	unsigned sheets = 0, headings = 0, rows = 0;

	for (const char *at = text; *at; at++) {
		sheets += *at == '\f';
		headings += strncmp(at, "Incidents\n", 10) == 0 && at != text;
		rows += strncmp(at, "row-", 4) == 0;
	}
	assert_int_equal(rows, 300);
	assert_true(sheets > 5);
	assert_int_equal(headings, sheets);
	assert_non_null(strstr(text, "row-0-"));
	assert_non_null(strstr(text, "row-299-"));
	free(text);
}

static void report__pdf_refuses_what_is_no_report(void **state)
{
	free(shell("! echo '{}' | '%s'", PDF));
	free(shell("! echo '[[[[' | '%s'", PDF));
	free(shell("! '%s' </dev/null", PDF));
	free(shell("! echo '{\"report\":{}}' | '%s' --lang fr", PDF));
	/* Members of other kinds than a report's are passed over. */
	free(shell("echo '{\"report\":{\"name\":1,\"sections\":[1,{\"rows\":[1,{\"a\":[]}]}]}}' | "
		   "'%s' | pdftotext - -",
		   PDF));
}

/* From an alert to the draft, what was sent, and the end; in the log stands who did it. */
static void incident__goes_from_alert_to_end(void **state)
{
	char *id = shell("'%s' alert ls --json id --jq '.[0].id'", WEIRCTL), *number;

	id[strcspn(id, "\n")] = '\0';
	number = shell("'%s' incident open 'list lost' --level larger --alert %s --jq .id", WEIRCTL,
		       id);
	number[strcspn(number, "\n")] = '\0';
	weirctl_says(RUN("incident", "show", number, "--jq", ".incident.alerts[0]"), 0, id);
	assert_int_equal(STATUS("incident", "add", number, id), 0);
	weirctl_says(RUN("incident", "add", number, "A-00002"), 2, "id");
	weirctl_says(RUN("incident", "open", "x", "--alert", "A-ZZZZZ0"), 2, "alerts");
	assert_int_equal(STATUS("incident", "state", number, "sender", "Example Insurance"), 0);
	weirctl_says(RUN("incident", "state", number, "cause", "of 110101190001011234"), 2,
		     "number");
	weirctl_says(RUN("incident", "state", number, "colour", "red"), 2, "item");
	weirctl_says(RUN("incident", "draft", number, "written", "--lang", "en"), 0,
		     "Example Insurance reports a data security incident in writing");
	weirctl_says(RUN("incident", "draft", number, "persons", "--lang", "zh"), 0, "【待填写】");
	weirctl_says(RUN("incident", "draft", number, "persons", "--page"), 0,
		     "<html lang=\"en\">");
	weirctl_says(RUN("incident", "draft", number, "nonsense"), 2, "notice");
	weirctl_says(RUN("incident", "draft", "99", "first"), 3, "incident");
	assert_int_equal(
		STATUS("incident", "sent", number, "written", "--recipient", "local office"), 0);
	weirctl_says(RUN("incident", "show", number, "--jq",
			 ".incident.notices[0] | \"\\(.notice) \\(.to) \\(.by)\""),
		     0, "written local office developer");
	assert_int_equal(STATUS("incident", "close", number, "handled"), 0);
	weirctl_says(RUN("incident", "sent", number, "closing"), 5, "closed");
	weirctl_says(RUN("report", "run", "clocks", "--jq",
			 ".report.sections[0].rows[] | select(.title == \"list lost\") | .state"),
		     0, "closed_unsent\nclosed_unsent\ndone\nclosed_unsent\n");
	weirctl_says(RUN("audit", "tail"), 0, "incident.close\tincident ");
	free(id);
	free(number);
}

static void incident__draft_becomes_a_pdf(void **state)
{
	char *zh = shell(
		"'%s' incident draft 1 written -o json | '%s' --lang zh | pdftotext -layout - -",
		WEIRCTL, PDF);
	char *en = shell("'%s' incident draft 1 persons -o json | '%s' | pdftotext -layout - -",
			 WEIRCTL, PDF);

	assert_non_null(strstr(zh, "草稿:事件书面报告"));
	assert_non_null(strstr(zh, "书面报告一起数据安全事件(编号 1)"));
	assert_non_null(strstr(zh, "lost stick"));
	assert_non_null(strstr(zh, "原因:【待填写】"));
	assert_non_null(strstr(en, "Contact: [to be filled in]"));
	free(zh);
	free(en);
}

/* A body that is more than a call takes changes nothing. */
static void report__refuses_other_bodies(void **state)
{
	static const char *const bodies[] = {"[]", "{\"text\":1}", "{\"text\":\"a\",\"x\":1}",
					     "{\"text\":\"a\",\"text\":\"b\"}", "{}"};
	struct console *console = *state;
	char file[128];

	(void)snprintf(file, sizeof(file), "%s/body.json", console->dir);
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		assert_int_equal(
			weir_write_file_atomic(AT_FDCWD, file, bodies[i], strlen(bodies[i]), 0600),
			0);
		assert_int_equal(STATUS("api", "POST", "/api/v1/reports/marks", "--input", file),
				 2);
	}
	weirctl_says(RUN("report", "run", "incidents", PERIOD, "--jq",
			 "[.report.sections[] | select(.name == \"changes\") | .rows | length]"),
		     0, "[1]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report__are_listed),
		cmocka_unit_test(report__shows_its_sections),
		cmocka_unit_test(report__writes_pages),
		cmocka_unit_test(report__takes_what_people_tell),
		cmocka_unit_test(report__runs_the_clocks),
		cmocka_unit_test(report__takes_days_from_a_file),
		cmocka_unit_test(report__becomes_a_pdf),
		cmocka_unit_test(report__pdf_turns_the_page),
		cmocka_unit_test(report__pdf_refuses_what_is_no_report),
		cmocka_unit_test(incident__goes_from_alert_to_end),
		cmocka_unit_test(incident__draft_becomes_a_pdf),
		cmocka_unit_test(report__refuses_other_bodies),
	};

	return cmocka_run_group_tests(tests, setup, weirctl_teardown);
}
