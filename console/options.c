/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/parse.h"
#include "weir/console_evidence/evidence.h"

static const char usage_text[] =
	"Usage: weir-console --state DIR [--socket PATH] [--dev [127.0.0.1:]PORT] [OPTION]...\n"
	"       weir-console user add --help\n"
	"       weir-console routes      the API's calls, and what each asks for\n"
	"       weir-console retention|backup|restore --help\n"
	"\n"
	"Collects the agents' events and shows them to weirctl and the web page.\n"
	"\n"
	"  --state DIR        database, token and lock; made when missing\n"
	"  --database WHERE   sqlite:PATH (default: sqlite:DIR/console.db), or postgresql:CONNINFO "
	"as\n"
	"                     libpq reads it; a password stands in passfile=FILE or PGPASSFILE\n"
	"  --socket PATH      listen on a Unix socket, mode 0660, for nginx and local use\n"
	"  --dev PORT         listen on 127.0.0.1 without TLS; every call needs the token in\n"
	"                     DIR/token; 0 takes any free port and says which\n"
	"  --port-file FILE   with --dev: write the port there\n"
	"  --server-names NAMES  host names and addresses, by commas: keep a certificate for "
	"nginx\n"
	"                     in DIR/server.pem and its key in DIR/server.key\n"
	"  --oidc FILE        people log in by the OpenID Connect provider that FILE names\n"
	"  --tenant NAME      in the policies made here; endpoints take those of theirs (default)\n"
	"  --heartbeat SECONDS  what endpoints are told; 60\n"
	"  --waiting N        heartbeats that wait at a time, for a policy to be there at once; "
	"1024\n"
	"  --keep-alerts DAYS  destroy older alerts, once a day; 1096 or more; default: keep all\n"
	"  --keep-events DAYS  the same for events that are no alerts; 366 or more\n"
	"  --keep-evidence DAYS  destroy older evidence; 30 or more; default: 180\n"
	"  --log-level LEVEL  error, warning, info (default) or debug\n"
	"  --help, --version\n";

static int fault(const char *what, const char *value)
{
	fprintf(stderr, "weir-console: %s%s%s\n", what, value ? ": " : "", value ? value : "");
	fprintf(stderr, "weir-console --help says how it is used\n");
	return 2;
}

/* "PORT" or "ADDRESS:PORT"; whether the address is allowed is the server's to say. */
static bool parse_dev(const char *text, struct weir_console_options *options)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint32_t port;

	if (len >= sizeof(options->address) || (colon && len == 0))
		return false;
	if (weir_parse_u32(colon ? colon + 1 : text, &port) < 0 || port > UINT16_MAX)
		return false;
	memcpy(options->address, colon ? text : "127.0.0.1", colon ? len : sizeof("127.0.0.1"));
	if (colon)
		options->address[len] = '\0';
	options->port = (uint16_t)port;
	options->dev = true;
	return true;
}

static bool parse_days(const char *text, uint32_t min, uint32_t *ret)
{
	return weir_parse_u32(text, ret) == 0 && *ret >= min;
}

static bool parse_level(const char *text, enum weir_log_level *ret)
{
	static const struct {
		const char *name;
		enum weir_log_level level;
	} levels[] = {
		{"error", WEIR_LOG_ERROR},
		{"warning", WEIR_LOG_WARNING},
		{"info", WEIR_LOG_INFO},
		{"debug", WEIR_LOG_DEBUG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strcmp(text, levels[i].name) == 0) {
			*ret = levels[i].level;
			return true;
		}
	}
	return false;
}

static int check(const struct weir_console_options *options)
{
	if (!options->state || !*options->state)
		return fault("--state is missing", NULL);
	if (!options->socket && !options->dev)
		return fault("nothing to listen on; give --socket or --dev", NULL);
	if (options->port_file && !options->dev)
		return fault("--port-file needs --dev", NULL);
	return 1;
}

int weir_console_options_parse(int argc, char **argv, struct weir_console_options *ret)
{
	static const struct option names[] = {
		{"state", required_argument, NULL, 's'},
		{"database", required_argument, NULL, 'D'},
		{"socket", required_argument, NULL, 'u'},
		{"dev", required_argument, NULL, 'd'},
		{"port-file", required_argument, NULL, 'p'},
		{"server-names", required_argument, NULL, 'n'},
		{"oidc", required_argument, NULL, 'o'},
		{"tenant", required_argument, NULL, 't'},
		{"heartbeat", required_argument, NULL, 'b'},
		{"waiting", required_argument, NULL, 'w'},
		{"keep-alerts", required_argument, NULL, 'A'},
		{"keep-events", required_argument, NULL, 'E'},
		{"keep-evidence", required_argument, NULL, 'V'},
		{"log-level", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{},
	};
	int c;

	*ret = (struct weir_console_options){.tenant = "default",
					     .keep.evidence_days = WEIR_EVIDENCE_DAYS,
					     .log_level = WEIR_LOG_INFO};
	while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		switch (c) {
		case 's':
			ret->state = optarg;
			break;
		case 'D':
			ret->database = optarg;
			break;
		case 'u':
			ret->socket = optarg;
			break;
		case 'd':
			if (!parse_dev(optarg, ret))
				return fault("--dev takes PORT or 127.0.0.1:PORT, not", optarg);
			break;
		case 'p':
			ret->port_file = optarg;
			break;
		case 'n':
			ret->server_names = optarg;
			break;
		case 'o':
			ret->oidc = optarg;
			break;
		case 't':
			ret->tenant = optarg;
			break;
		case 'b':
			if (weir_parse_u32(optarg, &ret->heartbeat_s) < 0 || ret->heartbeat_s < 1 ||
			    ret->heartbeat_s > 3600)
				return fault("--heartbeat takes 1 to 3600 seconds, not", optarg);
			break;
		case 'w':
			if (weir_parse_u32(optarg, &ret->waiting) < 0 || ret->waiting < 1 ||
			    ret->waiting > WEIR_CONSOLE_WAITING_MAX)
				return fault("--waiting takes 1 to 200000, not", optarg);
			break;
		case 'A':
			if (!parse_days(optarg, WEIR_RETENTION_ALERT_DAYS_MIN,
					&ret->keep.events.alert_days))
				return fault("--keep-alerts takes 1096 days or more, not", optarg);
			break;
		case 'E':
			if (!parse_days(optarg, WEIR_RETENTION_OTHER_DAYS_MIN,
					&ret->keep.events.other_days))
				return fault("--keep-events takes 366 days or more, not", optarg);
			break;
		case 'V':
			if (!parse_days(optarg, WEIR_EVIDENCE_DAYS_MIN, &ret->keep.evidence_days))
				return fault("--keep-evidence takes 30 days or more, not", optarg);
			break;
		case 'l':
			if (!parse_level(optarg, &ret->log_level))
				return fault("--log-level is unknown", optarg);
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		case 'v':
			puts("weir-console " WEIR_VERSION);
			return 0;
		default:
			return fault("wrong usage", NULL);
		}
	}
	return optind < argc ? fault("unexpected argument", argv[optind]) : check(ret);
}
