/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_HTTP_H
#define WEIR_CONSOLE_CLIENT_HTTP_H

/* HTTP requests, one at a time, to the console or from it to what it tells: over a Unix socket, in the clear to this machine's
 * own loopback addresses, or by TLS (1.2 or later, certificate and name checked) to any other. No redirects, no proxies from the
 * environment, no cookies. One thread for each object; a connection is kept between requests. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"

#define WEIR_HTTP_HEADERS_MAX	  16
#define WEIR_HTTP_RETRY_AFTER_MAX 86400 /* seconds; longer ones count as this */

struct weir_http;

struct weir_http_options {
	const char *base;    /* "unix:/run/weir-console/api.sock", "http://127.0.0.1:8080" or
			     "https://console.example:8443" */
	const char *ca_file; /* PEM: the only authorities that may have signed the console's
				certificate; NULL: those of this machine */
	const char *ca_pem;  /* the same as text, instead of ca_file; NULL: not given */
	bool unverified; /* https: whoever answers is believed; only for what is checked by other means */
	const char *certificate_file, *key_file; /* PEM, the client's own; both or none */
	uint64_t connect_timeout_ns;		 /* 0: 5 s */
	uint64_t timeout_ns;			 /* of a whole request; 0: 30 s */
	size_t max_response;			 /* bytes of a body; 0: 1 MiB */
	bool (*cancelled)(
		void *); /* asked about once a second during a request; true ends it; NULL: never */
	void *cancelled_context;
};

struct weir_http_request {
	const char *method; /* "GET", "POST", ... */
	const char *path;   /* begins with '/', may have a query; printable ASCII without blanks */
	const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
	const char *bearer;	    /* token for Authorization; NULL: none */
	const void *body;	    /* NULL: none */
	size_t body_len;
};

struct weir_http_response {
	int status;		/* 100-599 */
	uint32_t retry_after_s; /* 0: not said; a date is not understood and counts as not said */
	char content_type[64];	/* without parameters, in lower case; empty when not said */
	struct weir_buf body;
};

/* 0, -EINVAL (base is no such address; *reterr, which may be NULL, says why and what to write) or
 * -ENOMEM. */
int weir_http_new(const struct weir_http_options *options, struct weir_http **ret,
		  struct weir_error *reterr) _must_use_;
void weir_http_free(struct weir_http *http);
DEFINE_CLEANUP(weir_http_free, struct weir_http *);

/* Any status is a success here: 0 and *ret, which the caller ends with weir_http_response_done().
 * -EINVAL (the request is malformed), -ECONNREFUSED (nobody listens, or no such socket), -EACCES
 * (the socket's permissions), -ETIMEDOUT, -ECANCELED, -EMSGSIZE (the body exceeds max_response),
 * -ECONNRESET (broken off), -EPROTO (no HTTP), -EKEYREJECTED (TLS: not the console that the certificate should be
 * for, or no certificate can be checked), -EIO (anything else). *ret is untouched on failure.
 */
int weir_http_perform(struct weir_http *http, const struct weir_http_request *request,
		      struct weir_http_response *ret) _must_use_;
void weir_http_response_done(struct weir_http_response *response);

/* One line about the last failure, for a person; belongs to http, until the next request. */
const char *weir_http_error(const struct weir_http *http);

#endif
