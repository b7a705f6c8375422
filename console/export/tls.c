/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5425 has no acknowledgement, and what a socket has taken is not yet read. But who closes in
 * order has read what came before: TLS answers close_notify by its own, and a kernel answers bytes that
 * were never read by a reset, not by an end. So each delivery closes its connection and waits for the
 * other side's end. */

#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define CONNECT_NS (UINT64_C(10) * WEIR_NSEC_PER_SEC) /* for each of a name's addresses */
#define PORT_MAX   5				      /* digits */
#define REST_MAX   (64 * 1024)			      /* bytes of what nobody asked for */
#define ACK_MS	   10

struct weir_tls {
	SSL_CTX *context;
	char host[WEIR_TLS_HOST_MAX + 1];
	char port[PORT_MAX + 1];
	bool is_address; /* host is no name */
	int end_fd;
	uint64_t timeout_ns;
};

/* One delivery. */
struct talk {
	const struct weir_tls *tls;
	int fd;
	SSL *ssl;
	uint64_t until_ns;
};

DEFINE_CLEANUP(BIO_vfree, BIO *);
DEFINE_CLEANUP(X509_free, X509 *);
DEFINE_CLEANUP(EVP_PKEY_free, EVP_PKEY *);
DEFINE_CLEANUP(freeaddrinfo, struct addrinfo *);

static void talk_done(struct talk *talk)
{
	SSL_free(talk->ssl);
	weir_close(talk->fd);
}

static int fault(struct weir_error *err, const char *text, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", text);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

/* Nobody is at a terminal to be asked. */
static int no_password(char *buf, int size, int writing, void *context)
{
	return -1;
}

static X509 *next_certificate(BIO *pem)
{
	X509 *certificate = PEM_read_bio_X509(pem, NULL, no_password, NULL);

	ERR_clear_error();
	return certificate;
}

static bool take_authorities(SSL_CTX *context, const char *text)
{
	BIO *pem _cleanup_(BIO_vfreep) = BIO_new_mem_buf(text, -1);
	unsigned n = 0;

	while (pem) {
		X509 *certificate _cleanup_(X509_freep) = next_certificate(pem);

		if (!certificate)
			break;
		if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) != 1)
			return false;
		n++;
	}
	return n > 0;
}

/* The first is the client's own, those behind it lead to its authority. */
static bool take_certificate(SSL_CTX *context, const char *text)
{
	BIO *pem _cleanup_(BIO_vfreep) = BIO_new_mem_buf(text, -1);
	unsigned n = 0;

	while (pem) {
		X509 *certificate _cleanup_(X509_freep) = next_certificate(pem);

		if (!certificate)
			break;
		if ((n++ ? SSL_CTX_add1_chain_cert(context, certificate)
			 : SSL_CTX_use_certificate(context, certificate)) != 1)
			return false;
	}
	return n > 0;
}

static bool take_key(SSL_CTX *context, const char *text)
{
	BIO *pem _cleanup_(BIO_vfreep) = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key _cleanup_(EVP_PKEY_freep) = NULL;

	key = pem ? PEM_read_bio_PrivateKey(pem, NULL, no_password, NULL) : NULL;
	return key && SSL_CTX_use_PrivateKey(context, key) == 1 &&
	       SSL_CTX_check_private_key(context) == 1;
}

static int make_context(const struct weir_tls_options *options, struct weir_error *err,
			SSL_CTX **ret)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	*ret = context;
	if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return -ENOMEM;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
	if (*options->ca ? !take_authorities(context, options->ca)
			 : SSL_CTX_set_default_verify_paths(context) != 1)
		return fault(err, "the authorities are no certificates in PEM",
			     "give the file that the receiver's owner has");
	if (!*options->certificate != !*options->key)
		return fault(err, "a certificate and its key go together", "give both or none");
	if (*options->certificate && !take_certificate(context, options->certificate))
		return fault(err, "the certificate is none in PEM", "give it with its chain");
	if (*options->key && !take_key(context, options->key))
		return fault(err, "the key is not the certificate's, or has a password",
			     "give a key in PEM without a password");
	return 0;
}

/* Nothing that a log or JSON would read as more than a name. */
static bool is_host(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:_";

	return *host && *host != '-' && strspn(host, allowed) == strlen(host);
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" */
static bool split(struct weir_tls *tls, const char *address, const char *port)
{
	const bool bracket = *address == '[';
	const char *host = address + bracket;
	const size_t len = strcspn(host, bracket ? "]" : ":");
	const char *rest = host + len + (bracket && host[len]);
	uint32_t number;

	if (len > WEIR_TLS_HOST_MAX || (bracket && !host[len]) || (*rest && *rest != ':'))
		return false;
	memcpy(tls->host, host, len);
	port = *rest ? rest + 1 : port;
	if (weir_parse_u32(port, &number) < 0 || number == 0 || number > UINT16_MAX)
		return false;
	(void)snprintf(tls->port, sizeof(tls->port), "%u", number);
	return is_host(tls->host);
}

static bool is_address(const char *host)
{
	unsigned char any[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

int weir_tls_new(const struct weir_tls_options *options, struct weir_error *err,
		 struct weir_tls **ret)
{
	struct weir_tls *tls _cleanup_(weir_tls_freep) = calloc(1, sizeof(*tls));
	int r;

	if (!tls)
		return -ENOMEM;
	tls->end_fd = options->end_fd;
	tls->timeout_ns = options->timeout_ns;
	if (!split(tls, options->address, options->port))
		return fault(err, "the address is none", "write HOST or HOST:PORT");
	tls->is_address = is_address(tls->host);
	r = make_context(options, err, &tls->context);
	ERR_clear_error();
	if (r < 0)
		return r;
	*ret = TAKE_PTR(tls);
	return 0;
}

void weir_tls_free(struct weir_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

/* Until the socket is ready, or `until_ns`. */
static int wait_for(const struct talk *talk, short events, uint64_t until_ns)
{
	struct pollfd fds[] = {{.fd = talk->fd, .events = events},
			       {.fd = talk->tls->end_fd, .events = POLLIN}};
	const uint64_t now_ns = weir_now_monotonic();
	int n;

	if (now_ns >= until_ns)
		return -ETIMEDOUT;
	n = poll(fds, ARRAY_SIZE(fds), (int)((until_ns - now_ns) / WEIR_NSEC_PER_MSEC) + 1);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	/* That the time is over shows with the next wait: it may just have become ready. */
	return fds[1].revents ? -ECANCELED : 0;
}

static int socket_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? -errno : -error;
}

static int connect_to(struct talk *talk, const struct addrinfo *address)
{
	const uint64_t until_ns = WEIR_MIN(talk->until_ns, weir_now_monotonic() + CONNECT_NS);
	struct pollfd ready = {.events = POLLOUT};
	int r = 0;

	talk->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (talk->fd < 0)
		return -errno;
	ready.fd = talk->fd;
	if (connect(talk->fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS)
		r = -errno;
	while (r == 0 && poll(&ready, 1, 0) != 1)
		r = wait_for(talk, POLLOUT, until_ns);
	if (r == 0)
		r = socket_error(talk->fd);
	if (r < 0)
		talk->fd = weir_close(talk->fd);
	return r;
}

static int find(const struct weir_tls *tls, struct addrinfo **ret)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICSERV |
						   (tls->is_address ? AI_NUMERICHOST : 0)};

	return getaddrinfo(tls->host, tls->port, &hints, ret) == 0 ? 0 : -EHOSTUNREACH;
}

static int reach(struct talk *talk)
{
	struct addrinfo *list _cleanup_(freeaddrinfop) = NULL;
	int r = find(talk->tls, &list);

	if (r < 0)
		return r;
	talk->until_ns = weir_now_monotonic() + talk->tls->timeout_ns;
	r = -EHOSTUNREACH;
	for (const struct addrinfo *at = list; at && r < 0 && r != -ECANCELED; at = at->ai_next)
		r = connect_to(talk, at);
	return r;
}

/* The server's certificate must be for what it was called. */
static int expect_server(struct talk *talk)
{
	const struct weir_tls *tls = talk->tls;
	bool good;

	talk->ssl = SSL_new(tls->context);
	if (!talk->ssl || SSL_set_fd(talk->ssl, talk->fd) != 1)
		return -ENOMEM;
	SSL_set_hostflags(talk->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	good = tls->is_address
		       ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(talk->ssl), tls->host) == 1
		       : SSL_set1_host(talk->ssl, tls->host) == 1 &&
				 SSL_set_tlsext_host_name(talk->ssl, tls->host) == 1;
	return good ? 0 : -ENOMEM;
}

/* What OpenSSL could not do. */
static int reason_of(const struct talk *talk)
{
	const int reason = ERR_GET_REASON(ERR_peek_error());

	if (SSL_get_verify_result(talk->ssl) != X509_V_OK)
		return -EKEYREJECTED;
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return -ENODATA;
	return reason > SSL_AD_REASON_OFFSET ? -EACCES : -EPROTO;
}

/* After a call that did not do it: 0 to call again, once what it waits for is there. */
static int go_on(const struct talk *talk, int result)
{
	const int error = errno;

	switch (SSL_get_error(talk->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(talk, POLLIN, talk->until_ns);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(talk, POLLOUT, talk->until_ns);
	case SSL_ERROR_SYSCALL:
		return error ? -error : -ECONNRESET;
	case SSL_ERROR_ZERO_RETURN:
		return -ECONNRESET;
	default:
		return reason_of(talk);
	}
}

static int greet(struct talk *talk)
{
	int r = expect_server(talk);

	while (r == 0) {
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_connect(talk->ssl);
		if (done == 1)
			return 0;
		r = go_on(talk, done);
	}
	return r;
}

static int say(struct talk *talk, const char *data, size_t len)
{
	int r = 0;

	while (r == 0 && len) {
		size_t n = 0;
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_write_ex(talk->ssl, data, len, &n);
		if (done != 1)
			r = go_on(talk, done);
		data += n;
		len -= n;
	}
	return r;
}

/* An end that came without a word is believed only once all that was sent has arrived: else it may
 * have been on its way before. */
static int wait_for_arrival(const struct talk *talk)
{
	int r = 0, left = 1;

	for (;;) {
		struct pollfd end = {.fd = talk->tls->end_fd, .events = POLLIN};

		r = socket_error(talk->fd);
		if (r == 0 && ioctl(talk->fd, SIOCOUTQ, &left) < 0)
			r = -errno;
		if (r < 0 || left == 0)
			return r;
		if (weir_now_monotonic() >= talk->until_ns)
			return -ETIMEDOUT;
		if (poll(&end, 1, ACK_MS) > 0)
			return -ECANCELED;
	}
}

static int say_goodbye(struct talk *talk)
{
	int r = 0;

	while (r == 0) {
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_shutdown(talk->ssl);
		if (done >= 0)
			return 0;
		r = go_on(talk, done);
	}
	return r;
}

/* The other side's end, in order. */
static int hear_goodbye(struct talk *talk)
{
	size_t heard = 0;
	int r = 0;

	while (r == 0) {
		char rest[1024];
		size_t n = 0;
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_read_ex(talk->ssl, rest, sizeof(rest), &n);
		heard += n;
		if (done != 1 && SSL_get_error(talk->ssl, done) == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (done != 1)
			r = go_on(talk, done);
		else if (heard > REST_MAX)
			r = -EPROTO;
	}
	return r == -ENODATA ? wait_for_arrival(talk) : r;
}

int weir_tls_deliver(struct weir_tls *tls, const void *data, size_t len)
{
	struct talk talk _cleanup_(talk_done) = {.tls = tls, .fd = -1};
	int r = reach(&talk);

	if (r == 0)
		r = greet(&talk);
	if (r == 0)
		r = say(&talk, data, len);
	if (r == 0)
		r = say_goodbye(&talk);
	if (r == 0)
		r = hear_goodbye(&talk);
	ERR_clear_error();
	/* An end before its time, however it shows. */
	return r == -ENODATA || r == -EPIPE ? -ECONNRESET : r;
}
