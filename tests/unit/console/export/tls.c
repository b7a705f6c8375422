/* SPDX-License-Identifier: Apache-2.0 */
/* A server that behaves, and several that do not. */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "certificates.h"
#include "tls.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define LONG_NS	 (60 * WEIR_NSEC_PER_SEC)
#define DATA_LEN (3 * 1024 * 1024)

enum manner {
	POLITE,	  /* reads to the end, answers it by its own */
	SILENT,	  /* reads to the end, closes without a word */
	RUDE,	  /* closes with something unread */
	HASTY,	  /* closes after the greeting, before anything came */
	DEAF,	  /* reads nothing until the client goes */
	STRANGER, /* speaks no TLS */
};

struct server {
	enum manner manner;
	SSL_CTX *context;
	int fd, end_fd;
	char address[32];
	pthread_t thread;
	size_t heard;
	unsigned sum; /* of the bytes */
};

static struct certificate authority, other, named, numbered, client;
static char *data;

static void hear(struct server *server, SSL *ssl, size_t most)
{
	unsigned char buf[16384];
	size_t n;

	while (server->heard < most && SSL_read_ex(ssl, buf, sizeof(buf), &n) == 1) {
		server->heard += n;
		for (size_t i = 0; i < n; i++)
			server->sum = server->sum * 31 + buf[i];
	}
}

static void talk(struct server *server, int fd)
{
	SSL *ssl = SSL_new(server->context);
	char c;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1 && server->manner == POLITE) {
		hear(server, ssl, SIZE_MAX);
		SSL_shutdown(ssl);
	} else if (SSL_is_init_finished(ssl) && server->manner == SILENT) {
		hear(server, ssl, SIZE_MAX);
	} else if (SSL_is_init_finished(ssl) && server->manner == RUDE) {
		hear(server, ssl, 1024);
	} else if (server->manner == DEAF) {
		(void)!recv(server->end_fd, &c, 1, 0);
	}
	SSL_free(ssl);
}

static void *serve(void *context)
{
	struct server *server = context;
	int fd = accept(server->fd, NULL, NULL);

	if (fd >= 0 && server->manner == STRANGER)
		(void)!write(fd, "220 mail.example ESMTP\r\n", 24);
	else if (fd >= 0)
		talk(server, fd);
	weir_close(fd);
	return NULL;
}

static void listen_on_loopback(struct server *server)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t len = sizeof(name);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&name, len), 0);
	assert_int_equal(listen(server->fd, 4), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&name, &len), 0);
	(void)snprintf(server->address, sizeof(server->address), "127.0.0.1:%u",
		       ntohs(name.sin_port));
}

static void start(struct server *server, enum manner manner, const struct certificate *certificate)
{
	*server = (struct server){.manner = manner, .context = SSL_CTX_new(TLS_server_method())};
	SSL_CTX_use_certificate(server->context, certificate->x509);
	SSL_CTX_use_PrivateKey(server->context, certificate->pkey);
	listen_on_loopback(server);
}

static void expect_client(struct server *server)
{
	X509_STORE_add_cert(SSL_CTX_get_cert_store(server->context), authority.x509);
	SSL_CTX_set_verify(server->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
}

static void stop(struct server *server)
{
	weir_close(server->fd);
	SSL_CTX_free(server->context);
}

static struct weir_tls_options options_of(const struct server *server)
{
	return (struct weir_tls_options){.address = server->address,
					 .port = "6514",
					 .ca = authority.pem,
					 .certificate = "",
					 .key = "",
					 .end_fd = -1,
					 .timeout_ns = LONG_NS};
}

/* What comes of one delivery, with the server running beside it. */
static int deliver(struct server *server, const struct weir_tls_options *options, size_t len)
{
	struct weir_tls *tls _cleanup_(weir_tls_freep) = NULL;
	int pair[2], r;

	assert_int_equal(weir_tls_new(options, NULL, &tls), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	server->end_fd = pair[0];
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	r = weir_tls_deliver(tls, data, len);
	weir_close(pair[1]);
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	weir_close(pair[0]);
	return r;
}

static int deliver_to(enum manner manner, size_t len)
{
	struct server server;
	struct weir_tls_options options;
	int r;

	start(&server, manner, &numbered);
	options = options_of(&server);
	r = deliver(&server, &options, len);
	stop(&server);
	return r;
}

static void tls__all_of_it_was_read(void **state)
{
	static const enum manner manners[] = {POLITE, SILENT};
	unsigned sum = 0;

	for (size_t i = 0; i < DATA_LEN; i++)
		sum = sum * 31 + (unsigned char)data[i];
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		struct server server;
		struct weir_tls_options options;

		start(&server, manners[i], &numbered);
		options = options_of(&server);
		assert_int_equal(deliver(&server, &options, DATA_LEN), 0);
		assert_int_equal(server.heard, DATA_LEN);
		assert_int_equal(server.sum, sum);
		stop(&server);
	}
}

/* Whatever the client could hand to its kernel. */
static void tls__what_was_not_read_is_not_delivered(void **state)
{
	assert_int_equal(deliver_to(RUDE, DATA_LEN), -ECONNRESET);
	assert_int_equal(deliver_to(RUDE, 8192), -ECONNRESET);
	assert_int_equal(deliver_to(HASTY, 100), -ECONNRESET);
}

static void tls__nobody_waits_for_ever(void **state)
{
	struct server server;
	struct weir_tls_options options;
	uint64_t begun_ns = weir_now_monotonic();

	start(&server, DEAF, &numbered);
	options = options_of(&server);
	options.timeout_ns = 300 * WEIR_NSEC_PER_MSEC;
	assert_int_equal(deliver(&server, &options, 100), -ETIMEDOUT);
	assert_true(weir_now_monotonic() - begun_ns >= 300 * WEIR_NSEC_PER_MSEC);
	stop(&server);
	/* And not at all at the end. */
	start(&server, DEAF, &numbered);
	options = options_of(&server);
	options.end_fd = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(deliver(&server, &options, 100), -ECANCELED);
	weir_close(options.end_fd);
	stop(&server);
}

/* "localhost:PORT"; wherever else the name leads to, nobody listens at that port. */
static void name_it(struct server *server)
{
	char port[8];

	(void)snprintf(port, sizeof(port), "%s", strchr(server->address, ':') + 1);
	(void)snprintf(server->address, sizeof(server->address), "localhost:%s", port);
}

static void tls__only_the_right_server_is_believed(void **state)
{
	struct server server;
	struct weir_tls_options options;

	assert_int_equal(deliver_to(STRANGER, 100), -EPROTO);
	/* Right authority, another name. */
	start(&server, POLITE, &named);
	options = options_of(&server);
	assert_int_equal(deliver(&server, &options, 100), -EKEYREJECTED);
	assert_int_equal(server.heard, 0);
	stop(&server);
	/* Right name, another authority. */
	start(&server, POLITE, &numbered);
	options = options_of(&server);
	options.ca = other.pem;
	assert_int_equal(deliver(&server, &options, 100), -EKEYREJECTED);
	assert_int_equal(server.heard, 0);
	stop(&server);
	/* The same by a name. */
	start(&server, POLITE, &named);
	options = options_of(&server);
	name_it(&server);
	assert_int_equal(deliver(&server, &options, 100), -EKEYREJECTED);
	assert_int_equal(server.heard, 0);
	stop(&server);
	start(&server, POLITE, &numbered);
	options = options_of(&server);
	name_it(&server);
	assert_int_equal(deliver(&server, &options, 100), 0);
	stop(&server);
	/* Older than 1.2. */
	start(&server, POLITE, &numbered);
	SSL_CTX_set_security_level(server.context, 0);
	SSL_CTX_set_max_proto_version(server.context, TLS1_1_VERSION);
	options = options_of(&server);
	assert_true(deliver(&server, &options, 100) < 0);
	assert_int_equal(server.heard, 0);
	stop(&server);
}

static void tls__a_server_may_ask_who_calls(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct server server;
		struct weir_tls_options options;

		start(&server, POLITE, &numbered);
		expect_client(&server);
		SSL_CTX_set_max_proto_version(server.context, versions[i]);
		options = options_of(&server);
		options.certificate = client.pem;
		options.key = client.key;
		assert_int_equal(deliver(&server, &options, 100), 0);
		assert_int_equal(server.heard, 100);
		stop(&server);
		start(&server, POLITE, &numbered);
		expect_client(&server);
		SSL_CTX_set_max_proto_version(server.context, versions[i]);
		options = options_of(&server);
		assert_true(deliver(&server, &options, 100) < 0);
		assert_int_equal(server.heard, 0);
		stop(&server);
	}
}

static void tls__nobody_listens(void **state)
{
	struct server server;
	struct weir_tls_options options;
	struct weir_tls *tls _cleanup_(weir_tls_freep) = NULL;

	start(&server, POLITE, &numbered);
	stop(&server);
	options = options_of(&server);
	assert_int_equal(weir_tls_new(&options, NULL, &tls), 0);
	assert_int_equal(weir_tls_deliver(tls, data, 1), -ECONNREFUSED);
}

static void tls__settings_are_looked_at_before(void **state)
{
	static const char *const good[] = {
		"siem.example", "siem.example:1",     "10.0.0.1",	   "10.0.0.1:65535",
		"[::1]",	"[2001:db8::7]:6514", "a_host-1.internal", "localhost:6514"};
	static const char *const bad[] = {"",	  ":6514",  "a:",   "a:0", "a:65536", "a:x",
					  "[::1", "[::1]x", "a b",  "a/b", "-a",      "a\n",
					  "[]:1", "a:1:2",  "a\"b", "[]",  "a:-1",    "u@h:6514"};
	const struct weir_tls_options model = {
		.port = "6514", .ca = "", .certificate = "", .key = "", .end_fd = -1};
	struct weir_tls_options options = model;
	struct weir_error err = {};
	struct weir_tls *tls = NULL;
	char name[300];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		options.address = good[i];
		assert_int_equal(weir_tls_new(&options, &err, &tls), 0);
		weir_tls_free(tls);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tls = NULL;
		options.address = bad[i];
		assert_int_equal(weir_tls_new(&options, &err, &tls), -EINVAL);
		assert_null(tls);
		assert_string_equal(err.text, "the address is none");
	}
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	options.address = name;
	assert_int_equal(weir_tls_new(&options, &err, &tls), -EINVAL);
}

static int fault_of(const char *ca, const char *certificate, const char *key)
{
	const struct weir_tls_options options = {.address = "siem.example",
						 .port = "6514",
						 .ca = ca,
						 .certificate = certificate,
						 .key = key,
						 .end_fd = -1};
	struct weir_tls *tls = NULL;
	int r = weir_tls_new(&options, NULL, &tls);

	weir_tls_free(tls);
	return r;
}

static void tls__keys_must_fit(void **state)
{
	static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
				     "MIIBvTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI\n"
				     "-----END ENCRYPTED PRIVATE KEY-----\n";
	char chain[2 * CERTIFICATE_PEM];

	(void)snprintf(chain, sizeof(chain), "%s%s", client.pem, authority.pem);
	assert_int_equal(fault_of(authority.pem, client.pem, client.key), 0);
	assert_int_equal(fault_of(chain, chain, client.key), 0);
	assert_int_equal(fault_of("x", "", ""), -EINVAL);
	assert_int_equal(fault_of(client.key, "", ""), -EINVAL);
	assert_int_equal(fault_of("", client.pem, ""), -EINVAL);
	assert_int_equal(fault_of("", "", client.key), -EINVAL);
	assert_int_equal(fault_of("", "x", client.key), -EINVAL);
	assert_int_equal(fault_of("", client.pem, "x"), -EINVAL);
	assert_int_equal(fault_of("", client.pem, locked), -EINVAL);
	assert_int_equal(fault_of("", client.pem, numbered.key), -EINVAL);
}

static int setup(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	certificate_make(&authority, NULL, "an authority", NULL);
	certificate_make(&other, NULL, "an authority", NULL);
	certificate_make(&named, &authority, "siem.example", "DNS:siem.example");
	certificate_make(&numbered, &authority, "server", "IP:127.0.0.1,DNS:localhost");
	certificate_make(&client, &authority, "weir-console", NULL);
	data = malloc(DATA_LEN);
	for (size_t i = 0; data && i < DATA_LEN; i++)
		data[i] = (char)(i * 7 + i / 251);
	return data ? 0 : -1;
}

static int teardown(void **state)
{
	certificate_done(&authority);
	certificate_done(&other);
	certificate_done(&named);
	certificate_done(&numbered);
	certificate_done(&client);
	free(data);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls__all_of_it_was_read),
		cmocka_unit_test(tls__what_was_not_read_is_not_delivered),
		cmocka_unit_test(tls__nobody_waits_for_ever),
		cmocka_unit_test(tls__only_the_right_server_is_believed),
		cmocka_unit_test(tls__a_server_may_ask_who_calls),
		cmocka_unit_test(tls__nobody_listens),
		cmocka_unit_test(tls__settings_are_looked_at_before),
		cmocka_unit_test(tls__keys_must_fit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
