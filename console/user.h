/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_USER_H
#define WEIR_CONSOLE_USER_H

/* "weir-console user add": the first administrator, and the way back in. On the server alone. */

/* argv[0] is "user". The exit status. */
int weir_console_user(int argc, char **argv);

#endif
