/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_fleet/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define HEARTBEAT_S   60
#define CERTIFICATE_S (30 * 86400)
#define FLUSH_S	      1
#define HOUSEWORK_S   3600
#define SERVER_S      (90 * 86400)
#define SERVER_FILE   "server.pem"
#define SERVER_KEY    "server.key"
#define DAY_S	      86400

/* nginx's certificate, made anew after a third of its time; nginx reads it when it is reloaded. */
static int keep_server_certificate(struct weir_fleet *fleet)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	struct weir_buf key _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	const uint64_t now_s = weir_now_realtime() / WEIR_NSEC_PER_SEC;
	const struct weir_ca_validity validity = {now_s - DAY_S, now_s + SERVER_S};
	struct stat st;
	int r;

	if (!fleet->server_names)
		return 0;
	if (fstatat(fleet->dir_fd, SERVER_FILE, &st, 0) == 0 &&
	    (uint64_t)st.st_mtime + SERVER_S / 3 > now_s)
		return 0;
	r = weir_ca_issue_server(fleet->ca, fleet->server_names, &validity, &pem, &key);
	if (r == 0)
		r = weir_write_file_atomic(fleet->dir_fd, SERVER_KEY, key.data, key.len, 0600);
	if (r == 0)
		r = weir_write_file_atomic(fleet->dir_fd, SERVER_FILE, pem.data, pem.len, 0644);
	if (key.data)
		explicit_bzero(key.data, key.size);
	return r;
}

static int keep_house(struct weir_fleet *fleet)
{
	int r = weir_fleet_write_revoked(fleet);

	return r < 0 ? r : keep_server_certificate(fleet);
}

static void flush(struct weir_fleet *fleet, bool all)
{
	int r = weir_fleet_flush(fleet, all);

	if (r < 0)
		(void)weir_log_error(fleet->log, r,
				     "cannot store what endpoints said; trying again");
}

static void *run(void *context)
{
	struct weir_fleet *fleet = context;
	struct timespec next;
	uint64_t house_ns = weir_now_monotonic() + HOUSEWORK_S * WEIR_NSEC_PER_SEC;

	pthread_mutex_lock(&fleet->thread_lock);
	while (!fleet->ended) {
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_sec += FLUSH_S;
		pthread_cond_timedwait(&fleet->ending, &fleet->thread_lock, &next);
		pthread_mutex_unlock(&fleet->thread_lock);
		flush(fleet, false);
		if (weir_now_monotonic() >= house_ns) {
			house_ns = weir_now_monotonic() + HOUSEWORK_S * WEIR_NSEC_PER_SEC;
			if (keep_house(fleet) < 0)
				(void)weir_log_error(
					fleet->log, 0,
					"cannot renew the list of revoked certificates");
		}
		pthread_mutex_lock(&fleet->thread_lock);
	}
	pthread_mutex_unlock(&fleet->thread_lock);
	flush(fleet, true);
	return NULL;
}

static int start_thread(struct weir_fleet *fleet)
{
	pthread_condattr_t attr;
	int r;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&fleet->ending, &attr);
	pthread_condattr_destroy(&attr);
	r = pthread_create(&fleet->thread, NULL, run, fleet);
	fleet->running = r == 0;
	return -r;
}

static struct weir_fleet *make(const struct weir_fleet_options *options)
{
	struct weir_fleet *fleet = calloc(1, sizeof(*fleet));

	if (!fleet)
		return NULL;
	fleet->store = options->store;
	fleet->offers = options->offers;
	fleet->log = options->log;
	fleet->heartbeat_s = options->heartbeat_s ? options->heartbeat_s : HEARTBEAT_S;
	fleet->certificate_s = options->certificate_s ? options->certificate_s : CERTIFICATE_S;
	pthread_mutex_init(&fleet->lock, NULL);
	pthread_mutex_init(&fleet->thread_lock, NULL);
	fleet->dir_fd = fcntl(options->dir_fd, F_DUPFD_CLOEXEC, 0);
	return fleet;
}

int weir_fleet_new(const struct weir_fleet_options *options, struct weir_error *err,
		   struct weir_fleet **ret)
{
	struct weir_fleet *fleet _cleanup_(weir_fleet_freep) = make(options);
	int r;

	if (!fleet || fleet->dir_fd < 0)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	if (options->server_names) {
		fleet->server_names = strdup(options->server_names);
		if (!fleet->server_names)
			return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	}
	r = weir_db_migrate(options->store, &weir_fleet_schema, err);
	if (r == 0)
		r = weir_ca_open(fleet->dir_fd, err, &fleet->ca);
	if (r < 0)
		return r;
	r = keep_house(fleet);
	if (r == -EINVAL)
		return weir_error_set(err, r, 0, 0, "\"%s\" are no names for a server",
				      options->server_names);
	if (r == 0)
		r = weir_sessions_new(&fleet->sessions);
	if (r == 0)
		r = start_thread(fleet);
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "cannot start the fleet's side");
	*ret = TAKE_PTR(fleet);
	return 0;
}

void weir_fleet_free(struct weir_fleet *fleet)
{
	if (!fleet)
		return;
	if (fleet->running) {
		pthread_mutex_lock(&fleet->thread_lock);
		fleet->ended = true;
		pthread_cond_signal(&fleet->ending);
		pthread_mutex_unlock(&fleet->thread_lock);
		pthread_join(fleet->thread, NULL);
	}
	weir_sessions_free(fleet->sessions);
	weir_ca_free(fleet->ca);
	free(fleet->server_names);
	weir_close(fleet->dir_fd);
	free(fleet);
}

const struct weir_ca *weir_fleet_ca(const struct weir_fleet *fleet)
{
	return fleet->ca;
}
