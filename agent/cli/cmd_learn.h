/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_CMD_LEARN_H
#define WEIR_CLI_CMD_LEARN_H

/* weir detectors learn; argv[0] is "learn". */
int weir_cmd_learn(int argc, char **argv);

#endif
