/* SPDX-License-Identifier: Apache-2.0 */
/* weir unlock: brings a signed unlock to the agent; where the private key is, makes one. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "commands.h"
#include "control_client.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/unlock/unlock.h"

struct arguments {
	struct control_options control;
	struct weir_unlock unlock; /* to be signed */
	const char *key, *file;
	uint32_t hours;
	bool close;
};

static void usage(void)
{
	printf("Usage: weir unlock [--socket FILE] FILE\n"
	       "       weir unlock [--socket FILE] --close\n"
	       "       weir unlock --sign KEY --purpose TEXT [OPTION]... FILE\n"
	       "Opens the guard on the agent's own files and processes for a while, closes it "
	       "before its time, or signs the order to open it into FILE.\n\n"
	       "  --sign KEY       private Ed25519 key, PEM: openssl genpkey -algorithm ed25519\n"
	       "                   (its public half, openssl pkey -pubout, goes into "
	       "unlock.d/NAME.pem)\n"
	       "  --purpose TEXT   for the record\n"
	       "  --agent UID      for this agent alone (default *: any)\n"
	       "  --minutes N      how long the guard stays open (default 30, at most %d)\n"
	       "  --hours N        how long the unlock may be used (default 24)\n"
	       "  --close          ends the time for which the guard is open\n"
	       "  --help\n",
	       WEIR_UNLOCK_MINUTES_MAX);
}

static int copy(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size ? 0 : -EINVAL;
}

static int take(struct arguments *arguments, int option)
{
	struct weir_unlock *unlock = &arguments->unlock;

	switch (option) {
	case 's':
		arguments->control.socket = optarg;
		return 0;
	case 'k':
		arguments->key = optarg;
		return 0;
	case 'p':
		return copy(unlock->purpose, sizeof(unlock->purpose), optarg);
	case 'a':
		return copy(unlock->agent, sizeof(unlock->agent), optarg);
	case 'm':
		return weir_parse_u32(optarg, &unlock->minutes);
	case 'n':
		return weir_parse_u32(optarg, &arguments->hours);
	case 'c':
		arguments->close = true;
		return 0;
	default:
		return -EINVAL;
	}
}

/* 1: go on, 0: help was given, -EINVAL. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"sign", required_argument, NULL, 'k'},
		{"purpose", required_argument, NULL, 'p'},
		{"agent", required_argument, NULL, 'a'},
		{"minutes", required_argument, NULL, 'm'},
		{"hours", required_argument, NULL, 'n'},
		{"close", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	*ret = (struct arguments){.control = {.socket = WEIR_CONTROL_SOCKET},
				  .unlock = {.agent = "*", .minutes = 30},
				  .hours = 24};
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'h') {
			usage();
			return 0;
		}
		if (take(ret, option) < 0)
			return -EINVAL;
	}
	if (optind + (ret->close ? 0 : 1) != argc || (ret->close && ret->key))
		return -EINVAL;
	ret->file = argv[optind];
	return 1;
}

static int sign(struct arguments *arguments)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_UNLOCK_BYTES_MAX);
	struct weir_unlock *unlock = &arguments->unlock;
	int r;

	unlock->not_before_s = weir_now_realtime() / WEIR_NSEC_PER_SEC;
	unlock->expires_s = unlock->not_before_s + arguments->hours * UINT64_C(3600);
	if (getrandom(unlock->nonce, sizeof(unlock->nonce), 0) != (ssize_t)sizeof(unlock->nonce))
		return -EIO;
	r = weir_unlock_sign(unlock, arguments->key, &bytes);
	return r < 0 ? r
		     : weir_write_file_atomic(AT_FDCWD, arguments->file, bytes.data, bytes.len,
					      0644);
}

static json_t *order(const struct weir_buf *bytes)
{
	char hex[2 * WEIR_UNLOCK_BYTES_MAX + 1] = "";

	for (size_t i = 0; i < bytes->len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", (unsigned char)bytes->data[i]);
	return json_pack("{s:s, s:s}", "request", "unlock", "unlock", hex);
}

static void tell(const json_t *answer)
{
	long long minutes = json_integer_value(json_object_get(answer, "minutes"));
	bool chinese = control_chinese();

	if (minutes == 0)
		printf(chinese ? "自我保护已关闭，重新生效\n" : "the guard is closed\n");
	else
		printf(chinese ? "自我保护已开放 %lld 分钟\n"
			       : "the guard is open for %lld minutes\n",
		       minutes);
}

static void complain_of_file(const char *path, int error)
{
	fprintf(stderr, control_chinese() ? "weir unlock：%s：%s\n" : "weir unlock: %s: %s\n", path,
		strerror(-error));
}

static int sign_order(struct arguments *arguments)
{
	int r = sign(arguments);

	if (r < 0)
		complain_of_file(arguments->key, r);
	return r < 0 ? 2 : 0;
}

static int ask(const struct arguments *arguments)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_UNLOCK_BYTES_MAX);
	json_t *answer = NULL;
	int r = arguments->close ? 0 : weir_read_file(AT_FDCWD, arguments->file, &bytes);

	if (r < 0) {
		complain_of_file(arguments->file, r);
		return 2;
	}
	r = control_request(
		&arguments->control,
		arguments->close ? json_pack("{s:s}", "request", "lock") : order(&bytes), &answer);
	if (r < 0)
		control_complain("unlock", &arguments->control, r, answer);
	else
		tell(answer);
	json_decref(answer);
	return r == 0 ? 0 : r == -EREMOTEIO ? 1 : 2;
}

int weir_cmd_unlock(int argc, char **argv)
{
	struct arguments arguments;
	int r = parse(argc, argv, &arguments);

	if (r < 0) {
		fprintf(stderr, control_chinese()
					? "weir unlock：用法错误，见 weir unlock --help\n"
					: "weir unlock: wrong usage; see weir unlock --help\n");
		return 2;
	}
	if (r == 0)
		return 0;
	return arguments.key ? sign_order(&arguments) : ask(&arguments);
}
