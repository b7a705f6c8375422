/* SPDX-License-Identifier: Apache-2.0 */
/* The lengths are those of the NFRA's measures on data security (article 69) and of the cyberspace
 * administration's on reporting incidents (article 4); what the people concerned are told is asked for
 * by the Personal Information Protection Law (article 57), whose text was read in full. From when the
 * five working days run is not beyond doubt: the earlier beginning is taken. */

#include "notices.h"

#include <string.h>

#define HOUR (UINT64_C(3600) * 1000000000)

#define ITEM(name) (1U << NOTICE_##name)
#define ALWAYS	   (ITEM(SENDER) | ITEM(CONTACT))
#define ARTICLE_57 (ALWAYS | ITEM(CAUSE) | ITEM(HARM) | ITEM(MEASURES) | ITEM(ADVICE))

static const struct notice notices[] = {
	{"first", "nfra_69", "confirm", "to_regulator", "open_first", WEIR_REPORT_GENERAL, 2 * HOUR,
	 0, false, true, ALWAYS | ITEM(MEASURES)},
	{"cyberspace", "cac_4", "confirm", "to_cyberspace", "open_cyberspace", WEIR_REPORT_LARGER,
	 4 * HOUR, 0, false, true, ALWAYS | ITEM(CAUSE) | ITEM(HARM) | ITEM(MEASURES)},
	{"written", "nfra_69", "confirm", "to_regulator", "open_written", WEIR_REPORT_GENERAL,
	 24 * HOUR, 0, false, true, ALWAYS | ITEM(CAUSE) | ITEM(HARM) | ITEM(MEASURES)},
	{"progress", "nfra_69", "confirm", "to_regulator", "open_progress", WEIR_REPORT_SPECIAL,
	 2 * HOUR, 0, true, true, ALWAYS | ITEM(PROGRESS) | ITEM(MEASURES)},
	{"closing", "nfra_69", "confirm", "to_regulator", "open_closing", WEIR_REPORT_GENERAL, 0, 5,
	 false, true, ALWAYS | ITEM(CAUSE) | ITEM(HARM) | ITEM(MEASURES) | ITEM(IMPROVEMENT)},
	{"authority", "pipl_57", "read", "to_authority", "open_authority", WEIR_REPORT_GENERAL, 0,
	 0, false, true, ARTICLE_57},
	{"persons", "pipl_57", "read", "to_persons", "open_persons", WEIR_REPORT_GENERAL, 0, 0,
	 false, false, ARTICLE_57},
};

_Static_assert(sizeof(notices) / sizeof(notices[0]) == NOTICES, "NOTICES");

const struct notice *notice_at(size_t i)
{
	return &notices[i];
}

size_t notice_find(const char *kind)
{
	size_t i = 0;

	while (i < NOTICES && strcmp(notices[i].kind, kind) != 0)
		i++;
	return i;
}

bool notice_has_clock(const struct notice *notice)
{
	return notice->length_ns || notice->working_days;
}

bool weir_report_is_notice(const char *kind)
{
	return notice_find(kind) < NOTICES;
}

const char *notice_item_name(size_t item)
{
	static const char *const names[] = {[NOTICE_SENDER] = "sender",
					    [NOTICE_CAUSE] = "cause",
					    [NOTICE_HARM] = "harm",
					    [NOTICE_MEASURES] = "measures",
					    [NOTICE_ADVICE] = "advice",
					    [NOTICE_PROGRESS] = "progress",
					    [NOTICE_IMPROVEMENT] = "improvement",
					    [NOTICE_CONTACT] = "contact"};

	return item < _NOTICE_ITEM_MAX ? names[item] : NULL;
}
