/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_COMMANDS_H
#define WEIR_CLI_COMMANDS_H

/* One function per subcommand of weir, in the file cmd_<name>.c. argv[0] is the subcommand's name; the return value is the
 * exit status: 0 done and nothing found, 1 found or refused, 2 usage or error. Data goes to stdout, messages to stderr. */

int weir_cmd_detect(int argc, char **argv);
int weir_cmd_detectors(int argc, char **argv);
int weir_cmd_doctor(int argc, char **argv);
int weir_cmd_explain(int argc, char **argv);
int weir_cmd_justify(int argc, char **argv);
int weir_cmd_policy(int argc, char **argv);
int weir_cmd_quarantine(int argc, char **argv);
int weir_cmd_scan(int argc, char **argv);
int weir_cmd_status(int argc, char **argv);
int weir_cmd_unlock(int argc, char **argv);

#endif
