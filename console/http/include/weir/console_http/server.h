/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_HTTP_SERVER_H
#define WEIR_CONSOLE_HTTP_SERVER_H

/* A small, strict HTTP/1.1 server over a Unix socket or over loopback without TLS. Names no HTTP
 * library, so that the one below can be exchanged. It refuses, and closes the connection on,
 * whatever two parsers could read differently: any Transfer-Encoding, several or malformed
 * Content-Length, none or several Host, bodies where none belong. A request that is refused for its
 * size, its caller or its path is refused before its body is read. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"

struct weir_http_server;

struct weir_http_head;

struct weir_http_request {
	const char *method;
	const char *path;    /* as sent, without the query; never decoded */
	const char *query;   /* as sent, without "?"; "" when there is none */
	const char *pattern; /* of the route; NULL when nothing is at the path */
	const char *bearer;  /* the token behind "Authorization: Bearer"; NULL: none */
	const void *body;
	size_t len;
	const struct weir_http_head *head; /* for weir_http_header() */
	bool again;   /* the handler was called with it before, and it waited */
	bool last;    /* reply->wait_ns is not heeded any more */
	void *caller; /* what admit() learned of who calls; options.caller_size bytes */
};

/* A header's value, or NULL when it was not sent. name is in lower case and one of: authorization,
 * content-type, content-encoding, content-range, cookie, origin, prefer, if-none-match, user-agent,
 * accept, sec-fetch-site, x-csrf-token, x-client-verify, x-client-serial, x-client-dn, x-real-ip. A
 * request that has one of these twice never comes here. */
const char *weir_http_header(const struct weir_http_request *request, const char *name);

/* What stands in path for the pattern's wildcard number i (from 0). -ENOENT, or -ENAMETOOLONG when it
 * and its NUL exceed size. */
int weir_http_wildcard(const struct weir_http_request *request, unsigned i, char *text,
		       size_t size) _must_use_;

struct weir_http_reply {
	unsigned status;
	const char *content_type; /* static; NULL: none */
	unsigned retry_after_s;	  /* 0: not said */
	uint64_t wait_ns;	  /* not 0: nothing to say yet; see weir_http_handler */
	struct weir_buf headers;  /* see weir_http_reply_header() */
	struct weir_buf body;	  /* made by the server with WEIR_HTTP_REPLY_MAX; freed by it */
};

#define WEIR_HTTP_REPLY_MAX	    (16 * 1024 * 1024)
#define WEIR_HTTP_REPLY_HEADERS_MAX (8 * 1024)		   /* of one reply */
#define WEIR_HTTP_WAIT_MAX	    UINT64_C(120000000000) /* ns; longer waits count as this */

/* Adds a header to the reply, such as Set-Cookie, ETag or Location. Cache-Control replaces the
 * server's "no-store". -EINVAL when the value has control characters, -ENOBUFS, -ENOMEM. */
int weir_http_reply_header(struct weir_http_reply *reply, const char *name,
			   const char *value) _must_use_;

/* Replaces the reply's body by {"error":{"code","message","hint"}}. The texts must not need
 * escaping in JSON. */
void weir_http_reply_error(struct weir_http_reply *reply, unsigned status, const char *code,
			   const char *message, const char *hint);

/* Runs on one of the server's threads, several at a time. A long poll: the handler sets wait_ns and
 * leaves the rest; it is called again after weir_http_server_wake(), as often as it asks for it, and a
 * last time (request->last) when wait_ns since the first call are over or too many wait already. A
 * waiting request holds no thread. When the server ends it is answered 503. */
typedef void (*weir_http_handler)(void *context, const struct weir_http_request *request,
				  struct weir_http_reply *reply);

struct weir_http_route {
	const char *method; /* "GET", "POST", "PUT" or "DELETE" */
	const char *path;   /* a segment "*" stands for any one that is not empty */
	size_t body_max;    /* bytes; 0: no body */
	weir_http_handler handler;
	void *context;
};

/* Whether a call may go on, asked by its head alone: the body has not come yet. route is NULL when
 * nothing is at the path. True to go on, or false with *reply filled. It may fill request->caller,
 * zero until then, for the handler. Runs on the server's threads like a handler. */
typedef bool (*weir_http_admit)(void *context, const struct weir_http_route *route,
				const struct weir_http_request *request,
				struct weir_http_reply *reply);

/* What servers have done, counted by their threads; zeros to begin with. */
#define WEIR_HTTP_STATUS_MAX 600
struct weir_http_counts {
	_Atomic uint64_t answered[WEIR_HTTP_STATUS_MAX]; /* by status */
	_Atomic uint32_t waiting;			 /* requests that wait now */
};

/* Exactly one of socket_path and address. Everything is borrowed until weir_http_server_free(). */
struct weir_http_options {
	const char *socket_path; /* made with mode 0660; a stale one is replaced, a live one is
				    -EADDRINUSE */
	const char *address;	 /* "127.0.0.1"; any other is -EPERM, because there is no TLS */
	uint16_t port;		 /* 0: any free one */
	weir_http_admit admit;	 /* asked about every call; NULL: everyone. Needed with address */
	void *admit_context;
	size_t caller_size;
	const struct weir_http_route *routes;
	size_t n_routes;
	unsigned threads;		 /* 0: 4 */
	unsigned waiting_max;		 /* requests that wait at a time; 0: 1024 */
	struct weir_http_counts *counts; /* several servers may share them; NULL: none */
};

/* Listens and serves from threads of its own. SIGPIPE must be ignored by the program. */
int weir_http_server_new(const struct weir_http_options *options, struct weir_error *err,
			 struct weir_http_server **ret) _must_use_;

/* Removes the socket, lets requests that have begun end (5 seconds at most) while it refuses new ones
 * with 503, then stops listening and closes all connections. */
void weir_http_server_free(struct weir_http_server *server);
DEFINE_CLEANUP(weir_http_server_free, struct weir_http_server *);

/* Calls the handlers of all requests that wait, again. From any thread, also from a handler. */
void weir_http_server_wake(struct weir_http_server *server);

/* The port in use; 0 for a Unix socket. */
uint16_t weir_http_server_port(const struct weir_http_server *server);

#endif
