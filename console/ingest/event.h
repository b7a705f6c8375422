/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_INGEST_EVENT_H
#define WEIR_CONSOLE_INGEST_EVENT_H

#include "weir/console_store/store.h"
#include "weir/proto/wire.h"

/* Checks one event of a batch and fills *item, which borrows from data and from *ret_wire (NULL
 * when rejected). A reject is a result like another: negative errno is for -ENOMEM alone. */
int weir_ingest_event(const void *data, size_t len, uint64_t sequence, struct weir_store_item *item,
		      struct weir_wire **ret_wire) _must_use_;

#endif
