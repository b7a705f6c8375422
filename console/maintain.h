/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_MAINTAIN_H
#define WEIR_CONSOLE_MAINTAIN_H

/* weir-console retention|backup|restore. argv[0] is the command's name. The exit status: 0, 1 when
 * it failed, 2 for wrong usage. */
int weir_maintain(int argc, char **argv);

#endif
