/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out by HTTP, as a real server receives it. */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <zlib.h>

#include "certificates.h"
#include "ocsf_rules.h"
#include "otlp_reader.h"
#include "receiver.h"
#include "robot.h"
#include "sample.h"
#include "way.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define SECRET	 "SEC-this-is-secret"
#define TEXT_MAX 65536

static struct weir_sink_settings settings_of(enum weir_sink_kind kind, const char *address)
{
	return (struct weir_sink_settings){.name = "it",
					   .kind = kind,
					   .format = WEIR_SINK_OCSF,
					   .address = address,
					   .ca = "",
					   .certificate = "",
					   .secret = SECRET "\n"};
}

static struct weir_way *open_way(const struct weir_sink_settings *settings, int end_fd)
{
	const struct weir_way_place place = {.dir_fd = -1, .end_fd = end_fd};
	struct weir_way *way = NULL;
	struct weir_error err = {};

	if (weir_way_open(settings, &place, &err, &way) < 0)
		fail_msg("%s", err.text);
	return way;
}

/* One delivery of the sample's event and finding, n times. */
static int send_samples(struct weir_way *way, unsigned n)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_WAY_BATCH_MAX);
	const struct weir_feed feed = {.last = 77};
	struct sample sample;

	sample_init(&sample);
	for (unsigned i = 0; i < n; i++) {
		sample.record.step = WEIR_EXPORT_EVENT;
		assert_true(way->ops->append(way, &sample.record, &data) >= 0);
		sample.record.step = WEIR_EXPORT_CREATE;
		assert_int_equal(way->ops->append(way, &sample.record, &data), 1);
	}
	return way->ops->deliver(way, &feed, &data);
}

static int send_to(struct receiver *receiver, enum weir_sink_kind kind,
		   enum weir_sink_format format, const char *path, unsigned n)
{
	struct weir_sink_settings settings;
	char address[256];
	struct weir_way *way;
	int r;

	(void)snprintf(address, sizeof(address), "%s%s", receiver->url, path);
	settings = settings_of(kind, address);
	settings.format = format;
	way = open_way(&settings, -1);
	r = send_samples(way, n);
	weir_way_free(way);
	return r;
}

static bool has(const struct receiver *receiver, const char *header)
{
	return strcasestr(receiver->head.data, header) != NULL;
}

static void unpack(const struct weir_buf *packed, struct weir_buf *ret)
{
	z_stream stream = {.next_in = (unsigned char *)packed->data,
			   .avail_in = (unsigned)packed->len};

	assert_int_equal(weir_buf_reserve(ret, ret->max), 0);
	stream.next_out = (unsigned char *)ret->data;
	stream.avail_out = (unsigned)ret->max;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	ret->len = stream.total_out;
	inflateEnd(&stream);
}

static void assert_ocsf(const char *text, json_int_t class)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *fault = json ? ocsf_fault(json) : "no JSON";

	if (fault)
		fail_msg("%s in %s", fault, text);
	assert_int_equal(json_integer_value(json_object_get(json, "class_uid")), class);
	json_decref(json);
}

static void otlp__arrives(void **state)
{
	static struct otlp_record records[4];
	struct receiver receiver = {};
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);

	receiver_start(&receiver);
	assert_int_equal(send_to(&receiver, WEIR_SINK_OTLP, WEIR_SINK_OCSF, "", 2), 0);
	assert_int_equal(atomic_load(&receiver.n_requests), 1);
	assert_int_equal(strncmp(receiver.head.data, "POST /v1/logs HTTP/1.1\r\n", 24), 0);
	assert_true(has(&receiver, "\r\nContent-Type: application/x-protobuf\r\n"));
	assert_true(has(&receiver, "\r\nContent-Encoding: gzip\r\n"));
	assert_true(has(&receiver, "\r\nAuthorization: Bearer " SECRET "\r\n"));
	unpack(&receiver.body, &body);
	assert_int_equal(otlp_read(body.data, body.len, records, 4), 4);
	assert_string_equal(records[0].event_name, "weir.event");
	assert_ocsf(records[0].body, 1001);
	assert_string_equal(records[1].event_name, "weir.finding");
	assert_ocsf(records[1].body, 2006);
	assert_string_equal(records[1].alert_id, "A-00104");
	assert_string_equal(records[1].host_name, "ws-7");
	assert_int_equal(records[1].severity, 13);
	assert_string_equal(records[3].event_name, "weir.finding");
	receiver_stop(&receiver);
}

#define ANSWER(status, headers) \
	"HTTP/1.1 " status "\r\n" headers "Content-Length: 0\r\nConnection: close\r\n\r\n"

static void otlp__heeds_what_the_other_side_wants(void **state)
{
	static const struct {
		const char *answer;
		int r;
		uint64_t later_s;
	} rows[] = {
		{ANSWER("503 x", "Retry-After: 7\r\n"), -EAGAIN, 7},
		{ANSWER("429 x", "Retry-After: 3\r\n"), -EAGAIN, 3},
		{ANSWER("502 x", ""), -EAGAIN, 0},
		{ANSWER("504 x", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), -EAGAIN, 0},
		{ANSWER("401 x", ""), -EACCES, 0},
		{ANSWER("403 x", ""), -EACCES, 0},
		{ANSWER("404 x", ""), -ENOENT, 0},
		{ANSWER("413 x", ""), -EMSGSIZE, 0},
		{ANSWER("400 x", ""), -EBADMSG, 0},
		{ANSWER("422 x", ""), -EBADMSG, 0},
		{ANSWER("500 x", ""), -EREMOTEIO, 0},
		{ANSWER("202 x", ""), 0, 0},
		{"220 mail.example ESMTP\r\n", -EPROTO, 0},
	};
	struct receiver receiver = {};
	struct weir_sink_settings settings;
	struct weir_way *way;

	receiver_start(&receiver);
	settings = settings_of(WEIR_SINK_OTLP, receiver.url);
	way = open_way(&settings, -1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		receiver.answer = rows[i].answer;
		assert_int_equal(send_samples(way, 1), rows[i].r);
		assert_int_equal(way->later_ns, rows[i].later_s * WEIR_NSEC_PER_SEC);
	}
	weir_way_free(way);
	receiver_stop(&receiver);
}

/* Nobody leads the console elsewhere, or fills it. */
static void post__follows_nobody(void **state)
{
	struct receiver inner = {}, outer = {};
	char redirect[256], *huge;

	receiver_start(&inner);
	receiver_start(&outer);
	(void)snprintf(redirect, sizeof(redirect),
		       "HTTP/1.1 307 x\r\nLocation: %s/v1/logs\r\nContent-Length: 0\r\n"
		       "Connection: close\r\n\r\n",
		       inner.url);
	outer.answer = redirect;
	assert_int_equal(send_to(&outer, WEIR_SINK_OTLP, WEIR_SINK_OCSF, "", 1), -EREMOTEIO);
	assert_int_equal(atomic_load(&inner.n_requests), 0);
	huge = calloc(1, 256 * 1024);
	assert_non_null(huge);
	memset(huge, 'x', 256 * 1024 - 1);
	memcpy(huge, "HTTP/1.1 200 x\r\n\r\n", 18);
	outer.answer = huge;
	assert_int_equal(send_to(&outer, WEIR_SINK_OTLP, WEIR_SINK_OCSF, "", 1), -EMSGSIZE);
	receiver_stop(&outer);
	receiver_stop(&inner);
	free(huge);
}

static void post__is_broken_off_at_the_end(void **state)
{
	struct receiver receiver = {};
	struct weir_sink_settings settings;
	struct weir_way *way;
	int end_fd = eventfd(1, EFD_CLOEXEC);

	receiver_start(&receiver);
	settings = settings_of(WEIR_SINK_OTLP, receiver.url);
	way = open_way(&settings, end_fd);
	assert_int_equal(send_samples(way, 1), -ECANCELED);
	weir_way_free(way);
	receiver_stop(&receiver);
	weir_close(end_fd);
}

static void post__believes_the_right_server(void **state)
{
	struct certificate authority, other, server;
	struct receiver receiver = {};
	struct weir_sink_settings settings;
	struct weir_way *way;

	certificate_make(&authority, NULL, "an authority", NULL);
	certificate_make(&other, NULL, "another", NULL);
	certificate_make(&server, &authority, "server", "IP:127.0.0.1");
	receiver.tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(receiver.tls, server.x509);
	SSL_CTX_use_PrivateKey(receiver.tls, server.pkey);
	receiver_start(&receiver);
	settings = settings_of(WEIR_SINK_OTLP, receiver.url);
	settings.ca = other.pem;
	way = open_way(&settings, -1);
	assert_int_equal(send_samples(way, 1), -EKEYREJECTED);
	weir_way_free(way);
	settings.ca = authority.pem;
	way = open_way(&settings, -1);
	assert_int_equal(send_samples(way, 1), 0);
	weir_way_free(way);
	assert_int_equal(atomic_load(&receiver.n_requests), 1);
	receiver_stop(&receiver);
	SSL_CTX_free(receiver.tls);
	certificate_done(&authority);
	certificate_done(&other);
	certificate_done(&server);
}

/* What stands behind a header's name. */
static void header_of(const struct receiver *receiver, const char *name, char ret[static 256])
{
	const char *at = strcasestr(receiver->head.data, name);

	assert_non_null(at);
	at += strlen(name);
	(void)snprintf(ret, 256, "%.*s", (int)strcspn(at, "\r"), at);
}

/* As a receiver does it. */
static void assert_signed(const struct receiver *receiver)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	char time[256], signature[256], wanted[65];
	unsigned char mac[32];
	unsigned len = sizeof(mac);
	uint64_t sent_s = 0, now_s = weir_now_realtime() / WEIR_NSEC_PER_SEC;

	header_of(receiver, "\r\nWeir-Timestamp: ", time);
	header_of(receiver, "\r\nWeir-Signature: v1=", signature);
	assert_int_equal(weir_parse_u64(time, &sent_s), 0);
	assert_true(sent_s <= now_s && now_s - sent_s < 300);
	assert_int_equal(weir_buf_printf(&text, "%s.", time), 0);
	assert_int_equal(weir_buf_append(&text, receiver->body.data, receiver->body.len), 0);
	assert_non_null(HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET),
			     (const unsigned char *)text.data, text.len, mac, &len));
	weir_hex(mac, len, wanted);
	assert_string_equal(signature, wanted);
}

static void webhook__is_signed(void **state)
{
	struct receiver receiver = {};
	json_t *json;
	char position[256];

	receiver_start(&receiver);
	assert_int_equal(send_to(&receiver, WEIR_SINK_WEBHOOK, WEIR_SINK_OCSF, "/hook?to=soc", 2),
			 0);
	assert_int_equal(strncmp(receiver.head.data, "POST /hook?to=soc HTTP/1.1\r\n", 28), 0);
	assert_false(has(&receiver, "Authorization"));
	assert_false(has(&receiver, SECRET));
	assert_signed(&receiver);
	header_of(&receiver, "\r\nWeir-Position: ", position);
	assert_string_equal(position, "77");
	json = json_loadb(receiver.body.data, receiver.body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(json), 4);
	for (size_t i = 0; i < 4; i++)
		assert_null(ocsf_fault(json_array_get(json, i)));
	json_decref(json);
	receiver_stop(&receiver);
}

/* Nobody's name, host, file or value goes to a robot. */
static void assert_discreet(const char *text)
{
	static const char *const names[] = {"li.na",  "ws-7",	     "list.csv",
					    "11****", "/usr/bin/cp", "4711"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strstr(text, names[i]))
			fail_msg("%s in %s", names[i], text);
}

static void robot__says_it_in_its_own_way(void **state)
{
	static const struct {
		enum weir_sink_format format;
		const char *answer, *type, *object, *member;
	} rows[] = {
		{WEIR_SINK_WECOM, "{\"errcode\":0,\"errmsg\":\"ok\"}", "msgtype", "text",
		 "content"},
		{WEIR_SINK_DINGTALK, "{\"errcode\":0,\"errmsg\":\"ok\"}", "msgtype", "text",
		 "content"},
		{WEIR_SINK_FEISHU, "{\"code\":0,\"msg\":\"success\"}", "msg_type", "content",
		 "text"},
	};
	char answer[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct receiver receiver = {.answer = answer};
		const char *text;
		json_t *json;

		(void)snprintf(answer, sizeof(answer),
			       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
			       "Connection: close\r\n\r\n%s",
			       strlen(rows[i].answer), rows[i].answer);
		receiver_start(&receiver);
		assert_int_equal(send_to(&receiver, WEIR_SINK_WEBHOOK, rows[i].format,
					 "/robot?token=t0ken", 1),
				 0);
		assert_int_equal(strncmp(receiver.head.data, "POST /robot?token=t0ken", 23), 0);
		assert_int_equal(has(&receiver, "&timestamp="),
				 rows[i].format == WEIR_SINK_DINGTALK);
		json = json_loadb(receiver.body.data, receiver.body.len, JSON_REJECT_DUPLICATES,
				  NULL);
		assert_string_equal(json_string_value(json_object_get(json, rows[i].type)), "text");
		text = json_string_value(
			json_object_get(json_object_get(json, rows[i].object), rows[i].member));
		assert_string_equal(text, "Weir 数据防泄漏:1 条新告警(中 1)\n"
					  "[中] A-00104 stick-bulk-identity 5000 个事件,23 个标识");
		assert_int_equal(json_object_get(json, "sign") != NULL,
				 rows[i].format == WEIR_SINK_FEISHU);
		assert_discreet(receiver.body.data);
		json_decref(json);
		receiver_stop(&receiver);
	}
}

static void robot__many_are_one_message(void **state)
{
	struct weir_buf lines _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	struct sample sample;
	unsigned n = 0;

	sample_init(&sample);
	for (unsigned i = 0; i < 25; i++) {
		sample.alert.severity = i < 2 ? WEIR_SEVERITY_CRITICAL : WEIR_SEVERITY_LOW;
		assert_int_equal(weir_robot_line(&sample.record, WEIR_SINK_EN, &lines), 1);
	}
	/* No news for people. */
	sample.record.step = WEIR_EXPORT_UPDATE;
	assert_int_equal(weir_robot_line(&sample.record, WEIR_SINK_EN, &lines), 0);
	assert_int_equal(weir_robot_text(&lines, WEIR_SINK_EN, &text), 0);
	assert_int_equal(
		strncmp(text.data, "Weir: 25 new alerts (2 critical, 23 low)\n[critical] ", 52), 0);
	for (const char *at = text.data; (at = strstr(at, "] A-00104")); at++)
		n++;
	assert_int_equal(n, 10);
	assert_non_null(strstr(text.data, "\nand 15 more"));
	assert_discreet(text.data);
}

static void robot__calls_nobody(void **state)
{
	struct weir_buf lines _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	struct weir_buf full _cleanup_(weir_buf_done) = WEIR_BUF_INIT(20);
	struct sample sample;

	sample_hostile(&sample);
	sample.alert.rule = "<at user_id=\"all\"></at> @all\n[x]\x1b[31m";
	assert_int_equal(weir_robot_line(&sample.record, WEIR_SINK_ZH, &lines), 1);
	assert_int_equal(weir_robot_text(&lines, WEIR_SINK_ZH, &text), 0);
	assert_null(strchr(text.data, '<'));
	assert_null(strchr(text.data, '@'));
	assert_null(strchr(text.data, '\x1b'));
	assert_ptr_equal(strchr(text.data, '\n'), strrchr(text.data, '\n'));
	assert_int_equal(weir_robot_line(&sample.record, WEIR_SINK_ZH, &full), -ENOBUFS);
	assert_int_equal(full.len, 0);
}

/* Computed elsewhere by what the services' owners describe. */
static void robot__signs_as_they_want_it(void **state)
{
	struct weir_buf query _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);

	assert_int_equal(weir_robot_query(SECRET, UINT64_C(1795000000123456789), &query), 0);
	assert_string_equal(query.data, "timestamp=1795000000123&"
					"sign=M56LlO4tlc5NdntzoYKz3ox5GBcIh2uX60fJPqHKLlA%3D");
	assert_int_equal(weir_robot_body(WEIR_SINK_FEISHU, "a\"b", SECRET,
					 UINT64_C(1795000000123456789), &body),
			 0);
	assert_string_equal(body.data, "{\"content\":{\"text\":\"a\\\"b\"},\"msg_type\":\"text\","
				       "\"sign\":\"2ActMqYjaJMLlYYzvsxqwwwzWqhGrwc1cem1idh70f8=\","
				       "\"timestamp\":\"1795000000\"}");
	weir_buf_clear(&body);
	assert_int_equal(weir_robot_body(WEIR_SINK_FEISHU, "a", "", 1, &body), 0);
	assert_string_equal(body.data, "{\"content\":{\"text\":\"a\"},\"msg_type\":\"text\"}");
}

static int answered(const char *text)
{
	struct weir_buf answer _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);

	assert_int_equal(weir_buf_puts(&answer, text), 0);
	return weir_robot_answer(&answer);
}

static void robot__a_refusal_is_one(void **state)
{
	assert_int_equal(answered("{\"errcode\":0,\"errmsg\":\"ok\"}"), 0);
	assert_int_equal(answered("{\"StatusCode\":0}"), 0);
	assert_int_equal(answered("{\"errcode\":45009}"), -EAGAIN);
	assert_int_equal(answered("{\"errcode\":130101}"), -EAGAIN);
	assert_int_equal(answered("{\"code\":11232}"), -EAGAIN);
	assert_int_equal(answered("{\"errcode\":93000}"), -EREMOTEIO);
	assert_int_equal(answered("{\"errcode\":\"0\"}"), -EREMOTEIO);
	assert_int_equal(answered("{}"), -EREMOTEIO);
	assert_int_equal(answered("ok"), -EREMOTEIO);
}

static void settings__are_looked_at_before(void **state)
{
	static const char *const bad[] = {"",
					  "siem.example",
					  "http://siem.example/x",
					  "ftp://siem.example/x",
					  "file:///etc/passwd",
					  "https://",
					  "https://user:pass@siem.example/",
					  "https://siem.example/a b",
					  "https://siem.example/a#b",
					  "https://siem.example/\n",
					  "httpsx://siem.example/"};
	struct weir_sink_settings settings = settings_of(WEIR_SINK_WEBHOOK, "");
	struct weir_error err = {};
	char target[WEIR_SINK_TARGET];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		settings.address = bad[i];
		assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
		assert_null(strstr(err.text, "pass"));
	}
	settings.address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0ken";
	assert_int_equal(weir_sink_check(&settings, &err), 0);
	weir_sink_target(&settings, target);
	assert_string_equal(target, "https://qyapi.weixin.qq.com");
	settings.secret = "";
	assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
	settings.format = WEIR_SINK_WECOM;
	assert_int_equal(weir_sink_check(&settings, &err), 0);
	settings.secret = "a\nb";
	assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
	settings.secret = "a b";
	assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
	settings.secret = "";
	settings.certificate = "x";
	assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
	settings.certificate = "";
	settings.format = WEIR_SINK_CEF;
	assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
	settings.kind = WEIR_SINK_OTLP;
	settings.format = WEIR_SINK_FEISHU;
	assert_int_equal(weir_sink_check(&settings, &err), -EINVAL);
}

static int setup(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(otlp__arrives),
		cmocka_unit_test(otlp__heeds_what_the_other_side_wants),
		cmocka_unit_test(post__follows_nobody),
		cmocka_unit_test(post__is_broken_off_at_the_end),
		cmocka_unit_test(post__believes_the_right_server),
		cmocka_unit_test(webhook__is_signed),
		cmocka_unit_test(robot__says_it_in_its_own_way),
		cmocka_unit_test(robot__many_are_one_message),
		cmocka_unit_test(robot__calls_nobody),
		cmocka_unit_test(robot__signs_as_they_want_it),
		cmocka_unit_test(robot__a_refusal_is_one),
		cmocka_unit_test(settings__are_looked_at_before),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
