/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of weir-agent, over its configuration file. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/fd.h"
#include "weir/daemon/options.h"

/* Options that are keys of the configuration by another name. */
static const struct override {
	const char *option, *key, *argument, *help;
} overrides[] = {
	{"state-dir", "state_dir", "DIR", "state (default /var/lib/weir)"},
	{"runtime-dir", "runtime_dir", "DIR", "control socket (default /run/weir)"},
	{"spool-dir", "spool_dir", "DIR", "events (default STATE/spool)"},
	{"pin-dir", "pin_dir", "DIR", "pinned programs, on a bpffs (default /sys/fs/bpf/weir)"},
	{"cgroup", "cgroup", "DIR", "cgroup v2 whose traffic is looked at (default all)"},
	{"policy", "policy", "FILE", "policy (default /etc/weir/policy.yaml)"},
	{"inspect", "inspect.program", "FILE", "weir-inspect"},
	{"best-tier", "best_tier", "N", "try no better tier than this; 4: no kernel programs"},
	{"watch", "watch.paths", "DIR", "local files to classify; may be repeated"},
	{"exclude", "watch.exclude", "DIR", "but not below here; may be repeated"},
	{"removable", "sinks.removable.mounts", "DIR",
	 "treat this mount as removable; may be repeated"},
	{"share", "sinks.share.mounts", "DIR", "treat this mount as a share; may be repeated"},
};

enum {
	OPTION_CONFIG = ARRAY_SIZE(overrides),
	OPTION_REMOVE,
	OPTION_UNLOCK,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_DEBUG,
	OPTIONS_MAX,
};

struct arguments {
	const char *config, *unlock;
	bool config_given, remove, debug;
	struct {
		int option;
		const char *value;
	} set[64];
	size_t n_set;
};

static void usage(void)
{
	printf("Usage: weir-agent [OPTION]...\n\n"
	       "  --config FILE        configuration (default /etc/weir/agent.yaml)\n");
	for (size_t i = 0; i < ARRAY_SIZE(overrides); i++)
		printf("  --%s %-*s %s\n", overrides[i].option,
		       (int)(18 - strlen(overrides[i].option)), overrides[i].argument,
		       overrides[i].help);
	printf("  --debug              say more\n"
	       "  --remove             detach and unpin the kernel programs, then end\n"
	       "  --unlock FILE        with --remove, where the agent's own is guarded\n"
	       "  --version, --help\n\n"
	       "SIGHUP reads the policy again. SIGTERM ends the agent; kernel programs go on "
	       "enforcing.\n");
}

/* 1: go on; 0 or -EINVAL: end. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	struct option options[OPTIONS_MAX + 1] = {
		[OPTION_CONFIG] = {"config", required_argument, NULL, OPTION_CONFIG},
		[OPTION_REMOVE] = {"remove", no_argument, NULL, OPTION_REMOVE},
		[OPTION_UNLOCK] = {"unlock", required_argument, NULL, OPTION_UNLOCK},
		[OPTION_HELP] = {"help", no_argument, NULL, OPTION_HELP},
		[OPTION_VERSION] = {"version", no_argument, NULL, OPTION_VERSION},
		[OPTION_DEBUG] = {"debug", no_argument, NULL, OPTION_DEBUG},
	};
	int option;

	for (int i = 0; i < (int)ARRAY_SIZE(overrides); i++)
		options[i] = (struct option){overrides[i].option, required_argument, NULL, i};
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == OPTION_CONFIG) {
			arguments->config = optarg;
			arguments->config_given = true;
		} else if (option == OPTION_REMOVE) {
			arguments->remove = true;
		} else if (option == OPTION_UNLOCK) {
			arguments->unlock = optarg;
		} else if (option == OPTION_DEBUG) {
			arguments->debug = true;
		} else if (option == OPTION_HELP || option == OPTION_VERSION) {
			if (option == OPTION_HELP)
				usage();
			else
				printf("weir-agent %s\n", WEIR_VERSION);
			return 0;
		} else if (option >= (int)ARRAY_SIZE(overrides) ||
			   arguments->n_set == ARRAY_SIZE(arguments->set)) {
			return -EINVAL;
		} else {
			arguments->set[arguments->n_set].option = option;
			arguments->set[arguments->n_set++].value = optarg;
		}
	}
	return optind == argc ? 1 : -EINVAL;
}

static int read_config(const struct weir_log *log, struct weir_config *config,
		       const struct arguments *arguments)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_CONFIG_TEXT_MAX + 1);
	struct weir_error error = {0};
	int r = weir_read_file(AT_FDCWD, arguments->config, &text);

	if (r == -ENOENT && !arguments->config_given)
		return 0;
	if (r < 0)
		return weir_log_error(log, r, "cannot read %s", arguments->config);
	r = weir_config_load(config, text.data ? text.data : "", text.len, &error);
	if (r < 0)
		weir_log_error(log, 0, "%s:%u:%u: %s%s%s", arguments->config, error.line,
			       error.column, error.text, error.hint[0] ? "; " : "", error.hint);
	return r;
}

static int apply_overrides(const struct weir_log *log, struct weir_config *config,
			   const struct arguments *arguments)
{
	bool seen[ARRAY_SIZE(overrides)] = {false};

	for (size_t i = 0; i < arguments->n_set; i++) {
		const struct override *override = &overrides[arguments->set[i].option];
		struct weir_error error = {0};
		bool first = !seen[arguments->set[i].option];
		int r = weir_config_set(config, override->key, arguments->set[i].value, first,
					&error);

		if (r < 0) {
			weir_log_error(log, 0, "--%s %s: %s; %s", override->option,
				       arguments->set[i].value, error.text, error.hint);
			return r;
		}
		seen[arguments->set[i].option] = true;
	}
	return 0;
}

int weir_options_parse(int argc, char **argv, const struct weir_log *log, struct weir_options *ret)
{
	struct weir_config *config _cleanup_(weir_config_freep) = NULL;
	struct arguments arguments = {.config = "/etc/weir/agent.yaml"};
	int r = parse_arguments(argc, argv, &arguments);

	if (r <= 0)
		return r;
	r = weir_config_new(&config);
	if (r == 0)
		r = read_config(log, config, &arguments);
	if (r == 0)
		r = apply_overrides(log, config, &arguments);
	if (r < 0)
		return r;
	config->debug |= arguments.debug;
	*ret = (struct weir_options){.config = TAKE_PTR(config),
				     .config_path = arguments.config,
				     .unlock = arguments.unlock,
				     .remove = arguments.remove};
	return 1;
}
