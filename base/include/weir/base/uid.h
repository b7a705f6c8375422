/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_UID_H
#define WEIR_BASE_UID_H

/* An agent's uid: 16 bytes, written "0123abcd-0123-4567-89ab-0123456789ab". */

#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_UID_LEN  16
#define WEIR_UID_TEXT 37

/* With its four dashes or without any. -EINVAL, uid untouched. */
int weir_uid_parse(const char *text, uint8_t uid[static WEIR_UID_LEN]) _must_use_;
void weir_uid_format(const uint8_t uid[static WEIR_UID_LEN], char text[static WEIR_UID_TEXT]);

#endif
