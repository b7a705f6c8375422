/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_EXPORT_OCSF_RULES_H
#define WEIR_TEST_CONSOLE_EXPORT_OCSF_RULES_H

/* What OCSF 1.8 asks of the classes that are written here: required attributes, "at least one of",
 * enums, types and type_uid, for the class and for each object in it. */

#include <jansson.h>

/* NULL when the record follows the rules; else which attribute does not, in a buffer of the next
 * call. */
const char *ocsf_fault(const json_t *record);

#endif
