/* SPDX-License-Identifier: Apache-2.0 */
#include "re2set.h"

#include <algorithm>
#include <new>
#include <vector>

#include <re2/re2.h>
#include <re2/set.h>

static const size_t piece = 65536;

struct re2set {
	RE2::Set set;
	explicit re2set(const RE2::Options &options) : set(options, RE2::UNANCHORED)
	{
	}
};

struct re2set *re2set_new(const char *const *expressions, size_t n)
{
	RE2::Options options(RE2::Latin1); /* bytes, like the others */
	struct re2set *set;

	options.set_max_mem(INT64_C(256) << 20);
	set = new (std::nothrow) re2set(options);
	if (!set)
		return nullptr;
	for (size_t i = 0; i < n; i++)
		if (set->set.Add(expressions[i], nullptr) < 0) {
			delete set;
			return nullptr;
		}
	if (!set->set.Compile()) {
		delete set;
		return nullptr;
	}
	return set;
}

void re2set_free(struct re2set *set)
{
	delete set;
}

uint64_t re2set_scan(const struct re2set *set, const uint8_t *data, size_t len)
{
	std::vector<int> matched;
	uint64_t sum = 0;

	for (size_t at = 0; at < len; at += piece) {
		re2::StringPiece text(reinterpret_cast<const char *>(data + at),
				      std::min(piece, len - at));
		RE2::Set::ErrorInfo error = {RE2::Set::kNoError};

		set->set.Match(text, &matched, &error);
		if (error.kind == RE2::Set::kOutOfMemory)
			return UINT64_MAX;
		sum += matched.size();
	}
	return sum;
}
