/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"

#define REQUEST_MAX (64 * 1024 * 1024)

static const char fine[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			   "Content-Length: 2\r\nConnection: close\r\n\r\n{}";

static const char bad[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
			  "Connection: close\r\n\r\n";

static ssize_t hear(SSL *ssl, int fd, void *data, size_t len)
{
	return ssl ? SSL_read(ssl, data, (int)len) : read(fd, data, len);
}

static bool hear_head(SSL *ssl, int fd, struct weir_buf *head)
{
	char c;

	while (!head->data || !strstr(head->data, "\r\n\r\n"))
		if (hear(ssl, fd, &c, 1) != 1 || weir_buf_append(head, &c, 1) < 0)
			return false;
	return true;
}

static bool hear_body(SSL *ssl, int fd, const char *head, struct weir_buf *body)
{
	const char *length = strcasestr(head, "\r\nContent-Length: ");
	char data[4096];
	uint64_t left = 0;

	if (length)
		(void)snprintf(data, sizeof(data), "%.*s", (int)strcspn(length + 18, "\r"),
			       length + 18);
	if (length && weir_parse_u64(data, &left) < 0)
		return false;

	while (left) {
		ssize_t n = hear(ssl, fd, data, left < sizeof(data) ? left : sizeof(data));

		if (n <= 0 || weir_buf_append(body, data, (size_t)n) < 0)
			return false;
		left -= (size_t)n;
	}
	return true;
}

static const char *answer_to(struct receiver *receiver)
{
	const struct weir_buf *body = &receiver->body;

	if (receiver->refused &&
	    memmem(body->data, body->len, receiver->refused, strlen(receiver->refused)))
		return bad;
	if (weir_buf_append(&receiver->taken, body->data, body->len) < 0)
		abort();
	return receiver->answer ? receiver->answer : fine;
}

static void answer(struct receiver *receiver, SSL *ssl, int fd)
{
	const char *text;

	weir_buf_clear(&receiver->head);
	weir_buf_clear(&receiver->body);
	if (!hear_head(ssl, fd, &receiver->head) ||
	    !hear_body(ssl, fd, receiver->head.data, &receiver->body))
		return;
	text = answer_to(receiver);
	atomic_fetch_add(&receiver->n_requests, 1);
	if (ssl)
		SSL_write(ssl, text, (int)strlen(text));
	else
		(void)!weir_write_full(fd, text, strlen(text));
}

static void *run(void *context)
{
	struct receiver *receiver = context;
	int fd;

	while ((fd = accept(receiver->fd, NULL, NULL)) >= 0) {
		SSL *ssl = receiver->tls ? SSL_new(receiver->tls) : NULL;

		if (ssl)
			SSL_set_fd(ssl, fd);
		if (!ssl || SSL_accept(ssl) == 1)
			answer(receiver, ssl, fd);
		if (ssl)
			SSL_shutdown(ssl);
		SSL_free(ssl);
		weir_close(fd);
	}
	return NULL;
}

void receiver_start(struct receiver *receiver)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t len = sizeof(name);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	receiver->head = receiver->body = receiver->taken = WEIR_BUF_INIT(REQUEST_MAX);
	receiver->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(receiver->fd, (struct sockaddr *)&name, len) < 0 || listen(receiver->fd, 8) < 0 ||
	    getsockname(receiver->fd, (struct sockaddr *)&name, &len) < 0 ||
	    pthread_create(&receiver->thread, NULL, run, receiver) != 0)
		abort();
	(void)snprintf(receiver->url, sizeof(receiver->url), "%s://127.0.0.1:%u",
		       receiver->tls ? "https" : "http", ntohs(name.sin_port));
}

void receiver_stop(struct receiver *receiver)
{
	shutdown(receiver->fd, SHUT_RDWR);
	pthread_join(receiver->thread, NULL);
	weir_close(receiver->fd);
	weir_buf_done(&receiver->head);
	weir_buf_done(&receiver->body);
	weir_buf_done(&receiver->taken);
}
