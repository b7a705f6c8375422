/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_FLEET_ENDPOINT_H
#define WEIR_TEST_CONSOLE_FLEET_ENDPOINT_H

/* Endpoints as a fleet sees them: messages, keys and requests of their own. */

#include "weir/base/buf.h"
#include "weir/console_fleet/fleet.h"
#include "weir/proto/wire.h"
#include "weir/v1/opamp.pb-c.h"

/* A fleet over a store of the kind that the program was asked for, in a folder of its own. */
struct place {
	void *stored; /* of ../support/place.h */
	char dir[64];
	int dir_fd;
	struct weir_store *store;
	struct weir_fleet *fleet;
	struct weir_log log;
	struct weir_fleet_options options;
};

int place_setup(void **state);
int place_teardown(void **state);
/* Ends the fleet and starts it again with place->options. */
void place_restart(struct place *place);

struct endpoint {
	uint8_t uid[WEIR_UID_LEN];
	const char *hardware; /* NULL: not said */
	struct weir_buf key;
	struct weir_fleet_identity identity; /* after endpoint_identify() */
	char serial[WEIR_CA_SERIAL_TEXT];
	char dn[64];
	uint64_t sequence;
};

/* Every byte of the uid is number. */
void endpoint_init(struct endpoint *endpoint, uint8_t number);
void endpoint_done(struct endpoint *endpoint);

/* A token for group "g" with so many uses. */
void place_token(struct place *place, unsigned uses, char text[static WEIR_FLEET_TOKEN_TEXT]);

struct weir_fleet_reply endpoint_enroll(struct place *place, struct endpoint *endpoint,
					const char *token);
/* Takes the certificate of the reply for the endpoint's own. */
void endpoint_take(struct endpoint *endpoint, const struct weir_fleet_reply *reply);
int endpoint_identify(struct place *place, struct endpoint *endpoint);

/* Packs message with uid and the next sequence number, sends it. */
struct weir_fleet_reply endpoint_say(struct place *place, struct endpoint *endpoint,
				     Weir__V1__AgentToServer *message);

const Weir__V1__ServerToAgent *reply_read(const struct weir_fleet_reply *reply,
					  struct weir_wire **ret);
void reply_done(struct weir_fleet_reply *reply);

#endif
