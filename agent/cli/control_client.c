/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control_client.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define ANSWER_MAX (128 * 1024)
#define ANSWER_MS  10000
#define STEP_NS	   (50 * WEIR_NSEC_PER_MSEC)

static void usage(const char *command, const char *summary)
{
	printf("Usage: weir %s [OPTION]...\n%s\n\n"
	       "  --format text|json   how to print (default text)\n"
	       "  --socket FILE        where the agent listens (default " WEIR_CONTROL_SOCKET ")\n"
	       "  --pin-dir DIR        where the kernel programs are pinned (default "
	       "/sys/fs/bpf/weir)\n"
	       "  --wait SECONDS       wait so long for the agent to come up\n"
	       "  --help\n",
	       command, summary);
}

int control_take(struct control_options *options, int option, const char *value)
{
	if (option == 's')
		options->socket = value;
	else if (option == 'f' && (strcmp(value, "json") == 0 || strcmp(value, "text") == 0))
		options->json = value[0] == 'j';
	else
		return -EINVAL;
	return 0;
}

int control_parse(int argc, char **argv, const char *summary, struct control_options *ret)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'},  {"socket", required_argument, NULL, 's'},
		{"pin-dir", required_argument, NULL, 'p'}, {"wait", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},	   {0},
	};
	uint32_t wait_s = 0;
	int option;

	*ret = (struct control_options){.socket = WEIR_CONTROL_SOCKET,
					.pin_dir = "/sys/fs/bpf/weir"};
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'h') {
			usage(argv[0], summary);
			return 0;
		}
		if (option == 'p')
			ret->pin_dir = optarg;
		else if (option == 'w' ? weir_parse_u32(optarg, &wait_s) < 0
				       : control_take(ret, option, optarg) < 0)
			return -EINVAL;
	}
	ret->wait_s = wait_s;
	return optind == argc ? 1 : -EINVAL;
}

static int connect_once(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd _cleanup_(weir_closep) = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int connect_agent(const struct control_options *options)
{
	uint64_t until = weir_now_monotonic() + options->wait_s * WEIR_NSEC_PER_SEC;

	for (;;) {
		static const struct timespec step = {.tv_nsec = (long)STEP_NS};
		int fd = connect_once(options->socket);

		if ((fd != -ENOENT && fd != -ECONNREFUSED) || weir_now_monotonic() >= until)
			return fd;
		(void)nanosleep(&step, NULL);
	}
}

static int receive(int fd, json_t **ret)
{
	char *answer _cleanup_(freep) = malloc(ANSWER_MAX);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	json_t *root;
	ssize_t n;

	if (!answer)
		return -ENOMEM;
	if (poll(&ready, 1, ANSWER_MS) != 1)
		return -ETIMEDOUT;
	n = recv(fd, answer, ANSWER_MAX, MSG_TRUNC);
	if (n < 0)
		return -errno;
	if (n == 0 || n > ANSWER_MAX)
		return -EPROTO;
	root = json_loadb(answer, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return -EPROTO;
	}
	*ret = root;
	return json_object_get(root, "error") ? -EREMOTEIO : 0;
}

int control_request(const struct control_options *options, json_t *request, json_t **ret)
{
	char *text _cleanup_(freep) = json_dumps(request, JSON_COMPACT);
	int fd _cleanup_(weir_closep) = -1;

	json_decref(request);
	if (!text)
		return -ENOMEM;
	fd = connect_agent(options);
	if (fd < 0)
		return fd;
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return -errno;
	return receive(fd, ret);
}

int control_ask(const struct control_options *options, const char *request, json_t **ret)
{
	json_t *answer = NULL;
	int r = control_request(options, json_pack("{s:s}", "request", request), &answer);

	if (r < 0) {
		json_decref(answer);
		return r == -EREMOTEIO ? -EPROTO : r;
	}
	*ret = answer;
	return 0;
}

bool control_chinese(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}

const char *control_text(const json_t *object, const char *key, char *to, size_t size)
{
	const char *from = json_string_value(json_object_get(object, key));
	size_t i;

	for (i = 0; from && from[i] && i + 1 < size; i++)
		to[i] = (unsigned char)from[i] < 0x20 || from[i] == 0x7f ? '?' : from[i];
	to[i] = '\0';
	return to;
}

void control_complain(const char *command, const struct control_options *options, int error,
		      const json_t *answer)
{
	bool chinese = control_chinese();
	char text[300];

	if (error != -EREMOTEIO) {
		fprintf(stderr,
			chinese ? "weir %s：%s 没有应答：%s\n" : "weir %s: no answer at %s: %s\n",
			command, options->socket, strerror(-error));
		return;
	}
	if (!chinese || !control_text(answer, "error_zh", text, sizeof(text))[0])
		control_text(answer, "error", text, sizeof(text));
	fprintf(stderr, chinese ? "weir %s：被拒绝：%s\n" : "weir %s: refused: %s\n", command,
		text);
}

/* A device has several nodes; hubs and what is let be are of no interest. */
static bool worth_a_line(const char *held, const char *rule)
{
	return rule[0] || strcmp(held, "open") != 0;
}

void control_print_devices(const json_t *answer, bool chinese)
{
	const json_t *devices = json_object_get(answer, "devices"), *device;
	bool headed = false;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		char name[80], vendor[16], product[16], serial[140], held[32], rule[80];

		control_text(device, "held", held, sizeof(held));
		control_text(device, "rule", rule, sizeof(rule));
		if (!worth_a_line(held, rule))
			continue;
		if (!headed)
			printf("%s\n", chinese ? "USB 设备" : "usb devices");
		headed = true;
		printf("  %s: %s:%s %s, %s%s%s%s\n",
		       control_text(device, "name", name, sizeof(name)),
		       control_text(device, "vendor_id", vendor, sizeof(vendor)),
		       control_text(device, "product_id", product, sizeof(product)),
		       control_text(device, "serial_number", serial, sizeof(serial)), held,
		       json_is_true(json_object_get(device, "encrypted"))
			       ? (chinese ? "，已加密" : ", encrypted")
			       : "",
		       rule[0] ? (chinese ? "，规则 " : ", rule ") : "", rule);
	}
}
