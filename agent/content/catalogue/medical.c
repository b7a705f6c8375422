/* SPDX-License-Identifier: Apache-2.0 */
/* Medical records and the words of diagnoses. */

#include "rows.h"

#define MEDICAL(of_jrt0197)                                                \
	{                                                                  \
		.level = "C2", .jrt0197 = of_jrt0197, .nfra = "sensitive", \
		.sensitive = "medical health", .gbt35273 = true            \
	}

static const char *const record_words[] = {"病案号",
					   "住院号",
					   "门诊号",
					   "就诊卡",
					   "就诊号",
					   "病历号",
					   "病人号",
					   "患者编号",
					   "医保卡",
					   "医保号",
					   "医保编号",
					   "个人医保",
					   "健康卡",
					   "检查号",
					   "病案號",
					   "住院號",
					   "門診號",
					   "就診號",
					   "病歷號",
					   "健保卡",
					   "标本号",
					   "medical record",
					   "medical record no",
					   "mrn",
					   "patient id",
					   "patientid",
					   "patient_id",
					   "patient no",
					   "patientno",
					   "patient_no",
					   "admission no",
					   "zyh",
					   "bah",
					   "mzh",
					   "blh",
					   NULL};
static const char *const record_negatives[] = {
	"订单", "流水号", "版本", "示例", "样例",  "日期",    "时间",	 "金额", "费用", "电话",
	"手机", "邮编",	  "date", "time", "phone", "version", "example", "test", NULL};

const struct weir_detector weir_row_medical_record = {
	.id = "medical_record",
	.name_zh = "病案号",
	.name_en = "medical record number",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{6,14})",
		   .lengths = FROM(6, 14)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([A-Z][0-9]{6,14})" EDGE,
		   .lengths = FROM(7, 15)}},
	.check = "medical_record",
	.words = record_words,
	.negatives = record_negatives,
	.confidence =
		{.accepted = 35, .near_word = 45, .negative = 35, .placeholder = 30, .column = 5},
	.mask = {.head = 1, .tail = 2},
	.labels = MEDICAL(3),
	.role = WEIR_ROLE_IDENTITY,
	.rank = 60,
};

/* A word before any other that it begins with. Three different ones beside an identity make a medical
 * document of a person. */
/* the formatter moves such a list at every run */
/* clang-format off */
#define TERMS(X) \
	X("恶性肿瘤") X("肿瘤") X("癌症") X("肺癌") \
	X("胃癌") X("肝癌") X("乳腺癌") X("肠癌") \
	X("甲状腺癌") X("宫颈癌") X("白血病") X("淋巴瘤") \
	X("原位癌") X("化疗") X("放疗") X("靶向治疗") \
	X("糖尿病") X("高血压") X("冠心病") X("心肌梗死") \
	X("心肌梗塞") X("心绞痛") X("心律失常") X("心力衰竭") \
	X("脑梗死") X("脑梗塞") X("脑出血") X("脑卒中") \
	X("高血脂") X("动脉硬化") X("乙型肝炎") X("乙肝") \
	X("丙肝") X("肝硬化") X("脂肪肝") X("肝炎") \
	X("肾衰竭") X("尿毒症") X("肾炎") X("透析") \
	X("肾结石") X("胆结石") X("胃溃疡") X("胃炎") \
	X("肠炎") X("阑尾炎") X("胰腺炎") X("肺炎") \
	X("肺结核") X("结核") X("哮喘") X("慢阻肺") \
	X("支气管炎") X("艾滋病") X("hiv") X("梅毒") \
	X("淋病") X("性病") X("抑郁症") X("焦虑症") \
	X("精神分裂") X("双相情感障碍") X("精神障碍") X("失眠") \
	X("癫痫") X("帕金森") X("阿尔茨海默") X("痴呆") \
	X("妊娠") X("怀孕") X("流产") X("剖宫产") \
	X("不孕") X("不育") X("甲亢") X("甲减") \
	X("甲状腺结节") X("甲状腺") X("乳腺结节") X("肺结节") \
	X("子宫肌瘤") X("卵巢囊肿") X("前列腺") X("骨折") \
	X("骨质疏松") X("椎间盘突出") X("关节炎") X("红斑狼疮") \
	X("类风湿") X("痛风") X("贫血") X("血友病") \
	X("地中海贫血") X("过敏史") X("既往史") X("家族史") \
	X("现病史") X("主诉") X("手术史") X("出院小结") \
	X("出院记录") X("入院记录") X("病理报告") X("病理诊断") \
	X("病理") X("体检报告") X("化验单") X("检验报告") \
	X("影像报告") X("诊断证明") X("门诊病历") X("住院病历") \
	X("病历") X("诊断") X("处方") X("医嘱") \
	X("健康告知") X("残疾") X("伤残") X("血常规") \
	X("尿常规") X("肝功能") X("肾功能") X("心电图") \
	X("核磁共振") X("穿刺活检") X("惡性腫瘤") X("腫瘤") \
	X("高血壓") X("愛滋病") X("憂鬱症") X("抑鬱症") \
	X("體檢報告") X("病理報告") X("病歷") X("診斷證明") \
	X("診斷") X("處方") X("醫囑") X("殘疾")
/* clang-format on */

#define AS_ANCHOR(term)	 term,
#define AS_PATTERN(term) term "|"

static const char *const medical_anchors[] = {
	TERMS(AS_ANCHOR) "手术记录", "icd", "icd10", "icd-10", "疾病编码", "疾病代码", NULL};
static const char *const medical_words[] = {"患者",	 "病人",     "被保险人", "医院", "科室",
					    "病案",	 "就诊",     "出院",	 "入院", "patient",
					    "diagnosis", "hospital", NULL};
static const char *const medical_negatives[] = {"保险责任", "责任免除", "条款", "释义", "定义",
						"指南",	    "论文",	"研究", "科普", NULL};

static const char term_pattern[] = "((?i:" TERMS(AS_PATTERN) "手术记录))";

const struct weir_detector weir_row_medical_terms = {
	.id = "medical_terms",
	.name_zh = "健康与诊疗信息",
	.name_en = "medical and health information",
	.forms = {{.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?:诊断|疾病编码|疾病代码|(?i:icd)-?(?:10)?)(?:[ "
			      "\\t\"':=(]|编码|代码|：|（){0,6}([A-TV-Z]"
			      "[0-9]{2}(?:\\.[0-9]{1,3})?(?:x[0-9]{3})?)(?![0-9A-Za-z])",
		   .shift = 10},
		  {.anchor = WEIR_ANCHOR_WORD, .pattern = term_pattern}},
	.words = medical_words,
	.negatives = medical_negatives,
	.anchors = medical_anchors,
	.confidence = {.accepted = 60, .near_word = 15, .far_word = 10, .negative = 25},
	.mask = {.head = 1, .tail = 0},
	.labels = MEDICAL(4),
	.normal = WEIR_NORMAL_LOWER,
	.rank = 61,
	.joined = true,
	.companion = WEIR_COMPANION_IDENTITY,
	.companion_within = 0,
	.min_distinct = 3,
};
