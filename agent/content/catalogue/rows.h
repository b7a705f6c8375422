/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CATALOGUE_ROWS_H
#define WEIR_CATALOGUE_ROWS_H

/* The rows of the built-in table, and the pieces their patterns are made of. */

#include "weir/catalogue/catalogue.h"

/* the formatter moves such a list at every run */
/* clang-format off */
#define WEIR_CATALOGUE_ROWS(X) \
	X(cn_resident_id) X(payment_card) X(cn_mobile) X(cn_resident_id_15) \
	X(cn_residence_permit) X(cn_foreigner_id) X(hk_id) X(tw_id) \
	X(mo_id) X(cn_passport) X(cn_travel_permit) X(cn_landline) \
	X(bank_account) X(card_verification) X(card_track) X(cn_uscc) \
	X(cn_org_code) X(cn_plate) X(vin) X(insurance_policy) \
	X(insurance_claim) X(medical_record) X(medical_terms) X(cn_military_id) \
	X(email) X(cn_address) X(cn_name) X(birth_date) \
	X(im_account) X(iban) X(us_ssn) X(passport_mrz) \
	X(imei) X(ip_address) X(secret)
/* clang-format on */

#define WEIR_ROW_DECLARE(name) extern const struct weir_detector weir_row_##name;
WEIR_CATALOGUE_ROWS(WEIR_ROW_DECLARE)
#undef WEIR_ROW_DECLARE

/* Negative words of nearly every number: what else has as many digits. */
#define WEIR_NUMBER_NEGATIVES                                                                      \
	"订单", "訂單", "流水号", "流水號", "交易号", "交易單", "运单", "快递", "物流", "版本",    \
		"序列号", "批次", "条码", "示例", "样例", "timestamp", "trace_id", "traceid",      \
		"trace id", "span_id", "spanid", "uuid", "guid", "sha", "sha1", "sha256", "md5",   \
		"checksum", "commit", "offset", "blk", "order", "order_no", "orderno", "order no", \
		"order_id", "orderid", "serial", "serial no", "version", "build", "nonce", "seed", \
		"test", "example", "sample"

/* Bits for runs of n characters, or of from to to. */
#define N(n)	       (UINT64_C(1) << (n))
#define FROM(from, to) ((UINT64_C(2) << (to)) - (UINT64_C(1) << (from)))

/* No letter or digit behind. */
#define EDGE "(?![0-9A-Za-z])"

/* One of the marks that stand between groups of digits, and no further group on either side. A comma
 * there is a column's. */
#define MARK	    "[ ./_,-]"
#define ALONE_LEFT  "(?<![0-9][ ./_-])"
#define ALONE_RIGHT "(?![0-9A-Za-z]|[ ./_-][0-9])"

/* The end of a line or cell and the indent of the next. */
#define BREAK "[ \"]{0,4}(?:\\r?\\n|\\t|\\|)[ \\t\"]{0,8}"

/* One hanzi. */
#define HANZI "[\\xe4-\\xe9][\\x80-\\xbf]{2}"

/* From an anchor word up to the value: the rest of the label, then marks. */
#define LABEL "(?:[\\x80-\\xff]|[A-Za-z0-9_. ]){2,40}?"
#define GAP   "(?:[ \\t\"'*:=|>#()]|：|（|）|为|是|號|号){0,8}"
#define START "(?<![0-9A-Za-z])"

#endif
