/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "commands.h"

int weir_cmd_doctor(int argc, char **argv)
{
	fprintf(stderr, "weir doctor: not in this build\n");
	return 2;
}
