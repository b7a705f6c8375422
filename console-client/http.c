/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: libcurl, which nothing else here includes, and which addresses may be spoken to. Must not
 * know what is sent. */

#include "weir/console_client/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"

#define DEFAULT_CONNECT (5 * WEIR_NSEC_PER_SEC)
#define DEFAULT_TIMEOUT (30 * WEIR_NSEC_PER_SEC)
#define DEFAULT_MAX	(1024 * 1024)
#define PATH_LEN_MAX	4096
#define UNIX_PREFIX	"unix:"

struct weir_http {
	CURL *curl;
	char *socket;					      /* path; NULL: TCP */
	char *origin;					      /* "http://127.0.0.1:8080" */
	char *ca_file, *ca_pem, *certificate_file, *key_file; /* NULL: not given */
	bool unverified;
	long connect_timeout_ms, timeout_ms;
	size_t max_response;
	bool (*cancelled)(void *);
	void *cancelled_context;
	char detail[CURL_ERROR_SIZE];
	char error[CURL_ERROR_SIZE + 256];
};

/* One request's answer under way. */
struct answer {
	struct weir_buf body;
	int failure; /* of the body callback */
};

static void free_slist(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

static void free_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void free_curl_string(char **text)
{
	curl_free(*text);
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static bool has_part(CURLU *url, CURLUPart part, const char *unless)
{
	char *text _cleanup_(free_curl_string) = NULL;

	if (curl_url_get(url, part, &text, 0) != CURLUE_OK || !*text)
		return false;
	return !unless || strcmp(text, unless) != 0;
}

static int bad_base(struct weir_error *reterr, const char *reason)
{
	(void)weir_error_set(reterr, -EINVAL, 0, 0, "console address: %s", reason);
	weir_error_hint(reterr,
			"write unix:/path/of/socket, http://127.0.0.1:PORT or https://HOST[:PORT]");
	return -EINVAL;
}

static int take_url(struct weir_http *http, const char *base, struct weir_error *reterr)
{
	CURLU *url _cleanup_(free_url) = curl_url();
	char *scheme _cleanup_(free_curl_string) = NULL;
	char *host _cleanup_(free_curl_string) = NULL;
	char *port _cleanup_(free_curl_string) = NULL;

	if (!url)
		return -ENOMEM;
	if (curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return bad_base(reterr, "not a URL with scheme and host");
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		return bad_base(reterr, "only http and https are supported");
	if (strcmp(scheme, "http") == 0 && !is_loopback(host))
		return bad_base(reterr, "http in the clear may not leave this machine");
	if (has_part(url, CURLUPART_USER, NULL) || has_part(url, CURLUPART_PASSWORD, NULL) ||
	    has_part(url, CURLUPART_QUERY, NULL) || has_part(url, CURLUPART_FRAGMENT, NULL) ||
	    has_part(url, CURLUPART_PATH, "/"))
		return bad_base(reterr, "only scheme, host and port may be given");
	return asprintf(&http->origin, "%s://%s:%s", scheme, host, port) < 0 ? -ENOMEM : 0;
}

static int take_base(struct weir_http *http, const char *base, struct weir_error *reterr)
{
	const char *path = base + strlen(UNIX_PREFIX);

	if (strncmp(base, UNIX_PREFIX, strlen(UNIX_PREFIX)) != 0)
		return take_url(http, base, reterr);
	if (*path != '/')
		return bad_base(reterr, "the socket's path is not absolute");
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return bad_base(reterr, "the socket's path is too long");
	http->socket = strdup(path);
	http->origin = strdup("http://localhost");
	return http->socket && http->origin ? 0 : -ENOMEM;
}

static int copy_text(char **ret, const char *text)
{
	if (!text)
		return 0;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int take_files(struct weir_http *http, const struct weir_http_options *options)
{
	int r = copy_text(&http->ca_file, options->ca_file);

	http->unverified = options->unverified;
	if (r == 0)
		r = copy_text(&http->ca_pem, options->ca_pem);
	if (r == 0)
		r = copy_text(&http->certificate_file, options->certificate_file);
	return r < 0 ? r : copy_text(&http->key_file, options->key_file);
}

int weir_http_new(const struct weir_http_options *options, struct weir_http **ret,
		  struct weir_error *reterr)
{
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	uint64_t connect_ns =
		options->connect_timeout_ns ? options->connect_timeout_ns : DEFAULT_CONNECT;
	uint64_t timeout_ns = options->timeout_ns ? options->timeout_ns : DEFAULT_TIMEOUT;
	int r;

	http = calloc(1, sizeof(*http));
	if (!http)
		return -ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	http->curl = curl_easy_init();
	if (!http->curl) {
		curl_global_cleanup();
		return -ENOMEM;
	}
	http->connect_timeout_ms = (long)WEIR_MAX(connect_ns / WEIR_NSEC_PER_MSEC, UINT64_C(1));
	http->timeout_ms = (long)WEIR_MAX(timeout_ns / WEIR_NSEC_PER_MSEC, UINT64_C(1));
	http->max_response = options->max_response ? options->max_response : DEFAULT_MAX;
	http->cancelled = options->cancelled;
	http->cancelled_context = options->cancelled_context;
	r = take_base(http, options->base, reterr);
	if (r == 0)
		r = take_files(http, options);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(http);
	return 0;
}

void weir_http_free(struct weir_http *http)
{
	if (!http)
		return;
	if (http->curl) {
		curl_easy_cleanup(http->curl);
		curl_global_cleanup();
	}
	free(http->socket);
	free(http->origin);
	free(http->ca_file);
	free(http->ca_pem);
	free(http->certificate_file);
	free(http->key_file);
	free(http);
}

void weir_http_response_done(struct weir_http_response *response)
{
	weir_buf_done(&response->body);
}

const char *weir_http_error(const struct weir_http *http)
{
	return http->error;
}

static size_t on_body(char *data, size_t size, size_t n, void *context)
{
	struct answer *answer = context;

	answer->failure = weir_buf_append(&answer->body, data, size * n);
	return answer->failure < 0 ? 0 : size * n;
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		       curl_off_t up)
{
	const struct weir_http *http = context;

	return http->cancelled(http->cancelled_context) ? 1 : 0;
}

/* Anything that could end a line or begin another header is refused. */
static bool plain(const char *text, bool blanks)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x7e || *text < 0x20 || (*text == ' ' && !blanks))
			return false;
	return true;
}

static int add_header(struct curl_slist **list, const char *header)
{
	struct curl_slist *grown;

	if (!plain(header, true))
		return -EINVAL;
	grown = curl_slist_append(*list, header);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	return 0;
}

static int make_headers(const struct weir_http_request *request, struct curl_slist **ret)
{
	struct curl_slist *list _cleanup_(free_slist) = NULL;
	char *bearer _cleanup_(freep) = NULL;
	/* libcurl would wait for a "100 Continue" before larger bodies. */
	int r = add_header(&list, "Expect:");

	for (size_t i = 0; r >= 0 && request->headers && request->headers[i]; i++)
		r = i < WEIR_HTTP_HEADERS_MAX && strchr(request->headers[i], ':')
			    ? add_header(&list, request->headers[i])
			    : -EINVAL;
	if (r >= 0 && request->bearer) {
		if (asprintf(&bearer, "Authorization: Bearer %s", request->bearer) < 0)
			return -ENOMEM;
		r = plain(request->bearer, false) ? add_header(&list, bearer) : -EINVAL;
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 0;
}

static int error_of(CURLcode code, const struct answer *answer)
{
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_WRITE_ERROR:
		return answer->failure == -ENOMEM ? -ENOMEM : -EMSGSIZE;
	case CURLE_ABORTED_BY_CALLBACK:
		return -ECANCELED;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
		return -ECONNREFUSED;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
		return -ECONNRESET;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return -EKEYREJECTED;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return -EPROTO;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

/* What libcurl does by itself, said here so that no other default takes its place. */
static bool set_tls(struct weir_http *http)
{
	CURL *c = http->curl;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, http->unverified ? 0L : 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, http->unverified ? 0L : 2L);
	if (http->ca_pem) {
		struct curl_blob blob = {.data = http->ca_pem,
					 .len = strlen(http->ca_pem),
					 .flags = CURL_BLOB_NOCOPY};

		bad |= curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob);
		bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (http->ca_file) {
		bad |= curl_easy_setopt(c, CURLOPT_CAINFO, http->ca_file);
		bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (http->certificate_file) {
		bad |= curl_easy_setopt(c, CURLOPT_SSLCERT, http->certificate_file);
		bad |= curl_easy_setopt(c, CURLOPT_SSLKEY, http->key_file);
	}
	return bad == CURLE_OK;
}

static bool set_transport(struct weir_http *http)
{
	CURL *c = http->curl;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= curl_easy_setopt(c, CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, http->connect_timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, http->timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, http->detail);
	if (http->cancelled) {
		bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
		bad |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
		bad |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, http);
	}
	if (http->socket)
		bad |= curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, http->socket);
	return bad == CURLE_OK && set_tls(http);
}

static bool set_request(struct weir_http *http, const struct weir_http_request *request,
			const char *url, struct curl_slist *headers, struct answer *answer)
{
	CURL *c = http->curl;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_URL, url);
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
	if (request->body || strcmp(request->method, "POST") == 0) {
		bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
					(curl_off_t)request->body_len);
		bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, request->body ? request->body : "");
	}
	if (strcmp(request->method, "HEAD") == 0)
		bad |= curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		bad |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request->method);
	return bad == CURLE_OK;
}

static void read_content_type(CURL *curl, char *ret, size_t size)
{
	char *text = NULL;
	size_t len;

	ret[0] = '\0';
	if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &text) != CURLE_OK || !text)
		return;
	len = strcspn(text, "; \t");
	if (len >= size)
		return;
	for (size_t i = 0; i < len; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
	ret[len] = '\0';
}

static uint32_t read_retry_after(CURL *curl)
{
	struct curl_header *header;
	uint32_t seconds;

	/* Not CURLINFO_RETRY_AFTER: it turns dates into seconds by this machine's clock, which may
	 * be wrong. */
	if (curl_easy_header(curl, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK ||
	    weir_parse_u32(header->value, &seconds) < 0)
		return 0;
	return WEIR_MIN(seconds, (uint32_t)WEIR_HTTP_RETRY_AFTER_MAX);
}

/* libcurl says "could not connect" for a socket that this user may not open. */
static int refine(const struct weir_http *http, int r)
{
	if (r == -ECONNREFUSED && http->socket && access(http->socket, W_OK) < 0 && errno == EACCES)
		return -EACCES;
	return r;
}

static int run(struct weir_http *http, struct weir_http_response *ret, struct answer *answer)
{
	struct weir_http_response response = {0};
	long status = 0;
	CURLcode code;
	int r;

	http->detail[0] = '\0';
	code = curl_easy_perform(http->curl);
	r = refine(http, error_of(code, answer));
	if (r < 0) {
		(void)snprintf(http->error, sizeof(http->error), "%s: %s",
			       http->socket ? http->socket : http->origin,
			       http->detail[0] ? http->detail : curl_easy_strerror(code));
		return r;
	}
	(void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
	response.status = (int)status;
	response.retry_after_s = read_retry_after(http->curl);
	read_content_type(http->curl, response.content_type, sizeof(response.content_type));
	response.body = answer->body;
	answer->body = WEIR_BUF_INIT(0);
	*ret = response;
	return 0;
}

int weir_http_perform(struct weir_http *http, const struct weir_http_request *request,
		      struct weir_http_response *ret)
{
	struct answer answer = {.body = WEIR_BUF_INIT(http->max_response)};
	struct curl_slist *headers _cleanup_(free_slist) = NULL;
	char *url _cleanup_(freep) = NULL;
	int r;

	http->error[0] = '\0';
	if (request->path[0] != '/' || strlen(request->path) > PATH_LEN_MAX ||
	    !plain(request->path, false) || !*request->method || !plain(request->method, false) ||
	    strlen(request->method) > 16) {
		(void)snprintf(http->error, sizeof(http->error), "malformed request");
		return -EINVAL;
	}
	r = make_headers(request, &headers);
	if (r < 0) {
		(void)snprintf(http->error, sizeof(http->error), "malformed header");
		return r;
	}
	if (asprintf(&url, "%s%s", http->origin, request->path) < 0)
		return -ENOMEM;
	curl_easy_reset(http->curl);
	if (!set_transport(http) || !set_request(http, request, url, headers, &answer)) {
		(void)snprintf(http->error, sizeof(http->error),
			       "this libcurl lacks something needed");
		return -EIO;
	}
	r = run(http, ret, &answer);
	weir_buf_done(&answer.body);
	/* The handle outlives this call: leave no pointer into it. */
	curl_easy_reset(http->curl);
	return r;
}
