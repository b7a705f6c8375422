/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "commands.h"

int weir_cmd_scan(int argc, char **argv)
{
	fprintf(stderr, "weir scan: not in this build\n");
	return 2;
}
