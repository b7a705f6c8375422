/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_BANNED_H
#define WEIR_BASE_BANNED_H

/* Functions that this project does not call: unbounded, locale-bound or with hidden state.
 * tests/check looks for them; the replacement stands beside each.
 *
 *   strcpy strcat sprintf vsprintf	snprintf, weir_buf
 *   strtok				strtok_r
 *   atoi atol strtol strtoul		weir_parse_*
 *   gmtime localtime ctime		gmtime_r
 *   alloca				weir_buf
 */

#endif
