/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_DOCTOR_TEXT_H
#define WEIR_CLI_DOCTOR_TEXT_H

/* The words for the agent's identifiers of blind spots and advice. */

#include <stdbool.h>

/* The id itself when there are no words for it. */
const char *doctor_text(const char *id, bool chinese);

#endif
