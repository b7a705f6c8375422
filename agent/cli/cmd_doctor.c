/* SPDX-License-Identifier: Apache-2.0 */
/* weir doctor: the agent's own findings in words; without an agent, what is left in the kernel. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "control_client.h"
#include "doctor_text.h"

enum pinned {
	PINNED_NO,
	PINNED_YES,
	PINNED_UNKNOWN,
};

static enum pinned look_for_pins(const char *dir)
{
	enum pinned found = PINNED_NO;
	struct dirent *entry;
	DIR *pins = opendir(dir);

	if (!pins)
		return errno == ENOENT || errno == ENOTDIR ? PINNED_NO : PINNED_UNKNOWN;
	while ((entry = readdir(pins)))
		if (entry->d_name[0] != '.')
			found = PINNED_YES;
	closedir(pins);
	return found;
}

static int without_agent(const struct control_options *options, int error)
{
	static const char *const states[] = {"no", "yes", "unknown"};
	static const char *const en[] = {
		"nothing is enforced: no kernel programs are pinned in",
		"kernel programs stay pinned and enforce what they can, in",
		"whether kernel programs are pinned is for root to see, in"};
	static const char *const zh[] = {"没有任何强制执行：以下目录中没有固定的内核程序：",
					 "内核程序仍然固定并尽其所能地执行，目录：",
					 "是否有固定的内核程序需要 root 才能查看，目录："};
	enum pinned pinned = look_for_pins(options->pin_dir);
	bool chinese = control_chinese();
	const char *why =
		error == -ENOENT || error == -ECONNREFUSED ? "not running" : strerror(-error);
	json_t *answer;

	if (options->json) {
		answer = json_pack("{s:i, s:b, s:s, s:s, s:s}", "schema", 1, "ok", 0, "agent", why,
				   "pinned", states[pinned], "pin_dir", options->pin_dir);
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(answer);
		return 1;
	}
	printf(chinese ? "weir-agent 没有应答（%s：%s）\n"
		       : "weir-agent does not answer (%s: %s)\n",
	       options->socket, why);
	printf("%s %s\n", chinese ? zh[pinned] : en[pinned], options->pin_dir);
	return 1;
}

static void print_list(const json_t *channel, const char *key, const char *heading, bool chinese)
{
	const json_t *list = json_object_get(channel, key), *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	printf("  %s\n", heading);
	json_array_foreach(list, i, item) if (json_is_string(item))
		printf("    - %s\n", doctor_text(json_string_value(item), chinese));
}

static void print_evidence(const json_t *channel, bool chinese)
{
	const json_t *list = json_object_get(channel, "evidence"), *item;
	size_t i;

	if (json_array_size(list) > 0)
		printf("  %s\n", chinese ? "证据" : "evidence");
	json_array_foreach(list, i, item)
	{
		char hook[64], text[256], at[64], untried[64];

		control_text(item, "hook", hook, sizeof(hook));
		if (control_text(item, "at", at, sizeof(at))[0])
			printf("    - %s: %s (%s)\n", hook,
			       control_text(item, "text", text, sizeof(text)), at);
		if (control_text(item, "untried", untried, sizeof(untried))[0])
			printf(chinese ? "    - %s：未测试（%s）\n" : "    - %s: not tried (%s)\n",
			       hook, untried);
	}
}

static void print_channel(const json_t *channel, bool chinese)
{
	char name[32], state[32], floor_name[32], tier[32];
	bool ok = json_is_true(json_object_get(channel, "ok"));
	int number = (int)json_integer_value(json_object_get(channel, "tier"));

	control_text(channel, "channel", name, sizeof(name));
	control_text(channel, "state", state, sizeof(state));
	control_text(channel, "tier_name", tier, sizeof(tier));
	control_text(channel, "floor", floor_name, sizeof(floor_name));
	printf("%s: %s", doctor_text(name, chinese), doctor_text(state, chinese));
	if (number > 0)
		printf(chinese ? "，级别 %d（%s）" : ", tier %d (%s)", number, tier);
	if (!ok)
		printf(chinese ? "，低于要求：%s" : ", below what is demanded: %s",
		       doctor_text(floor_name, chinese));
	putchar('\n');
	print_evidence(channel, chinese);
	print_list(channel, "blind_spots", chinese ? "看不到的" : "not seen", chinese);
	print_list(channel, "raise", chinese ? "如何提升" : "what would raise it", chinese);
}

static void print_answer(const json_t *answer)
{
	const json_t *channels = json_object_get(answer, "channels"), *channel;
	const json_t *guard = json_object_get(answer, "guard");
	bool chinese = control_chinese();
	char text[700], lsm[256];
	size_t i;

	control_text(answer, "lsm", lsm, sizeof(lsm));
	printf(chinese ? "内核 %s，安全模块：%s\n" : "kernel %s, security modules: %s\n",
	       control_text(answer, "kernel", text, sizeof(text)),
	       lsm[0]	 ? lsm
	       : chinese ? "未知"
			 : "not known");
	if (control_text(answer, "kernel_error", text, sizeof(text))[0])
		printf(chinese ? "内核程序不可用：%s\n" : "kernel programs cannot be had: %s\n",
		       text);
	if (control_text(answer, "policy_error", text, sizeof(text))[0])
		printf(chinese ? "策略有误，仍用上一版：%s\n"
			       : "the policy is wrong, the one before stays in force: %s\n",
		       text);
	json_array_foreach(channels, i, channel) print_channel(channel, chinese);
	control_print_devices(answer, chinese);
	printf(chinese ? "自我保护：%s（%s）\n" : "guard on the agent's own: %s (%s)\n",
	       control_text(guard, "state", text, sizeof(text)),
	       control_text(guard, "tier_name", lsm, sizeof(lsm)));
	print_evidence(guard, chinese);
}

int weir_cmd_doctor(int argc, char **argv)
{
	struct control_options options;
	json_t *answer = NULL;
	bool ok;
	int r = control_parse(argc, argv,
			      "What is enforced, observed or blind on this machine, and why.",
			      &options);

	if (r <= 0) {
		if (r < 0)
			fprintf(stderr, "weir doctor: wrong usage; see weir doctor --help\n");
		return r < 0 ? 2 : 0;
	}
	r = control_ask(&options, "doctor", &answer);
	if (r < 0)
		return without_agent(&options, r);
	if (options.json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_answer(answer);
	}
	ok = json_is_true(json_object_get(answer, "ok"));
	json_decref(answer);
	return ok ? 0 : 1;
}
