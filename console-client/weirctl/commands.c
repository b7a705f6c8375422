/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

const struct weirctl_command *const *weirctl_commands(size_t *ret_n)
{
#define ADDRESS(name) &weirctl_cmd_##name,
	static const struct weirctl_command *const commands[] = {WEIRCTL_COMMANDS(ADDRESS)};
#undef ADDRESS

	*ret_n = ARRAY_SIZE(commands);
	return commands;
}
