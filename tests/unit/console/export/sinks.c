/* SPDX-License-Identifier: Apache-2.0 */
/* From events to files: what others find there, whatever happens in between. */

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <zstd.h>

#include "fake.h"
#include "ocsf_rules.h"
#include "place.h"
#include "receiver.h"
#include "sink.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_export/export.h"
#include "weir/console_ingest/ingest.h"
#include "weir/console_triage/triage.h"

#define DAY	  (UINT64_C(86400) * 1000000000)
#define NOON	  (FAKE_TIME - FAKE_TIME % DAY + DAY / 2)
#define LINES_MAX 2000

struct place {
	void *stored; /* of place.h */
	struct weir_store *store;
	char dir[64];
	int dir_fd;
	struct weir_export *export;
	uint64_t sequence;
};

static void start(struct place *place)
{
	const struct weir_export_options options = {.store = place->store, .dir_fd = place->dir_fd};

	assert_int_equal(weir_export_new(&options, NULL, &place->export), 0);
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place || place_open(&place->stored, NULL) < 0)
		return -1;
	place->store = place_store(&place->stored);
	if (weir_triage_init(place->store, NULL) < 0 || weir_export_init(place->store, NULL) < 0)
		return -1;
	(void)snprintf(place->dir, sizeof(place->dir), "/tmp/weir-export-XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	place->dir_fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = place;
	signal(SIGPIPE, SIG_IGN);
	return place->dir_fd < 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char command[128];

	weir_export_free(place->export);
	(void)place_close(&place->stored);
	weir_close(place->dir_fd);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", place->dir);
	(void)!system(command);
	free(place);
	return 0;
}

static void put(struct place *place, size_t n, uint64_t now_ns)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_ingest_request request = {.content_type = "application/x-protobuf",
					      .now_ns = now_ns};

	fake_batch(
		&(struct fake_batch){.agent = 1, .epoch = 1, .first = place->sequence + 1, .n = n},
		&bytes);
	place->sequence += n;
	request.body = bytes.data;
	request.len = bytes.len;
	weir_ingest_batch(place->store, &request, &reply);
	assert_int_equal(reply.status, 200);
	weir_buf_done(&reply.ack);
	if (place->export)
		weir_export_wake(place->export);
}

static struct weir_sink_settings file_settings(const char *name)
{
	return (struct weir_sink_settings){.name = name,
					   .kind = WEIR_SINK_FILE,
					   .format = WEIR_SINK_OCSF,
					   .address = "",
					   .ca = "",
					   .certificate = "",
					   .secret = ""};
}

static uint64_t add_sink(struct place *place, const struct weir_sink_settings *settings)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_error err = {};
	uint64_t id = 0;

	if (weir_sink_check(settings, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_sink_add(tx, settings, &id), 0);
	assert_true(id > 0);
	assert_int_equal(weir_db_commit(tx), 0);
	return id;
}

static void add(struct place *place, const char *name)
{
	const struct weir_sink_settings settings = file_settings(name);

	add_sink(place, &settings);
}

static int keep(void *context, const struct weir_sink *sink)
{
	*(struct weir_sink *)context = *sink;
	return 0;
}

/* The last sink of the list; its texts are gone. */
static struct weir_sink look(struct place *place)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_sink sink = {};

	assert_int_equal(weir_db_read(place->store, &tx), 0);
	assert_int_equal(weir_sink_list(tx, keep, &sink), 0);
	return sink;
}

static void wait_until_delivered(struct place *place)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

	for (int i = 0; i < 12000; i++) {
		struct weir_sink sink = look(place);

		if (sink.position == sink.newest)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("nothing was delivered within a minute");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Decompresses frame by frame; a torn one at the end ends it. */
static void read_file(const char *path, struct weir_buf *text)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(16 * 1024 * 1024);
	size_t at = 0;

	assert_int_equal(weir_read_file(AT_FDCWD, path, &data), 0);
	while (at < data.len) {
		size_t n = ZSTD_findFrameCompressedSize(data.data + at, data.len - at);
		unsigned long long size;

		assert_false(ZSTD_isError(n));
		size = ZSTD_getFrameContentSize(data.data + at, n);
		assert_int_equal(weir_buf_reserve(text, size), 0);
		assert_int_equal(ZSTD_decompress(text->data + text->len, size, data.data + at, n),
				 size);
		text->len += size;
		at += n;
	}
	if (text->data)
		text->data[text->len] = '\0';
}

struct found {
	unsigned files, parts, events, findings;
	json_int_t positions[LINES_MAX];
	unsigned n;
	char first[256];
};

static void check_line(const char *line, size_t len, struct found *found)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *fault = json ? ocsf_fault(json) : "no JSON";

	if (fault)
		fail_msg("%s in %.*s", fault, (int)len, line);
	found->findings += json_integer_value(json_object_get(json, "class_uid")) == 2006;
	found->events += json_integer_value(json_object_get(json, "class_uid")) == 1001;
	assert_true(found->n < LINES_MAX);
	found->positions[found->n++] =
		json_integer_value(json_object_get(json_object_get(json, "metadata"), "sequence"));
	json_decref(json);
}

/* Everything in the folder of a sink, in the order of its files. */
static void find(struct place *place, const char *name, struct found *found)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024 * 1024);
	struct dirent **entries = NULL;
	char path[512];
	int n;

	*found = (struct found){};
	(void)snprintf(path, sizeof(path), "%s/%s", place->dir, name);
	n = scandir(path, &entries, is_visible, by_name);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		const char *file = entries[i]->d_name;

		(void)snprintf(path, sizeof(path), "%s/%s/%s", place->dir, name, file);
		if (i == 0)
			(void)snprintf(found->first, sizeof(found->first), "%s", file);
		found->files++;
		found->parts += strstr(file, ".part") != NULL;
		read_file(path, &text);
		free(entries[i]);
	}
	free(entries);
	for (const char *line = text.data; line && *line; line = strchr(line, '\n') + 1)
		check_line(line, strcspn(line, "\n"), found);
}

static void sinks__write_what_follows(void **state)
{
	struct place *place = *state;
	static struct found found;

	put(place, 5, NOON);
	add(place, "archive");
	start(place);
	put(place, 250, NOON);
	wait_until_delivered(place);
	find(place, "archive", &found);
	/* What was there before the sink is not its own; one alert rises in severity. */
	assert_int_equal(found.files, 1);
	assert_int_equal(found.parts, 1);
	assert_int_equal(found.events, 250);
	assert_int_equal(found.findings, 1);
	for (unsigned i = 1; i < found.n; i++)
		assert_true(found.positions[i] >= found.positions[i - 1]);
	assert_int_equal(found.positions[0], 6);
	assert_int_equal(found.positions[found.n - 1], 255);
	assert_int_equal(look(place).failures, 0);
}

static void sinks__finish_a_day(void **state)
{
	struct place *place = *state;
	static struct found found;

	add(place, "archive");
	start(place);
	put(place, 3, NOON);
	put(place, 3, NOON + DAY);
	wait_until_delivered(place);
	find(place, "archive", &found);
	assert_int_equal(found.files, 2);
	assert_int_equal(found.parts, 1);
	assert_int_equal(found.events, 6);
	assert_string_equal(found.first, "weir-2026-11-18-00000000000000000003.ndjson.zst");
}

static void sinks__go_on_after_a_restart(void **state)
{
	struct place *place = *state;
	static struct found found;
	char path[256];
	int fd;

	add(place, "archive");
	start(place);
	put(place, 3, NOON);
	wait_until_delivered(place);
	weir_export_free(TAKE_PTR(place->export));
	/* As after a power cut: half a frame. */
	(void)snprintf(path, sizeof(path), "%s/archive/weir-2026-11-18-%020d.ndjson.zst.part",
		       place->dir, 3);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(weir_write_full(fd, "\x28\xb5\x2f\xfd\x04torn", 9), 0);
	weir_close(fd);
	put(place, 4, NOON);
	start(place);
	wait_until_delivered(place);
	find(place, "archive", &found);
	assert_int_equal(found.files, 1);
	assert_int_equal(found.events, 7);
}

/* A file stands where the folder should be: nothing is lost while it does. */
static void sinks__bear_one_that_is_away(void **state)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	struct place *place = *state;
	static struct found found;

	assert_int_equal(weir_write_file_atomic(place->dir_fd, "archive", "x", 1, 0600), 0);
	add(place, "archive");
	start(place);
	put(place, 3, NOON);
	for (int i = 0; i < 12000 && look(place).failures == 0; i++)
		nanosleep(&pause, NULL);
	assert_true(look(place).failures > 0);
	assert_int_equal(look(place).position, 0);
	/* Ingest is none the slower for it. */
	put(place, 3, NOON);
	assert_int_equal(unlinkat(place->dir_fd, "archive", 0), 0);
	wait_until_delivered(place);
	find(place, "archive", &found);
	assert_int_equal(found.events, 6);
	assert_int_equal(look(place).failures, 0);
	assert_string_equal(look(place).error, "");
}

/* A listener that never answers: its courier waits, the other one does not. */
static void sinks__do_not_wait_for_each_other(void **state)
{
	struct place *place = *state;
	struct sockaddr_in name = {.sin_family = AF_INET};
	struct weir_sink_settings settings = file_settings("aaa");
	socklen_t len = sizeof(name);
	static struct found found;
	char address[32];
	uint64_t begun_ns;
	int fd;

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(name.sin_port));
	settings.kind = WEIR_SINK_SYSLOG;
	settings.address = address;
	add_sink(place, &settings);
	add(place, "archive");
	start(place);
	put(place, 3, NOON);
	/* The last of the list is the file. */
	wait_until_delivered(place);
	find(place, "archive", &found);
	assert_int_equal(found.events, 3);
	/* What hangs is broken off at the end, which is not its failure. */
	begun_ns = weir_now_monotonic();
	weir_export_free(TAKE_PTR(place->export));
	assert_true(weir_now_monotonic() - begun_ns < 20 * WEIR_NSEC_PER_SEC);
	weir_close(fd);
}

static struct weir_sink look_at(struct place *place, uint64_t id)
{
	struct weir_sink sink = {};

	assert_int_equal(weir_sink_look(place->store, id, keep, &sink), 0);
	return sink;
}

static uint64_t add_webhook(struct place *place, const char *name, struct receiver *receiver)
{
	struct weir_sink_settings settings = file_settings(name);

	receiver_start(receiver);
	settings.kind = WEIR_SINK_WEBHOOK;
	settings.address = receiver->url;
	settings.secret = "not-known-to-anybody-else-at-all";
	return add_sink(place, &settings);
}

/* A line that the other side does not want is found among the others, tried for a while, and passed over, counted. A side that wants
 * nothing at all loses nothing. */
static void sinks__pass_over_what_alone_is_refused(void **state)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	struct receiver picky = {.refused = "\"uid\":\"5\""}, broken = {.refused = "{"};
	struct place *place = *state;
	uint64_t one = add_webhook(place, "picky", &picky);
	uint64_t other = add_webhook(place, "broken", &broken);
	char uid[24];

	put(place, 12, NOON);
	start(place);
	for (int i = 0;
	     i < 12000 && (look_at(place, one).position < 12 || look_at(place, other).failures < 4);
	     i++)
		nanosleep(&pause, NULL);
	assert_int_equal(look_at(place, one).position, look_at(place, one).newest);
	assert_int_equal(look_at(place, one).passed_over, 1);
	assert_int_equal(look_at(place, one).passed_last, 5);
	assert_int_equal(look_at(place, one).failures, 0);
	assert_string_equal(look_at(place, one).error, "");
	assert_int_equal(look_at(place, other).position, 0);
	assert_int_equal(look_at(place, other).passed_over, 0);
	assert_string_equal(look_at(place, other).error, "EBADMSG");
	weir_export_free(TAKE_PTR(place->export));
	for (unsigned n = 1; n <= 12; n++) {
		(void)snprintf(uid, sizeof(uid), "\"uid\":\"%u\"", n);
		assert_true((strstr(picky.taken.data, uid) != NULL) == (n != 5));
	}
	assert_int_equal(broken.taken.len, 0);
	receiver_stop(&picky);
	receiver_stop(&broken);
}

static void sinks__are_tried_when_asked(void **state)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	struct place *place = *state;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	static struct found found;
	uint64_t number = 0;

	add(place, "archive");
	start(place);
	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_sink_ask(tx, "other", &number), -ENOENT);
	assert_int_equal(weir_sink_ask(tx, "archive", &number), 0);
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(TAKE_PTR(tx));
	assert_int_equal(number, 1);
	weir_export_wake(place->export);
	for (int i = 0; i < 12000 && look(place).tests_done < number; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(look(place).tests_asked, 1);
	assert_int_equal(look(place).tests_done, 1);
	assert_string_equal(look(place).test_error, "");
	find(place, "archive", &found);
	assert_int_equal(found.findings, 1);
	assert_int_equal(found.events, 0);
}

static int copy_settings(void *context, const struct weir_sink_settings *settings)
{
	(void)snprintf(context, 256, "%s %s %s %s %s %s %s", settings->name,
		       weir_sink_kind_name(settings->kind), weir_sink_format_name(settings->format),
		       settings->address, settings->ca, settings->certificate, settings->secret);
	return 7;
}

static int show(void *context, const struct weir_sink *sink)
{
	(void)snprintf(context, 256, "%s %s %s %s %s", sink->name, weir_sink_kind_name(sink->kind),
		       weir_sink_format_name(sink->format), sink->target, sink->error);
	return 0;
}

/* One console at a time; who is gone for long has lost it, and so has a clock that ran ahead. */
static void sinks__are_held_by_one(void **state)
{
	const uint64_t now = NOON, later = NOON + WEIR_SINK_HOLD_NS;
	struct place *place = *state;
	const struct weir_sink_settings settings = file_settings("archive");
	uint64_t id = add_sink(place, &settings);

	assert_int_equal(weir_sink_hold(place->store, id, 1, now), 0);
	assert_int_equal(weir_sink_hold(place->store, id, 2, now), -EBUSY);
	assert_int_equal(weir_sink_hold(place->store, id, 1, now + 1), 0);
	assert_int_equal(weir_sink_hold(place->store, id, 2, later), -EBUSY);
	assert_int_equal(weir_sink_hold(place->store, id, 2, later + 1), 0);
	assert_int_equal(weir_sink_hold(place->store, id, 1, later + 1), -EBUSY);
	assert_int_equal(weir_sink_hold(place->store, id, 1, now), 0);
	weir_sink_let_go(place->store, id, 2); /* not its own */
	assert_int_equal(weir_sink_hold(place->store, id, 2, now), -EBUSY);
	weir_sink_let_go(place->store, id, 1);
	assert_int_equal(weir_sink_hold(place->store, id, 2, now), 0);
	assert_int_equal(weir_sink_hold(place->store, id + 1, 2, now), -EBUSY);
}

static void sinks__keep_what_they_are_made_of(void **state)
{
	struct place *place = *state;
	struct weir_sink_settings settings = file_settings("siem");
	char text[256];
	uint64_t id;

	settings.kind = WEIR_SINK_SYSLOG;
	settings.format = WEIR_SINK_CEF;
	settings.address = "siem.example:6514";
	id = add_sink(place, &settings);
	assert_int_equal(weir_sink_read(place->store, id, copy_settings, text), 7);
	assert_string_equal(text, "siem syslog cef siem.example:6514   ");
	assert_int_equal(weir_sink_look(place->store, id, show, text), 0);
	assert_string_equal(text, "siem syslog cef siem.example:6514 ");
	assert_int_equal(weir_sink_read(place->store, id + 1, copy_settings, text), -ENOENT);
	assert_int_equal(weir_sink_look(place->store, id + 1, show, text), -ENOENT);
}

static void sinks__are_looked_at_before(void **state)
{
	static const char *const names[] = {
		"", "-a", "A", "a/b", "..", "a b", "abcdefghijklmnopqrstuvwxyz0123456"};
	struct weir_sink_settings settings = file_settings("a");
	char address[WEIR_SINK_ADDRESS_MAX + 2];

	assert_int_equal(weir_sink_check(&settings, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		settings.name = names[i];
		assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
	}
	settings = file_settings("a");
	settings.kind = (enum weir_sink_kind)77;
	assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
	settings = file_settings("a");
	settings.format = WEIR_SINK_CEF;
	assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
	settings = file_settings("a");
	settings.address = "siem.example";
	assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
	settings.kind = WEIR_SINK_SYSLOG;
	assert_int_equal(weir_sink_check(&settings, NULL), 0);
	settings.secret = "x";
	assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
	settings.secret = "";
	settings.address = "";
	assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
	memset(address, 'a', sizeof(address));
	address[sizeof(address) - 1] = '\0';
	settings.address = address;
	assert_int_equal(weir_sink_check(&settings, NULL), -EINVAL);
}

static void sinks__come_and_go(void **state)
{
	struct place *place = *state;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_sink_settings settings = file_settings("archive");
	uint64_t id = 0;
	char name[16];

	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_sink_add(tx, &settings, &id), 0);
	assert_int_equal(weir_sink_add(tx, &settings, &id), -EEXIST);
	assert_int_equal(weir_sink_remove(tx, "other"), -ENOENT);
	assert_int_equal(weir_sink_remove(tx, "archive"), 0);
	for (int i = 0; i < WEIR_SINKS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		settings.name = name;
		assert_int_equal(weir_sink_add(tx, &settings, &id), 0);
	}
	settings.name = "more";
	assert_int_equal(weir_sink_add(tx, &settings, &id), -ENOSPC);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(sinks__write_what_follows),
		TEST(sinks__finish_a_day),
		TEST(sinks__go_on_after_a_restart),
		TEST(sinks__bear_one_that_is_away),
		TEST(sinks__do_not_wait_for_each_other),
		TEST(sinks__pass_over_what_alone_is_refused),
		TEST(sinks__are_tried_when_asked),
		TEST(sinks__are_held_by_one),
		TEST(sinks__keep_what_they_are_made_of),
		TEST(sinks__are_looked_at_before),
		TEST(sinks__come_and_go),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
