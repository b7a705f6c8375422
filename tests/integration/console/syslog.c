/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts on their way to a real rsyslog, by TLS with certificates on both sides: all of them arrive, in
 * order, whatever becomes of rsyslog in between. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "certificates.h"
#include "ocsf_rules.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weirctl_run.h"

#define EVENTS 250
#define LATER  30

struct place {
	struct console *console;
	struct certificate authority, other, server, client;
	pid_t rsyslog;
	char address[32]; /* of its own, so that nobody takes its port while rsyslog is away */
	char port[8];	  /* "0": any */
};

static void wait_a_little(void)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	nanosleep(&pause, NULL);
}

static const char *path_of(const struct place *place, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", place->console->dir, name);
	return path;
}

static void put_file(const struct place *place, const char *name, const char *text)
{
	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, path_of(place, name), text, strlen(text), 0600),
		0);
}

static void read_text(const struct place *place, const char *name, struct weir_buf *text)
{
	weir_buf_clear(text);
	(void)!weir_read_file(AT_FDCWD, path_of(place, name), text);
}

static void write_config(const struct place *place)
{
	const char *dir = place->console->dir;
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "global(workDirectory=\"%s\" maxMessageSize=\"64k\""
		       " defaultNetstreamDriverCAFile=\"%s/ca.pem\""
		       " defaultNetstreamDriverCertFile=\"%s/server.pem\""
		       " defaultNetstreamDriverKeyFile=\"%s/server.key\")\n"
		       "module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\""
		       " streamDriver.authMode=\"x509/name\" permittedPeer=\"weir-console\")\n"
		       "input(type=\"imtcp\" address=\"%s\" port=\"%s\""
		       " listenPortFileName=\"%s/port\")\n"
		       "template(name=\"line\" type=\"string\" string=\"%%syslogfacility%%"
		       ".%%syslogseverity%% %%hostname%% %%app-name%% %%msgid%%"
		       " %%structured-data%% %%msg%%\\n\")\n"
		       "if $app-name == 'weir' then action(type=\"omfile\" file=\"%s/log\""
		       " template=\"line\")\n",
		       dir, dir, dir, dir, place->address, place->port, dir, dir);
	put_file(place, "rsyslog.conf", text);
}

static void start_rsyslog(struct place *place)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	char config[256], pid_file[256];
	const char *argv[] = {"/usr/bin/setpriv",
			      "--pdeathsig",
			      "KILL",
			      "/usr/sbin/rsyslogd",
			      "-n",
			      "-f",
			      config,
			      "-i",
			      pid_file,
			      NULL};

	write_config(place);
	(void)snprintf(config, sizeof(config), "%s", path_of(place, "rsyslog.conf"));
	(void)snprintf(pid_file, sizeof(pid_file), "%s", path_of(place, "rsyslog.pid"));
	unlink(path_of(place, "port"));
	unlink(pid_file);
	assert_int_equal(
		posix_spawn(&place->rsyslog, argv[0], NULL, NULL, (char *const *)argv, environ), 0);
	/* It tells only a port that it chose. */
	if (strcmp(place->port, "0") != 0)
		return;
	for (int i = 0; i < 3000 && text.len == 0; i++) {
		read_text(place, "port", &text);
		wait_a_little();
	}
	assert_true(text.len > 0);
	(void)snprintf(place->port, sizeof(place->port), "%.*s", (int)strcspn(text.data, "\n"),
		       text.data);
}

static void stop_rsyslog(struct place *place, int number)
{
	assert_int_equal(kill(place->rsyslog, number), 0);
	assert_int_equal(waitpid(place->rsyslog, NULL, 0), place->rsyslog);
	place->rsyslog = 0;
}

static int setup(void **state)
{
	static struct place place = {.port = "0"};
	char names[64];
	void *console = NULL;

	if (weirctl_setup(&console) < 0)
		return -1;
	place.console = console;
	(void)snprintf(place.address, sizeof(place.address), "127.%d.%d.%d",
		       77 + (getpid() >> 16) % 64, getpid() >> 8 & 255, getpid() % 254 + 1);
	(void)snprintf(names, sizeof(names), "IP:%s", place.address);
	certificate_make(&place.authority, NULL, "an authority", NULL);
	certificate_make(&place.other, NULL, "another", NULL);
	certificate_make(&place.server, &place.authority, "server", names);
	certificate_make(&place.client, &place.authority, "weir-console", "DNS:weir-console");
	put_file(&place, "ca.pem", place.authority.pem);
	put_file(&place, "other.pem", place.other.pem);
	put_file(&place, "server.pem", place.server.pem);
	put_file(&place, "server.key", place.server.key);
	put_file(&place, "client.pem", place.client.pem);
	put_file(&place, "client.key", place.client.key);
	start_rsyslog(&place);
	*state = &place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	if (place->rsyslog > 0)
		stop_rsyslog(place, SIGKILL);
	weirctl_teardown((void **)&place->console);
	certificate_done(&place->authority);
	certificate_done(&place->other);
	certificate_done(&place->server);
	certificate_done(&place->client);
	return 0;
}

/* What the console has of it; -1: no such sink. */
static json_int_t sink_number(const char *name, const char *member)
{
	struct output output _cleanup_(output_done) = RUN("sink", "ls", "-o", "json");
	json_t *answer = json_loads(output.out, JSON_REJECT_DUPLICATES, NULL);
	const json_t *sinks = json_object_get(answer, "sinks");
	json_int_t number = -1;

	for (size_t i = 0; i < json_array_size(sinks); i++) {
		const json_t *sink = json_array_get(sinks, i);

		if (strcmp(json_string_value(json_object_get(sink, "name")), name) == 0)
			number = json_integer_value(json_object_get(sink, member));
	}
	json_decref(answer);
	return number;
}

static void add_sink(const struct place *place, const char *name, const char *format,
		     const char *ca, bool with_client)
{
	char to[64], ca_file[256], certificate[256], key[256];
	struct output output;

	(void)snprintf(to, sizeof(to), "%s:%s", place->address, place->port);
	(void)snprintf(ca_file, sizeof(ca_file), "%s", path_of(place, ca));
	(void)snprintf(certificate, sizeof(certificate), "%s", path_of(place, "client.pem"));
	(void)snprintf(key, sizeof(key), "%s", path_of(place, "client.key"));
	output = RUN("sink", "add", name, "--kind", "syslog", "--format", format, "--to", to,
		     "--ca-file", ca_file, with_client ? "--certificate-file" : NULL, certificate,
		     "--secret-file", key);
	if (output.result.status)
		fail_msg("%s", output.err);
	assert_null(strstr(output.out, "PRIVATE"));
	output_done(&output);
}

static void wait_until_delivered(const char *name)
{
	for (int i = 0; i < 600 && sink_number(name, "behind") != 0; i++)
		wait_a_little();
	assert_int_equal(sink_number(name, "behind"), 0);
}

struct found {
	unsigned events, findings, doubles, tests;
	json_int_t newest;
};

static void check_message(const char *message, size_t len, struct found *found)
{
	json_t *json = json_loadb(message, len, JSON_REJECT_DUPLICATES, NULL);
	const char *fault = json ? ocsf_fault(json) : "no JSON";
	json_int_t position;

	if (fault)
		fail_msg("%s in %.*s", fault, (int)len, message);
	position =
		json_integer_value(json_object_get(json_object_get(json, "metadata"), "sequence"));
	if (position == 0) {
		found->tests++;
	} else if (json_integer_value(json_object_get(json, "class_uid")) == 2006) {
		found->findings++;
	} else if (position <= found->newest) {
		found->doubles++;
	} else {
		assert_int_equal(position, found->newest + 1);
		found->newest = position;
		found->events++;
	}
	json_decref(json);
}

/* What rsyslog made of each: facility and severity, host, program, kind, number, text. */
static void check_line(const char *line, size_t len, struct found *found)
{
	static const char *const heads[] = {"13.6 ws-1 weir event [meta sequenceId=\"",
					    "13.5 ws-1 weir finding [meta sequenceId=\"",
					    "13.4 ws-1 weir finding [meta sequenceId=\"",
					    "13.3 ws-1 weir finding [meta sequenceId=\"",
					    "13.2 ws-1 weir finding [meta sequenceId=\"",
					    "13.5 - weir finding [meta sequenceId=\""};
	const char *text = memmem(line, len, "\"] ", 3);
	bool known = false;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		known |= strncmp(line, heads[i], strlen(heads[i])) == 0;
	if (!known || !text)
		fail_msg("%.*s", (int)len, line);
	text += 3;
	check_message(text, len - (size_t)(text - line), found);
}

static struct found find(const struct place *place)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024 * 1024);
	struct found found = {};

	read_text(place, "log", &text);
	for (const char *line = text.data; line && *line; line = strchr(line, '\n') + 1) {
		/* It is being written. */
		if (!strchr(line, '\n'))
			break;
		check_line(line, strcspn(line, "\n"), &found);
	}
	return found;
}

/* rsyslog writes when it comes to it. */
static struct found wait_for(const struct place *place, unsigned events)
{
	for (int i = 0; i < 3000 && find(place).events < events; i++)
		wait_a_little();
	return find(place);
}

static void post(const struct place *place, uint64_t first, size_t n)
{
	weirctl_post(place->console,
		     &(struct fake_batch){.agent = 1, .epoch = 1, .first = first, .n = n});
}

static void syslog__all_alerts_arrive(void **state)
{
	struct place *place = *state;
	struct found found;

	add_sink(place, "siem", "ocsf", "ca.pem", true);
	assert_int_equal(STATUS("sink", "test", "siem"), 0);
	post(place, 1, EVENTS);
	wait_until_delivered("siem");
	found = wait_for(place, EVENTS);
	assert_int_equal(found.events, EVENTS);
	assert_int_equal(found.newest, EVENTS);
	assert_true(found.findings > 0);
	assert_int_equal(found.doubles, 0);
	assert_int_equal(found.tests, 1);
	assert_int_equal(sink_number("siem", "failures"), 0);
}

/* It ends while it receives; nothing is lost meanwhile, and others go on. */
static void syslog__what_it_missed_comes_later(void **state)
{
	struct place *place = *state;
	struct found found;

	assert_int_equal(STATUS("sink", "add", "archive", "--kind", "file"), 0);
	post(place, EVENTS + 1, LATER);
	stop_rsyslog(place, SIGTERM);
	post(place, EVENTS + LATER + 1, LATER);
	wait_until_delivered("archive");
	for (int i = 0; i < 600 && sink_number("siem", "failures") == 0; i++)
		wait_a_little();
	assert_true(sink_number("siem", "failures") > 0);
	assert_true(sink_number("siem", "behind") > 0);
	start_rsyslog(place);
	wait_until_delivered("siem");
	found = wait_for(place, EVENTS + 2 * LATER);
	assert_int_equal(found.events, EVENTS + 2 * LATER);
	assert_int_equal(found.newest, EVENTS + 2 * LATER);
}

/* The error that a test of it ends with. */
static void assert_refused(const char *name, const char *error)
{
	struct output output _cleanup_(output_done) = RUN("sink", "test", name);

	assert_int_equal(output.result.status, 1);
	if (error && !strstr(output.err, error))
		fail_msg("%s", output.err);
}

static void syslog__both_sides_are_checked(void **state)
{
	struct place *place = *state;
	struct found before = find(place), after;

	add_sink(place, "wrong", "ocsf", "other.pem", true);
	assert_refused("wrong", "EKEYREJECTED");
	assert_int_equal(STATUS("sink", "rm", "wrong"), 0);
	add_sink(place, "nobody", "ocsf", "ca.pem", false);
	assert_refused("nobody", NULL);
	assert_int_equal(STATUS("sink", "rm", "nobody"), 0);
	after = find(place);
	assert_int_equal(after.tests, before.tests);
}

static void syslog__secrets_stay_where_they_are(void **state)
{
	struct place *place = *state;
	struct output list _cleanup_(output_done) = RUN("api", "GET", "/api/v1/sinks");
	struct output log _cleanup_(output_done) = RUN("audit", "tail", "-o", "json");
	struct output dry _cleanup_(output_done) =
		RUN("sink", "add", "x", "--kind", "syslog", "--to", "siem.example", "--secret-file",
		    path_of(place, "client.key"), "--dry-run");

	assert_null(strstr(list.out, "PRIVATE"));
	assert_null(strstr(list.out, "CERTIFICATE"));
	assert_non_null(strstr(log.out, "sink.add"));
	assert_null(strstr(log.out, "PRIVATE"));
	assert_int_equal(dry.result.status, 0);
	assert_non_null(strstr(dry.out, "siem.example"));
	assert_null(strstr(dry.out, "PRIVATE"));
}

static const struct place *write_robot(const struct place *place, const char *address)
{
	put_file(place, "robot", address);
	return place;
}

/* A robot's address has its token in it. */
static void syslog__a_robots_address_is_a_secret(void **state)
{
	static const char address[] = "https://qyapi.example/send?key=t0ken";
	const struct place *place = write_robot(*state, address);
	struct output added _cleanup_(output_done) =
		RUN("sink", "add", "bot", "--kind", "webhook", "--format", "wecom", "--to-file",
		    path_of(place, "robot"));
	struct output list _cleanup_(output_done) = RUN("api", "GET", "/api/v1/sinks");
	struct output log _cleanup_(output_done) = RUN("audit", "tail", "-o", "json");

	assert_int_equal(STATUS("sink", "add", "bot", "--kind", "webhook", "--format", "wecom",
				"--to", address),
			 2);
	assert_int_equal(added.result.status, 0);
	assert_non_null(strstr(added.out, "https://qyapi.example"));
	assert_non_null(strstr(list.out, "https://qyapi.example"));
	assert_non_null(strstr(log.out, "https://qyapi.example"));
	assert_null(strstr(added.out, "t0ken"));
	assert_null(strstr(list.out, "t0ken"));
	assert_null(strstr(log.out, "t0ken"));
	assert_int_equal(STATUS("sink", "rm", "bot"), 0);
}

static void syslog__cef_arrives(void **state)
{
	struct place *place = *state;
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024 * 1024);
	static const char head[] = "\"] CEF:0|Weir|Weir|";

	add_sink(place, "cef", "cef", "ca.pem", true);
	assert_int_equal(STATUS("sink", "test", "cef"), 0);
	for (int i = 0; i < 3000 && (!text.data || !strstr(text.data, head)); i++) {
		read_text(place, "log", &text);
		wait_a_little();
	}
	assert_non_null(strstr(text.data, head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syslog__all_alerts_arrive),
		cmocka_unit_test(syslog__what_it_missed_comes_later),
		cmocka_unit_test(syslog__both_sides_are_checked),
		cmocka_unit_test(syslog__secrets_stay_where_they_are),
		cmocka_unit_test(syslog__a_robots_address_is_a_secret),
		cmocka_unit_test(syslog__cef_arrives),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
