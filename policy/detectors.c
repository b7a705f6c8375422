/* SPDX-License-Identifier: Apache-2.0 */
/* The detectors that a policy brings, and the numbers of all. */
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/findings/detectors.h"

int wire_detector_number(const Weir__V1__Policy *wire, const char *id)
{
	for (size_t i = 0; i < wire->n_detectors; i++)
		if (strcmp(wire->detectors[i]->name, id) == 0)
			return WEIR_DETECTOR_COUNT + (int)i;
	return weir_detector_number(id);
}

/* Ended by NULL, as struct weir_custom wants it; the words stay in the wire form. */
static const char *const *take_words(struct arena *arena, char *const *words, size_t n)
{
	const char **ret = arena_alloc(arena, (n + 1) * sizeof(*ret));

	for (size_t i = 0; ret && i < n; i++)
		ret[i] = words[i];
	return ret;
}

int take_customs(struct weir_policy *policy, const Weir__V1__Policy *wire)
{
	struct weir_custom *list = arena_alloc(&policy->arena, wire->n_detectors * sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < wire->n_detectors; i++) {
		const Weir__V1__PolicyDetector *from = wire->detectors[i];

		list[i] = (struct weir_custom){
			.id = from->name,
			.name_zh = from->name_zh,
			.name_en = from->name_en,
			.pattern = from->pattern,
			.check = *from->check ? from->check : NULL,
			.words = take_words(&policy->arena, from->words, from->n_words),
			.negatives = take_words(&policy->arena, from->negative_words,
						from->n_negative_words),
			.level = from->level,
			.base = (uint8_t)from->confidence,
		};
		if (!list[i].words || !list[i].negatives)
			return -ENOMEM;
	}
	policy->customs = list;
	policy->n_customs = (unsigned)wire->n_detectors;
	return 0;
}

const struct weir_custom *weir_policy_customs(const struct weir_policy *policy, size_t *ret_count)
{
	*ret_count = policy->n_customs;
	return policy->customs;
}

const char *weir_policy_detector_id(const struct weir_policy *policy, unsigned number)
{
	if (number < WEIR_DETECTOR_COUNT)
		return weir_detector_id(number);
	number -= WEIR_DETECTOR_COUNT;
	return number < policy->n_customs ? policy->customs[number].id : NULL;
}

int weir_policy_detector_number(const struct weir_policy *policy, const char *id)
{
	for (unsigned i = 0; i < policy->n_customs; i++)
		if (strcmp(policy->customs[i].id, id) == 0)
			return WEIR_DETECTOR_COUNT + (int)i;
	return weir_detector_number(id);
}
