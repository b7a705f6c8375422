/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "commands.h"

int weir_cmd_policy(int argc, char **argv)
{
	fprintf(stderr, "weir policy: not in this build\n");
	return 2;
}
