/* SPDX-License-Identifier: Apache-2.0 */
#include "user.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper.h"
#include "state.h"

static const char usage_text[] =
	"Usage: weir-console user add --state DIR --roles ROLE[,ROLE]... [OPTION]... NAME\n"
	"\n"
	"Adds a person to the console's database, which no console may be using meanwhile.\n"
	"The first administrator is made so; further people by weirctl user add.\n"
	"\n"
	"  --state DIR        the console's folder; made when missing\n"
	"  --database WHERE   as weir-console takes it\n"
	"  --roles ROLES      viewer, analyst, senior, evidence_approver, policy_author,\n"
	"                     policy_publisher, administrator or auditor, with commas\n"
	"  --display TEXT     how the person is called\n"
	"  --every-group      sees the endpoints of all groups\n"
	"  --group NAME       sees those of this group; may be given 16 times\n"
	"  --password-stdin   the password is the first line of standard input\n"
	"  --totp             asks for one-time codes too; prints the secret for the\n"
	"                     authenticator, this once\n";

struct request {
	const char *state, *database, *name, *display;
	weir_roles roles;
	bool password_stdin, totp, every_group;
	const char *groups[WEIR_GROUPS_MAX];
	size_t n_groups;
	char password[WEIR_PASSWORD_MAX + 2];
	uint8_t secret[WEIR_TOTP_SECRET_LEN];
};

static int fault(const char *what, const char *value)
{
	fprintf(stderr, "weir-console: %s%s%s\n", what, value ? ": " : "", value ? value : "");
	fprintf(stderr, "weir-console user add --help says how it is used\n");
	return 2;
}

/* 1 to go on, or the exit status. */
static int take_option(struct request *request, int c, const char *value)
{
	switch (c) {
	case 's':
		request->state = value;
		return 1;
	case 'D':
		request->database = value;
		return 1;
	case 'r':
		return weir_roles_parse(value, &request->roles) < 0
			       ? fault("--roles names one that is not known", value)
			       : 1;
	case 'd':
		request->display = value;
		return 1;
	case 'e':
		request->every_group = true;
		return 1;
	case 'g':
		if (request->n_groups == WEIR_GROUPS_MAX)
			return fault("too many groups", NULL);
		request->groups[request->n_groups++] = value;
		return 1;
	case 'p':
		request->password_stdin = true;
		return 1;
	case 't':
		request->totp = true;
		return 1;
	case 'h':
		fputs(usage_text, stdout);
		return 0;
	default:
		return fault("wrong usage", NULL);
	}
}

static int parse(int argc, char **argv, struct request *request)
{
	static const struct option names[] = {
		{"state", required_argument, NULL, 's'},
		{"database", required_argument, NULL, 'D'},
		{"roles", required_argument, NULL, 'r'},
		{"display", required_argument, NULL, 'd'},
		{"every-group", no_argument, NULL, 'e'},
		{"group", required_argument, NULL, 'g'},
		{"password-stdin", no_argument, NULL, 'p'},
		{"totp", no_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	int c, r;

	while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		r = take_option(request, c, optarg);
		if (r != 1)
			return r;
	}
	if (optind + 1 != argc)
		return fault("one NAME", NULL);
	request->name = argv[optind];
	if (!request->state || !request->roles)
		return fault("--state and --roles are needed", NULL);
	return 1;
}

static int read_password(struct request *request)
{
	size_t len;

	if (!fgets(request->password, sizeof(request->password), stdin))
		return fault("no password on standard input", NULL);
	len = strcspn(request->password, "\n");
	if (!request->password[len] && len > WEIR_PASSWORD_MAX)
		return fault("the password is over 256 bytes", NULL);
	request->password[len] = '\0';
	return 1;
}

static int tell_totp(const struct request *request)
{
	char text[WEIR_TOTP_TEXT];

	weir_totp_format(request->secret, text);
	printf("otpauth://totp/Weir:%s?secret=%s&issuer=Weir\n", request->name, text);
	return 0;
}

static int add(const struct request *request, struct weir_keeper *keeper, struct weir_error *err)
{
	const struct weir_person_change change = {
		.display = request->display,
		.roles = &request->roles,
		.password = request->password_stdin ? request->password : NULL,
		.totp = request->totp ? request->secret : NULL,
		.set_groups = true,
		.every_group = request->every_group,
		.groups = request->groups,
		.n_groups = request->n_groups,
	};
	const char *why = "";
	uint64_t id;
	int r = weir_people_add(keeper->people, NULL, request->name, &change, &id, &why);

	if (r == -EINVAL)
		return weir_error_set(err, r, 0, 0, "%s", why);
	if (r == -EEXIST)
		return weir_error_set(err, r, 0, 0, "there is a user of this name");
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot add the user: %m") : 0;
}

/* The console's own way in, with its lock: both at once is -EBUSY. */
static int with_state(const struct request *request, struct weir_error *err)
{
	struct weir_state state _cleanup_(weir_state_done) = WEIR_STATE_NONE;
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;
	struct weir_keeper keeper _cleanup_(weir_keeper_done) = {};
	int r = weir_state_open(request->state, err, &state);

	if (r == 0)
		r = weir_state_store(request->state, request->database, err, &store);
	if (r == 0)
		r = weir_keeper_open(store, request->state, err, &keeper);
	return r < 0 ? r : add(request, &keeper, err);
}

int weir_console_user(int argc, char **argv)
{
	struct request request = {};
	struct weir_error err = {};
	int r;

	if (argc < 2 || (strcmp(argv[1], "add") != 0 && strcmp(argv[1], "--help") != 0))
		return fault("user takes add", NULL);
	r = parse(argc - (strcmp(argv[1], "add") == 0), argv + (strcmp(argv[1], "add") == 0),
		  &request);
	if (r == 1 && request.password_stdin)
		r = read_password(&request);
	if (r != 1)
		return r;
	umask(0077);
	if (request.totp &&
	    getrandom(request.secret, sizeof(request.secret), 0) != (ssize_t)sizeof(request.secret))
		return fault("no random numbers", NULL);
	r = with_state(&request, &err);
	if (r == 0 && request.totp)
		r = tell_totp(&request);
	if (r < 0)
		fprintf(stderr, "weir-console: %s%s%s\n", err.text, err.hint[0] ? "; " : "",
			err.hint);
	explicit_bzero(&request, sizeof(request));
	return r < 0 ? 1 : 0;
}
