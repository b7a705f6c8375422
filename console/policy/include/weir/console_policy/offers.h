/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_OFFERS_H
#define WEIR_CONSOLE_POLICY_OFFERS_H

/* The fleet's questions, answered from memory: what is published is read again when "policy" was announced, and every few seconds
 * besides. */

#include "weir/base/macros.h"
#include "weir/console_fleet/offer.h"
#include "weir/console_store/store.h"

struct weir_policy_offers;

/* store is borrowed, and freed before the object: it may call until then. */
int weir_policy_offers_new(struct weir_store *store, struct weir_policy_offers **ret) _must_use_;
void weir_policy_offers_free(struct weir_policy_offers *offers);
DEFINE_CLEANUP(weir_policy_offers_free, struct weir_policy_offers *);

/* For the fleet. */
struct weir_fleet_offers weir_policy_offers_port(struct weir_policy_offers *offers);

#endif
