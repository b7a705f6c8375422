/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_triage/group.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/console_triage/names.h"

#define WINDOW_OFFSET_NS (UINT64_C(20) * 3600 * 1000000000)
#define FIRST_PERSON_UID 1000 /* below are the accounts of programs, each machine's own */
#define LAST_PERSON_UID	 UINT32_C(0xfffffffd)

static bool is_intranet4(uint32_t ip)
{
	return ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 || ip >> 16 == 0xa9fe ||
	       ip >> 22 == (0x64400000u >> 22); /* 100.64/10: carriers' own */
}

static const char *destination4(uint32_t ip)
{
	if (ip >> 24 == 127)
		return "loopback";
	return is_intranet4(ip) ? "intranet" : "internet";
}

static const char *destination_of_address(const char *text)
{
	struct in6_addr ip6;
	struct in_addr ip4;
	uint32_t low;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return destination4(ntohl(ip4.s_addr));
	if (inet_pton(AF_INET6, text, &ip6) != 1)
		return "other";
	memcpy(&low, &ip6.s6_addr[12], sizeof(low));
	if (IN6_IS_ADDR_V4MAPPED(&ip6))
		return destination4(ntohl(low));
	if (IN6_IS_ADDR_LOOPBACK(&ip6))
		return "loopback";
	/* fc00::/7 and fe80::/10 */
	if ((ip6.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&ip6))
		return "intranet";
	return "internet";
}

const char *weir_group_destination(const Weir__V1__Event *event)
{
	switch (event->channel) {
	case WEIR__V1__CHANNEL__CHANNEL_FILE:
		return "file";
	case WEIR__V1__CHANNEL__CHANNEL_REMOVABLE:
		return "removable";
	case WEIR__V1__CHANNEL__CHANNEL_SHARE:
		return "share";
	case WEIR__V1__CHANNEL__CHANNEL_NETWORK:
		return event->destination ? destination_of_address(event->destination->ip)
					  : "other";
	case WEIR__V1__CHANNEL__CHANNEL_AT_REST:
		return "at_rest";
	case WEIR__V1__CHANNEL__CHANNEL_AGENT:
		return "agent";
	default:
		return "other";
	}
}

static void read_user(const Weir__V1__Process *process, struct weir_group *ret)
{
	const char *name = process ? process->user_name : "";

	ret->local = !process || process->uid < FIRST_PERSON_UID || process->uid > LAST_PERSON_UID;
	if (!process)
		return;
	if (*name) {
		size_t len = weir_utf8_cut(name, strlen(name), sizeof(ret->user) - 1);

		memcpy(ret->user, name, len);
		ret->user[len] = '\0';
		return;
	}
	/* A number without a name means another person on another machine. */
	ret->local = true;
	(void)snprintf(ret->user, sizeof(ret->user), "uid:%u", process->uid);
}

void weir_group_of(const Weir__V1__Event *event, struct weir_group *ret)
{
	const uint64_t behind =
		(event->time_ns + WEIR_GROUP_WINDOW_NS - WINDOW_OFFSET_NS) % WEIR_GROUP_WINDOW_NS;

	*ret = (struct weir_group){
		.rule = event->rule,
		.destination = weir_group_destination(event),
		.window_ns = event->time_ns > behind ? event->time_ns - behind : 0,
	};
	read_user(event->process, ret);
}

bool weir_group_stopped(const Weir__V1__Event *event)
{
	switch (event->action) {
	case WEIR__V1__ACTION__ACTION_WARN:
		return !event->justification && !event->late;
	case WEIR__V1__ACTION__ACTION_BLOCK:
	case WEIR__V1__ACTION__ACTION_QUARANTINE:
		return !event->late;
	default:
		return false;
	}
}

uint64_t weir_group_identifiers(const Weir__V1__Event *event)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < event->n_counts; i++) {
		const Weir__V1__DetectorCount *count = event->counts[i];
		uint64_t n = count->distinct ? count->distinct : count->total;

		/* An endpoint may say any number; the sum of many events has to fit. */
		sum += WEIR_MIN(n, UINT64_C(1) << 32);
	}
	return WEIR_MIN(sum, UINT64_C(1) << 32);
}

uint32_t weir_group_severity(uint64_t identifiers, bool let_through, bool of_agent)
{
	static const struct {
		uint64_t below;
		uint32_t severity;
	} steps[] = {
		{1, WEIR_SEVERITY_MEDIUM},
		{10, WEIR_SEVERITY_LOW},
		{100, WEIR_SEVERITY_MEDIUM},
		{1000, WEIR_SEVERITY_HIGH},
	};
	uint32_t severity = WEIR_SEVERITY_CRITICAL;

	if (of_agent)
		return WEIR_SEVERITY_HIGH;
	for (size_t i = ARRAY_SIZE(steps); i-- > 0;)
		if (identifiers < steps[i].below)
			severity = steps[i].severity;
	return let_through || severity == WEIR_SEVERITY_LOW ? severity : severity >> 1;
}
