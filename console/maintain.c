/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with a database besides running a console on it. */

#include "maintain.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "janitor.h"
#include "state.h"
#include "weir/base/parse.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_store/backup.h"
#include "weir/console_triage/triage.h"

static const char usage_text[] =
	"Usage: weir-console retention --state DIR [--database WHERE] [--keep-alerts DAYS]\n"
	"                              [--keep-events DAYS] [--keep-evidence DAYS]\n"
	"                              [--clock-is-right]\n"
	"       weir-console backup --state DIR FILE\n"
	"       weir-console restore --state DIR FILE\n"
	"\n"
	"retention  destroys alerts older than 1096 days or more, and other events older than\n"
	"           366 days or more, and evidence older than 30 days or more; a class without\n"
	"           a time is kept\n"
	"backup     copies the SQLite database, which may be in use, to the new FILE and checks "
	"it\n"
	"restore    checks FILE and puts it where DIR has no database\n"
	"\n"
	"--database is that of the console; backup and restore take sqlite:PATH alone:\n"
	"PostgreSQL has pg_dump.\n";

struct request {
	const char *state, *database, *file;
	struct weir_keep keep;
	bool help;
};

static bool read_options(int argc, char **argv, struct request *ret)
{
	static const struct option names[] = {
		{"state", required_argument, NULL, 's'},
		{"database", required_argument, NULL, 'D'},
		{"keep-alerts", required_argument, NULL, 'a'},
		{"keep-events", required_argument, NULL, 'e'},
		{"keep-evidence", required_argument, NULL, 'V'},
		{"clock-is-right", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	bool fine = true;
	int c;

	while (fine && (c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (c == 's')
			ret->state = optarg;
		else if (c == 'D')
			ret->database = optarg;
		else if (c == 'a')
			fine = weir_parse_u32(optarg, &ret->keep.events.alert_days) == 0;
		else if (c == 'e')
			fine = weir_parse_u32(optarg, &ret->keep.events.other_days) == 0;
		else if (c == 'V')
			fine = weir_parse_u32(optarg, &ret->keep.evidence_days) == 0;
		else if (c == 'c')
			ret->keep.events.clock_is_right = true;
		else
			fine = ret->help = c == 'h';
	}
	if (fine && optind < argc)
		ret->file = argv[optind++];
	return fine && optind >= argc && (ret->state || ret->help);
}

/* The path of the SQLite database. */
static int find_path(const struct request *request, struct weir_error *err, char **ret)
{
	static const char head[] = "sqlite:";
	int n;

	if (!request->database)
		n = asprintf(ret, "%s/" WEIR_STATE_DATABASE, request->state);
	else if (strncmp(request->database, head, strlen(head)) == 0)
		n = asprintf(ret, "%s", request->database + strlen(head));
	else
		return weir_error_set(err, -EOPNOTSUPP, 0, 0,
				      "only a SQLite database; PostgreSQL has pg_dump");
	return n < 0 ? weir_error_set(err, -ENOMEM, 0, 0, "out of memory") : 0;
}

static int retain(const struct request *request, const struct weir_log *log, struct weir_error *err)
{
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;
	int r = weir_state_store(request->state, request->database, err, &store);

	if (r == 0)
		r = weir_audit_init(store, err);
	if (r == 0)
		r = weir_triage_init(store, err);
	if (r == 0)
		r = weir_evidence_init(store, err);
	return r < 0 ? r : weir_janitor_run(store, &request->keep, log, err);
}

static int back_up(const struct request *request, const struct weir_log *log,
		   struct weir_error *err)
{
	char *path _cleanup_(freep) = NULL;
	int r = find_path(request, err, &path);

	if (r == 0)
		r = weir_store_copy_sqlite(path, request->file, err);
	if (r == 0)
		weir_log_info(log, "copied and checked: %s", request->file);
	return r;
}

/* No console may run there meanwhile. */
static int restore(const struct request *request, const struct weir_log *log,
		   struct weir_error *err)
{
	struct weir_state state _cleanup_(weir_state_done) = WEIR_STATE_NONE;
	char *path _cleanup_(freep) = NULL;
	int r = weir_state_open(request->state, err, &state);

	if (r == 0)
		r = find_path(request, err, &path);
	if (r == 0)
		r = weir_store_copy_sqlite(request->file, path, err);
	if (r == 0)
		weir_log_info(log, "restored and checked: %s", path);
	return r;
}

int weir_maintain(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool takes_file;
		int (*run)(const struct request *request, const struct weir_log *log,
			   struct weir_error *err);
	} commands[] = {
		{"retention", false, retain},
		{"backup", true, back_up},
		{"restore", true, restore},
	};
	const struct weir_log log = weir_log_stderr("weir-console");
	struct request request = {};
	struct weir_error err = {};
	size_t i = 0;

	while (i < ARRAY_SIZE(commands) && strcmp(commands[i].name, argv[0]) != 0)
		i++;
	if (i == ARRAY_SIZE(commands) || !read_options(argc, argv, &request) ||
	    (!request.help && !request.file == commands[i].takes_file)) {
		fputs(usage_text, stderr);
		return 2;
	}
	if (request.help) {
		fputs(usage_text, stdout);
		return 0;
	}
	umask(0077);
	if (commands[i].run(&request, &log, &err) == 0)
		return 0;
	weir_log_error(&log, 0, "%s%s%s", err.text, err.hint[0] ? "; " : "", err.hint);
	return 1;
}
