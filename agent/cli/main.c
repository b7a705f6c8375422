/* SPDX-License-Identifier: Apache-2.0 */
/* weir: what the person at the endpoint uses. Only chooses the subcommand. */

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "weir/base/macros.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{"status", weir_cmd_status, "what the agent on this machine is doing"},
	{"doctor", weir_cmd_doctor, "what is enforced, observed or blind on this machine, and why"},
	{"explain", weir_cmd_explain, "what was refused to you, why, and what you can do"},
	{"justify", weir_cmd_justify, "give the reason for what was refused with a warning"},
	{"scan", weir_cmd_scan, "look for customer data in files and folders"},
	{"detect", weir_cmd_detect, "look for customer data in JSON lines, for evaluation"},
	{"detectors", weir_cmd_detectors, "what is looked for; learn a detector from samples"},
	{"quarantine", weir_cmd_quarantine, "files that a rule took away: list, restore, destroy"},
	{"unlock", weir_cmd_unlock, "open the agent's guard with a signed unlock, or sign one"},
	{"policy", weir_cmd_policy, "check, test and compile policies"},
};

static int usage(FILE *out, int status)
{
	fprintf(out, "Usage: weir COMMAND [OPTION]...\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nweir COMMAND --help says more about one.\n");
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, 0);
	if (strcmp(argv[1], "--version") == 0) {
		printf("weir %s\n", WEIR_VERSION);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "weir: there is no command \"%s\"; weir --help lists them\n", argv[1]);
	return 2;
}
