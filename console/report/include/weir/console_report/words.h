/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_WORDS_H
#define WEIR_CONSOLE_REPORT_WORDS_H

/* How a report's names are said to people, for all that show it. Pure. */

#include <stdbool.h>
#include <stdint.h>

/* What a name in a report is called; the name itself when nobody wrote words for it. */
const char *weir_report_word(const char *name, bool chinese);

/* Columns whose values are names of this kind; all others are data. */
bool weir_report_is_coded(const char *column);

/* Code points that no page shows: controls, and marks that turn the direction of what follows. */
bool weir_report_is_unsafe(uint32_t c);

#endif
