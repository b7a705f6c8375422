/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FINDINGS_DETECTORS_H
#define WEIR_FINDINGS_DETECTORS_H

/* The stable detector ids. The number is the index into the arrays of struct weir_findings and the order of the catalogue;
 * the first ones have the numbers of the kernel's slots (enum weir_abi_detector). Numbers are never reused. */

#include <stddef.h>
#include <string.h>

#define WEIR_DETECTOR_IDS                                                                          \
	"cn_resident_id", "payment_card", "cn_mobile", "cn_resident_id_15", "cn_residence_permit", \
		"cn_foreigner_id", "hk_id", "tw_id", "mo_id", "cn_passport", "cn_travel_permit",   \
		"cn_landline", "bank_account", "card_verification", "card_track", "cn_uscc",       \
		"cn_org_code", "cn_plate", "vin", "insurance_policy", "insurance_claim",           \
		"medical_record", "medical_terms", "cn_military_id", "email", "cn_address",        \
		"cn_name", "birth_date", "im_account", "iban", "us_ssn", "passport_mrz", "imei",   \
		"ip_address", "secret"
#define WEIR_DETECTOR_COUNT 35

/* NULL when there is none of this number. */
static inline const char *weir_detector_id(unsigned number)
{
	static const char *const ids[] = {WEIR_DETECTOR_IDS};

	_Static_assert(sizeof(ids) / sizeof(ids[0]) == WEIR_DETECTOR_COUNT, "WEIR_DETECTOR_COUNT");
	return number < WEIR_DETECTOR_COUNT ? ids[number] : NULL;
}

/* The number of an id, -1 when there is none. */
static inline int weir_detector_number(const char *id)
{
	for (unsigned i = 0; i < WEIR_DETECTOR_COUNT; i++)
		if (strcmp(weir_detector_id(i), id) == 0)
			return (int)i;
	return -1;
}

#endif
