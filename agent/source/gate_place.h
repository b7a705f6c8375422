/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_PLACE_H
#define WEIR_SOURCE_GATE_PLACE_H

/* Where a file lies in its file system, whatever the mounts of who opens it make of that: anybody may have a mount namespace of his
 * own, and bind a folder to another name there. Without allocation and with a bound: for the decision thread as well. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* path is what /proc/self/fd says of fd; process the folder in procfs of one that has the mount, such as "/proc/7". 0 with the path
 * below the file system's root, -ENOENT when its mounts do not explain path, -E2BIG when they are too many to be read here. */
int gate_place(int fd, const char *path, const char *process, char *ret, size_t size) _must_use_;

#endif
