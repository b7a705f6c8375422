/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of policies and claims. No national format: a word, or the one shape that several property
 * insurers share; a policy of the deployment brings the company's own format. */

#include "rows.h"

#define TRANSACTION                                                                \
	{                                                                          \
		.level = "C2", .jrt0197 = 3, .nfra = "sensitive", .gbt35273 = true \
	}

static const char *const document_negatives[] = {
	"订单",	     "流水号",	"运单",	    "快递",    "版本", "示例",	 "样例",
	"timestamp", "traceid", "trace_id", "uuid",    "sha",  "sha256", "md5",
	"checksum",  "commit",	"身份证",   "手机",    "电话", "phone",	 "mobile",
	"idno",	     "账号",	"卡号",	    "example", NULL};

/* Letters and digits in a row; digits alone; behind a label with hyphens inside. A word is wanted for
 * all but the shared shape. */
#define DOCUMENT(kinds)                                                                       \
	{                                                                                     \
		{.anchor = WEIR_ANCHOR_TOKEN,                                                 \
		 .pattern = "([" kinds "][A-Z]{3}20[0-3][0-9]{15})" EDGE,                     \
		 .lengths = N(22)},                                                           \
			{.anchor = WEIR_ANCHOR_TOKEN,                                         \
			 .pattern = "([A-Z0-9]{10,30})" EDGE,                                 \
			 .lengths = FROM(10, 30)},                                            \
			{.anchor = WEIR_ANCHOR_DIGITS,                                        \
			 .pattern = "([0-9]{10,30})",                                         \
			 .lengths = FROM(10, 30),                                             \
			 .ordinary = true},                                                   \
		{                                                                             \
			.anchor = WEIR_ANCHOR_WORD, .pattern = LABEL GAP START                \
						    "([A-Z0-9][A-Z0-9-]{8,28}[A-Z0-9])(?![0-" \
						    "9A-Za-z-])"                              \
		}                                                                             \
	}

static const char *const policy_words[] = {
	"保单号",     "保單號",	     "保单编号",     "保险单号",      "保险合同号",
	"合同号",     "合同编号",    "投保单号",     "批单号",	      "保单",
	"投保单",     "暂保单号",    "保险卡号",     "policy no",     "policy number",
	"policy_no",  "policyno",    "policynumber", "policy_number", "proposal no",
	"proposalno", "proposal_no", "prpsalno",     "prpsal_no",     "contno",
	"cont_no",    "contract no", "contractno",   "contract_no",   "endorseno",
	"endorse_no", "bdh",	     "tbdh",	     "bdhm",	      NULL};

const struct weir_detector weir_row_insurance_policy = {
	.id = "insurance_policy",
	.name_zh = "保单号",
	.name_en = "policy, proposal or endorsement number",
	.forms = DOCUMENT("PTE"),
	.check = "insurance_policy",
	.words = policy_words,
	.negatives = document_negatives,
	.confidence = {.accepted = 40,
		       .strong = 62,
		       .near_word = 40,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 20,
		       .column = 5},
	.mask = {.head = 4, .tail = 4},
	.labels = TRANSACTION,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 30,
};

static const char *const claim_words[] = {
	"报案号",	"报案编号",  "赔案号",	  "赔案编号",	 "立案号",
	"理赔号",	"理赔编号",  "案件号",	  "赔案",	 "claim no",
	"claim number", "claim_no",  "claimno",	  "claimnumber", "claim_number",
	"registno",	"regist_no", "regist no", "lossno",	 "loss_no",
	"loss no",	"caseno",    "case_no",	  "bah",	 "pah",
	"lah",		NULL};

const struct weir_detector weir_row_insurance_claim = {
	.id = "insurance_claim",
	.name_zh = "报案号或赔案号",
	.name_en = "claim number",
	.forms = DOCUMENT("RCL"),
	.check = "insurance_claim",
	.words = claim_words,
	.negatives = document_negatives,
	.confidence = {.accepted = 40,
		       .strong = 62,
		       .near_word = 40,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 20,
		       .column = 5},
	.mask = {.head = 4, .tail = 4},
	.labels = TRANSACTION,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 31,
};
