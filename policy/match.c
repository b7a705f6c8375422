/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "internal.h"

/* "*" and "?"; one pending star is enough, so time is bounded by the product of the lengths. */
bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
		} else if (*pattern && (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool host_covers(const struct host *host, const uint8_t addr[static 16], uint16_t port)
{
	unsigned bytes = host->prefix / 8, bits = host->prefix % 8;

	if (host->port && host->port != port)
		return false;
	if (memcmp(host->addr, addr, bytes) != 0)
		return false;
	return bits == 0 || (host->addr[bytes] ^ addr[bytes]) >> (8 - bits) == 0;
}

static bool usb_matches(const struct usb_match *usb, const struct weir_device *device)
{
	if (*usb->vendor && strcasecmp(usb->vendor, device->vendor_id) != 0)
		return false;
	if (*usb->product && strcasecmp(usb->product, device->product_id) != 0)
		return false;
	return !*usb->serial || glob_match(usb->serial, device->serial_number);
}

struct group_set groups_of_device(const struct weir_policy *policy,
				  const struct weir_device *device)
{
	struct group_set ret = {0};

	if (!device || strcmp(device->bus, "usb") != 0)
		return ret;
	for (unsigned g = 0; g < policy->n_groups; g++)
		for (unsigned i = 0; i < policy->groups[g].n_usb; i++)
			if (usb_matches(&policy->groups[g].usb[i], device)) {
				bit_set(ret.words, g);
				break;
			}
	return ret;
}

struct group_set groups_of_host(const struct weir_policy *policy, const uint8_t addr[static 16],
				uint16_t port)
{
	struct group_set ret = {0};

	for (unsigned g = 0; g < policy->n_groups; g++)
		for (unsigned i = 0; i < policy->groups[g].n_hosts; i++)
			if (host_covers(&policy->groups[g].hosts[i], addr, port)) {
				bit_set(ret.words, g);
				break;
			}
	return ret;
}

bool host_exempt(const struct weir_policy *policy, const uint8_t addr[static 16], uint16_t port)
{
	for (unsigned i = 0; i < policy->n_exempt; i++)
		if (host_covers(&policy->exempt[i], addr, port))
			return true;
	return false;
}

bool groups_meet(const struct group_set *a, const struct group_set *b)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < MAX_GROUPS / 64; i++)
		any |= a->words[i] & b->words[i];
	return any;
}

bool rule_applies(const struct rule *rule, unsigned channel, const struct group_set *groups)
{
	if (channel >= 8 || !(rule->channels >> channel & 1))
		return false;
	if (rule->has_to && !groups_meet(&rule->to, groups))
		return false;
	return !groups_meet(&rule->not_to, groups);
}
