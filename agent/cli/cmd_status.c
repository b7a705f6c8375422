/* SPDX-License-Identifier: Apache-2.0 */
/* weir status: what the agent is doing. */

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "control_client.h"
#include "doctor_text.h"

static void print_trouble(const json_t *volume, bool chinese)
{
	int error = (int)json_integer_value(json_object_get(volume, "error"));

	if (error < 0)
		printf(chinese ? "，未能完全纳入防护：%s" : ", not guarded in full: %s",
		       strerror(-error));
	else if (!json_is_true(json_object_get(volume, "watched")))
		printf("%s", chinese ? "，看不到文件关闭" : ", closes are not seen");
}

static void print_volumes(const json_t *answer, bool chinese)
{
	const json_t *volumes = json_object_get(answer, "volumes"), *volume;
	size_t i;

	printf(chinese ? "外发卷：%zu\n" : "sink volumes: %zu\n", json_array_size(volumes));
	json_array_foreach(volumes, i, volume)
	{
		char point[1100], channel[32], product[80], serial[140];

		control_text(volume, "channel", channel, sizeof(channel));
		control_text(volume, "product", product, sizeof(product));
		control_text(volume, "serial_number", serial, sizeof(serial));
		printf("  %s: %s%s%s%s%s",
		       control_text(volume, "mount_point", point, sizeof(point)),
		       doctor_text(channel, chinese), product[0] ? ", " : "", product,
		       serial[0] ? ", " : "", serial);
		print_trouble(volume, chinese);
		putchar('\n');
	}
}

/* Over a reboot. */
static void print_labels(const json_t *answer, bool chinese)
{
	static const char *const names[] = {"kept",    "restored", "changed",	   "gone",
					    "damaged", "evicted",  "not_keepable", "failed"};
	const json_t *labels = json_object_get(answer, "kept_labels");
	int error = (int)json_integer_value(json_object_get(labels, "error"));

	printf("%s", chinese ? "跨重启保留的标签" : "labels kept over a reboot");
	if (error < 0)
		printf(chinese ? "：无法保留：%s" : ": none can be kept: %s", strerror(-error));
	if (json_is_true(json_object_get(labels, "begun_anew")))
		printf("%s", chinese ? "：文件无法识别，已重新建立"
				     : ": the file could not be read, begun anew");
	putchar('\n');
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		printf("  %-20s %lld\n", names[i],
		       (long long)json_integer_value(json_object_get(labels, names[i])));
}

/* Only where a policy has folders whose files wait. */
static void print_first_open(const json_t *answer, bool chinese)
{
	static const char *const names[] = {"waited", "judged", "late",	   "no_room",
					    "let_by", "known",	"unmarked"};
	const json_t *first = json_object_get(answer, "first_open");
	json_int_t any = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		any |= json_integer_value(json_object_get(first, names[i]));
	if (!any)
		return;
	printf("%s\n", chinese ? "首次打开前等待检查" : "openings that wait for a first look");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		printf("  %-20s %lld\n", names[i],
		       (long long)json_integer_value(json_object_get(first, names[i])));
}

static void print_counts(const json_t *answer, bool chinese)
{
	json_t *counts = json_object_get(answer, "counts"), *value;
	const char *name;

	printf(chinese ? "计数\n" : "counts\n");
	json_object_foreach(counts, name, value) if (json_integer_value(value) != 0)
		printf("  %-20s %lld\n", name, (long long)json_integer_value(value));
	printf("  %-20s %lld\n", "pending",
	       (long long)json_integer_value(json_object_get(answer, "pending")));
}

static void print_answer(const json_t *answer)
{
	const json_t *tier = json_object_get(answer, "tier"),
		     *policy = json_object_get(answer, "policy");
	bool chinese = control_chinese();
	char a[256], b[256], c[700];

	printf(chinese ? "weir-agent %s，进程 %lld，启动于 %s\n"
		       : "weir-agent %s, process %lld, since %s\n",
	       control_text(answer, "version", a, sizeof(a)),
	       (long long)json_integer_value(json_object_get(answer, "pid")),
	       control_text(answer, "started", b, sizeof(b)));
	printf(chinese ? "级别：文件 %s，网络 %s\n" : "tier: files %s, network %s\n",
	       control_text(tier, "file", a, sizeof(a)),
	       control_text(tier, "network", b, sizeof(b)));
	printf(chinese ? "策略：%s，修订 %lld（%s）\n" : "policy: %s, revision %lld (%s)\n",
	       control_text(policy, "name", a, sizeof(a)),
	       (long long)json_integer_value(json_object_get(policy, "revision")),
	       control_text(policy, "origin", b, sizeof(b)));
	if (control_text(policy, "error", c, sizeof(c))[0])
		printf("  %s\n", c);
	print_volumes(answer, chinese);
	control_print_devices(answer, chinese);
	print_labels(answer, chinese);
	print_first_open(answer, chinese);
	print_counts(answer, chinese);
}

int weir_cmd_status(int argc, char **argv)
{
	struct control_options options;
	json_t *answer = NULL;
	int r = control_parse(argc, argv, "What the agent on this machine is doing.", &options);

	if (r <= 0) {
		if (r < 0)
			fprintf(stderr, "weir status: wrong usage; see weir status --help\n");
		return r < 0 ? 2 : 0;
	}
	r = control_ask(&options, "status", &answer);
	if (r < 0) {
		fprintf(stderr, "weir status: no answer at %s: %s\n", options.socket, strerror(-r));
		return 1;
	}
	if (options.json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_answer(answer);
	}
	json_decref(answer);
	return 0;
}
