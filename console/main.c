/* SPDX-License-Identifier: Apache-2.0 */
/* weir-console: puts the parts together, waits for a signal, takes them apart again. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "gate.h"
#include "janitor.h"
#include "keeper.h"
#include "maintain.h"
#include "options.h"
#include "routes.h"
#include "state.h"
#include "user.h"
#include "weir/base/time.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_export/export.h"
#include "weir/console_fleet/fleet.h"
#include "weir/console_oidc/oidc.h"
#include "weir/console_policy/offers.h"
#include "weir/console_policy/policy.h"
#include "weir/console_report/report.h"
#include "weir/console_store/db.h"
#include "weir/console_triage/triage.h"

/* How often what is due is looked after. */
#define TICK_S	      5
#define EXPORT_FOLDER "export"
#define OTHER_FILES   2048 /* beside the connections that wait */
#define PEOPLE_TICKS  12   /* of these */

struct console {
	struct weir_state state;
	struct weir_store *store;
	struct weir_policy_offers *offers;
	struct weir_fleet_offers offers_port;
	struct weir_fleet *fleet;
	struct weir_keeper keeper;
	struct weir_oidc *oidc;
	struct weir_janitor *janitor;
	char *token;
	struct weir_routes_context routes_context;
	struct weir_routes *routes;
	struct weir_gate unix_gate, dev_gate;
	struct weir_http_server *unix_server;
	struct weir_http_server *dev_server;
	int export_fd; /* the folder of its files */
	struct weir_export *export;
	pthread_mutex_t wake_lock; /* guards the two servers and export for heard() */
};

static void wake_export(struct console *console)
{
	pthread_mutex_lock(&console->wake_lock);
	if (console->export)
		weir_export_wake(console->export);
	pthread_mutex_unlock(&console->wake_lock);
}

/* Whoever waits for a policy or for a person's approval is asked about again. */
static void heard(void *context, const char *topic, uint64_t number)
{
	struct console *console = context;

	if (strcmp(topic, WEIR_TRIAGE_TOPIC) == 0 || strcmp(topic, WEIR_EXPORT_TOPIC) == 0)
		wake_export(console);
	if (strcmp(topic, "policy") != 0 && strcmp(topic, WEIR_FLEET_TOPIC) != 0)
		return;
	pthread_mutex_lock(&console->wake_lock);
	if (console->unix_server)
		weir_http_server_wake(console->unix_server);
	if (console->dev_server)
		weir_http_server_wake(console->dev_server);
	pthread_mutex_unlock(&console->wake_lock);
}

/* Out of heard()'s sight first: freeing takes a while, in which announcements may come. */
static void free_server(struct console *console, struct weir_http_server **slot)
{
	struct weir_http_server *server;

	pthread_mutex_lock(&console->wake_lock);
	server = TAKE_PTR(*slot);
	pthread_mutex_unlock(&console->wake_lock);
	weir_http_server_free(server);
}

static void free_export(struct console *console)
{
	struct weir_export *export;

	pthread_mutex_lock(&console->wake_lock);
	export = TAKE_PTR(console->export);
	pthread_mutex_unlock(&console->wake_lock);
	weir_export_free(export);
}

static void console_done(struct console *console)
{
	free_server(console, &console->dev_server);
	free_server(console, &console->unix_server);
	free_export(console);
	console->export_fd = weir_close(console->export_fd);
	weir_janitor_free(console->janitor);
	weir_routes_free(console->routes);
	weir_fleet_free(console->fleet);
	weir_oidc_free(console->oidc);
	weir_keeper_done(&console->keeper);
	weir_store_free(console->store);
	weir_policy_offers_free(console->offers); /* announcements end with the store */
	free(console->token);
	weir_state_done(&console->state);
}

/* Before the fleet: it hears of a policy first. */
static int start_policy(struct console *console, struct weir_error *err)
{
	int r = weir_policy_init(console->store, err);

	if (r < 0)
		return r;
	r = weir_policy_offers_new(console->store, &console->offers);
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "cannot offer policies");
	console->offers_port = weir_policy_offers_port(console->offers);
	console->routes_context.offers = &console->offers_port;
	return 0;
}

static int start_fleet(struct console *console, const struct weir_console_options *options,
		       struct weir_error *err)
{
	const struct weir_fleet_options fleet = {
		.store = console->store,
		.dir_fd = console->state.dir_fd,
		.offers = &console->offers_port,
		.log = console->routes_context.log,
		.heartbeat_s = options->heartbeat_s,
		.server_names = options->server_names,
	};
	int r = weir_fleet_new(&fleet, err, &console->fleet);

	if (r < 0)
		return r;
	console->routes_context.fleet = console->fleet;
	r = weir_store_listen(console->store, heard, console);
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot listen for announcements") : 0;
}

/* Files of exports go to a folder of their own below the state's. */
static int start_export(struct console *console, struct weir_error *err)
{
	struct weir_export_options options = {
		.store = console->store,
		.log = console->routes_context.log,
	};
	struct weir_export *export = NULL;
	int r = weir_state_folder(&console->state, EXPORT_FOLDER, err, &console->export_fd);

	options.dir_fd = console->export_fd;
	if (r == 0)
		r = weir_export_new(&options, err, &export);
	pthread_mutex_lock(&console->wake_lock);
	console->export = export;
	pthread_mutex_unlock(&console->wake_lock);
	return r;
}

/* The place for a server while heard() may look. */
static int start_server(struct console *console, const struct weir_http_options *http,
			struct weir_error *err, struct weir_http_server **slot)
{
	struct weir_http_server *server = NULL;
	int r = weir_http_server_new(http, err, &server);

	pthread_mutex_lock(&console->wake_lock);
	*slot = server;
	pthread_mutex_unlock(&console->wake_lock);
	return r;
}

static struct weir_http_options http_options(struct console *console, struct weir_gate *gate)
{
	struct weir_http_options http = {
		.admit = weir_gate_admit,
		.admit_context = gate,
		.caller_size = sizeof(struct weir_principal),
		.counts = &console->routes_context.http_counts,
	};

	http.routes = weir_routes_http(console->routes, &http.n_routes);
	return http;
}

static int listen_unix(struct console *console, const struct weir_console_options *options,
		       struct weir_error *err)
{
	struct weir_http_options http = http_options(console, &console->unix_gate);

	console->unix_gate = (struct weir_gate){.console = &console->routes_context};
	http.socket_path = options->socket;
	http.waiting_max = options->waiting;
	return start_server(console, &http, err, &console->unix_server);
}

static int listen_dev(struct console *console, const struct weir_console_options *options,
		      struct weir_error *err)
{
	struct weir_http_options http = http_options(console, &console->dev_gate);
	char text[16];
	int n, r;

	console->dev_gate =
		(struct weir_gate){.console = &console->routes_context, .open_network = true};
	http.address = options->address;
	http.port = options->port;
	r = start_server(console, &http, err, &console->dev_server);
	if (r < 0 || !options->port_file)
		return r;
	n = snprintf(text, sizeof(text), "%u\n", weir_http_server_port(console->dev_server));
	r = weir_write_file_atomic(AT_FDCWD, options->port_file, text, (size_t)n, 0644);
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot write %s: %m", options->port_file) : 0;
}

static int start_oidc(struct console *console, const char *path, struct weir_error *err)
{
	int r = weir_oidc_new(console->store, console->keeper.people, path,
			      console->routes_context.log, err, &console->oidc);

	console->routes_context.oidc = console->oidc;
	return r;
}

/* Each heartbeat that waits is a connection. */
static int allow_files(const struct weir_console_options *options, struct weir_error *err)
{
	const rlim_t wanted = options->waiting + OTHER_FILES;
	struct rlimit limit;

	if (!options->waiting ||
	    (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted))
		return 0;
	limit.rlim_cur = wanted;
	limit.rlim_max = WEIR_MAX(limit.rlim_max, wanted);
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return 0;
	weir_error_set(err, -EMFILE, 0, 0, "so many heartbeats need %ju open files",
		       (uintmax_t)wanted);
	weir_error_hint(err, "raise the hard limit (LimitNOFILE=), or give a lower --waiting");
	return -EMFILE;
}

static int start(struct console *console, const struct weir_console_options *options,
		 struct weir_error *err)
{
	int r = allow_files(options, err);

	if (r == 0)
		r = weir_state_open(options->state, err, &console->state);
	if (r == 0)
		r = weir_state_store(options->state, options->database, err, &console->store);
	if (r == 0)
		r = weir_keeper_open(console->store, options->state, err, &console->keeper);
	/* Before the first event comes. */
	if (r == 0)
		r = weir_triage_init(console->store, err);
	if (r == 0)
		r = weir_evidence_init(console->store, err);
	if (r == 0)
		r = weir_export_init(console->store, err);
	if (r == 0 && options->dev)
		r = weir_state_token(&console->state, err, &console->token);
	if (r < 0)
		return r;
	console->routes_context.store = console->store;
	console->routes_context.people = console->keeper.people;
	console->routes_context.refusals = console->keeper.refusals;
	console->routes_context.audit_key = console->keeper.public_key.data;
	console->routes_context.developer_token = console->token;
	console->routes_context.policy_rules =
		(struct weir_policy_rules){.tenant = options->tenant, .threshold = 2};
	console->routes_context.evidence_room = WEIR_EVIDENCE_ROOM;
	r = weir_report_init(console->store, err);
	if (r == 0)
		r = start_policy(console, err);
	if (r == 0)
		r = start_fleet(console, options, err);
	if (r < 0)
		return r;
	r = start_export(console, err);
	if (r == 0 && options->oidc)
		r = start_oidc(console, options->oidc, err);
	if (r < 0)
		return r;
	r = weir_routes_new(&console->routes_context, err, &console->routes);
	if (r == 0 && options->socket)
		r = listen_unix(console, options, err);
	if (r == 0 && options->dev)
		r = listen_dev(console, options, err);
	if (r == 0)
		r = weir_janitor_new(console->store, &options->keep, console->routes_context.log,
				     &console->janitor);
	return r;
}

static void tell(const struct console *console, const struct weir_console_options *options,
		 const struct weir_log *log)
{
	if (console->unix_server)
		weir_log_info(log, "listening on unix:%s", options->socket);
	if (console->dev_server)
		weir_log_info(log,
			      "listening on http://127.0.0.1:%u without TLS, token in %s/token",
			      weir_http_server_port(console->dev_server), options->state);
}

/* Until a signal comes; its number. */
static int wait_for_end(struct console *console, const sigset_t *signals,
			const struct weir_log *log)
{
	const struct timespec tick = {.tv_sec = TICK_S};
	unsigned ticks = 0;
	int number;

	do {
		int r = weir_policy_tend(console->store, weir_now_realtime());

		if (r < 0)
			weir_log_error(log, r, "cannot look after policies");
		if (ticks++ % PEOPLE_TICKS == 0)
			weir_keeper_tick(&console->keeper, weir_now_realtime(), log);
		number = sigtimedwait(signals, NULL, &tick);
	} while (number < 0);
	return number;
}

int main(int argc, char **argv)
{
	struct weir_log log = weir_log_stderr("weir-console");
	struct console console _cleanup_(console_done) = {
		.state = WEIR_STATE_NONE,
		.export_fd = -1,
		.wake_lock = PTHREAD_MUTEX_INITIALIZER,
		.routes_context = {.log = &log,
				   .lock = PTHREAD_MUTEX_INITIALIZER,
				   .simulating = PTHREAD_MUTEX_INITIALIZER,
				   .limit = WEIR_RATELIMIT(WEIR_NSEC_PER_SEC, 5)},
	};
	struct weir_console_options options;
	struct weir_error err = {};
	sigset_t signals;
	int r;

	if (argc > 1 && strcmp(argv[1], "user") == 0)
		return weir_console_user(argc - 1, argv + 1);
	if (argc == 2 && strcmp(argv[1], "routes") == 0) {
		weir_routes_print(stdout);
		return 0;
	}
	if (argc > 1 && argv[1][0] != '-')
		return weir_maintain(argc - 1, argv + 1);
	r = weir_console_options_parse(argc, argv, &options);
	if (r != 1)
		return r;
	log.level = options.log_level;
	umask(0077);
	signal(SIGPIPE, SIG_IGN);
	/* Before any thread, so that all of them leave these to sigwait(). */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	r = start(&console, &options, &err);
	if (r < 0) {
		weir_log_error(&log, 0, "%s%s%s", err.text, err.hint[0] ? "; " : "", err.hint);
		return 1;
	}
	tell(&console, &options, &log);
	weir_log_info(&log, "ending on signal %d", wait_for_end(&console, &signals, &log));
	/* What is under way is ended first, then all of it is under a head. */
	free_server(&console, &console.dev_server);
	free_server(&console, &console.unix_server);
	weir_keeper_end(&console.keeper, weir_now_realtime(), &log);
	return 0;
}
