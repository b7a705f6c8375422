/* SPDX-License-Identifier: Apache-2.0 */
/* What the names in reports are called. JSON keeps the names. */

#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_report/words.h"
#include "words_list.h"

/* clang-format off */
static const struct report_words labels[] = {
	/* reports and their sections */
	{"incidents", "Incidents", "事件"},
	{"precision", "Verdicts and false alarms", "处置结论与误报"},
	{"verdicts", "Verdicts by rule", "按规则的处置结论"},
	{"alerts_after_training", "Alerts after training", "培训后的告警"},
	{"resolved", "Resolved", "已处置"},
	{"true_positive", "True", "真实"},
	{"benign_authorised", "Benign", "经授权"},
	{"false_positive", "False", "误报"},
	{"test", "Test", "测试"},
	{"duplicate", "Duplicate", "重复"},
	{"false_positive_share", "False of judged", "误报占比"},
	{"false_positive_share_low", "95 % from", "95% 下限"},
	{"false_positive_share_high", "95 % to", "95% 上限"},
	{"overrides", "Overrides", "放行与理由"},
	{"training", "Training", "培训"},
	{"coverage", "Coverage", "覆盖情况"},
	{"clocks", "Reporting deadlines", "报告时限"},
	{"compliance", "Compliance evidence", "合规证据"},
	{"weeks", "By week", "按周"},
	{"changes", "Marked changes", "标记的变更"},
	{"rules", "By rule", "按规则"},
	{"rules_that_warn", "Rules that warn", "提醒类规则"},
	{"unreadable", "Events that could not be read", "无法读取的事件"},
	{"courses", "Courses", "课程"},
	{"acknowledgements", "Acknowledgements", "培训确认"},
	{"last_seen", "Last seen", "最后上报"},
	{"versions", "Versions", "版本"},
	{"tiers", "Tiers by channel", "各通道的防护层级"},
	{"dropped", "Dropped by endpoints", "终端自报丢弃"},
	{"silent_endpoints", "Silent for over a day", "静默超过一天的终端"},
	{"clauses", "By clause", "按条款"},
	{"register", "Sharing register", "共享登记"},
	{"entries", "Entries", "登记条目"},
	{"evidence", "Evidence that was looked at", "证据查看"},
	{"requests", "Requests", "查看申请"},
	{"policies", "Policies", "策略"},
	{"unhealthy_endpoints", "Endpoints that are not well", "状态异常的终端"},
	/* columns */
	{"entry", "Entry", "编号"},
	{"recipient", "Recipient", "接收方"},
	{"classes", "Classes", "数据类别"},
	{"purpose", "Purpose", "目的"},
	{"agreement", "Agreement", "协议"},
	{"requester", "Requested by", "申请人"},
	{"approver", "Approved by", "批准人"},
	{"request", "Request", "申请编号"},
	{"event", "Event", "事件"},
	{"reason", "Reason", "理由"},
	{"asked", "Asked", "申请时间"},
	{"decider", "Decided by", "批准或拒绝人"},
	{"decided", "Decided", "决定时间"},
	{"minutes", "Minutes", "时限(分钟)"},
	{"reads", "Times read", "读取次数"},
	{"begins", "Begins", "开始"},
	{"ends", "Ends", "结束"},
	{"transfers", "Transfers", "传输次数"},
	{"policy_revision", "Revision", "修订号"},
	{"policy_status", "Status", "状态"},
	{"last_error", "Error", "错误"},
	{"policy_error", "Policy error", "策略错误"},
	{"week", "Week from", "周(起)"},
	{"endpoints", "Endpoints", "终端数"},
	{"alerts", "Alerts", "告警数"},
	{"incidents_per_1000_endpoints", "Incidents per 1,000 endpoints and week", "每千终端每周事件数"},
	{"time", "Time", "时间"},
	{"change", "Change", "变更"},
	{"incidents_before", "Incidents before", "之前事件数"},
	{"incidents_after", "Incidents after", "之后事件数"},
	{"ratio", "Rate after / before", "之后/之前的比率"},
	{"ratio_low", "95 % from", "95% 下限"},
	{"ratio_high", "95 % to", "95% 上限"},
	{"finding", "Finding", "结论"},
	{"rule", "Rule", "规则"},
	{"refused", "Refused", "被拒次数"},
	{"reasons_given", "Reasons given", "填写理由次数"},
	{"let_through", "Let through", "随后放行次数"},
	{"override_share", "Share with a reason", "填写理由占比"},
	{"override_share_low", "95 % from", "95% 下限"},
	{"override_share_high", "95 % to", "95% 上限"},
	{"events", "Events", "事件条数"},
	{"course", "Course", "课程"},
	{"people", "People", "人数"},
	{"people_in_period", "In this period", "本期人数"},
	{"latest", "Latest", "最近一次"},
	{"person", "Person", "人员"},
	{"silence", "Silent for", "静默时长"},
	{"agent_version", "Version", "版本"},
	{"channel", "Channel", "通道"},
	{"tier", "Tier", "层级"},
	{"host_name", "Host", "主机"},
	{"cause", "Cause", "原因"},
	{"incident", "Incident", "事件编号"},
	{"title", "Title", "标题"},
	{"level", "Level", "级别"},
	{"notice", "Notice", "报告种类"},
	{"source", "Source", "依据"},
	{"discovered", "Discovered", "发现时间"},
	{"due", "Due", "截止时间"},
	{"sent", "Sent", "报出时间"},
	{"state", "State", "状态"},
	{"instrument", "Regulation", "法规"},
	{"article", "Article", "条"},
	{"requirement", "Requirement, in short", "要求(概述)"},
	{"certainty", "Text", "条文"},
	{"figure", "Evidence", "证据"},
	{"value", "Figure", "数值"},
	/* values */
	{"lower", "lower", "下降"},
	{"higher", "higher", "上升"},
	{"unclear", "no clear change", "无明显变化"},
	{"too_little", "too little to say", "数据不足"},
	{"silent_under_1_hour", "under 1 hour", "1 小时以内"},
	{"silent_under_1_day", "1 hour to 1 day", "1 小时至 1 天"},
	{"silent_under_1_week", "1 day to 1 week", "1 天至 1 周"},
	{"silent_longer", "longer", "更久"},
	{"file", "file", "本地文件"},
	{"removable", "removable", "移动存储"},
	{"share", "share", "网络共享"},
	{"network", "network", "网络"},
	{"at_rest", "at rest", "静态存储"},
	{"agent", "agent", "代理自身"},
	{"unspecified", "not said", "未说明"},
	{"unknown", "unknown", "未知"},
	{"lsm", "enforced in the kernel by LSM", "内核强制(LSM)"},
	{"fmod_ret", "enforced in the kernel, by modified returns", "内核强制(修改返回值)"},
	{"observe", "observed", "观察"},
	{"scan", "scanned", "扫描"},
	{"general", "general", "一般"},
	{"larger", "larger", "较大"},
	{"major", "major", "重大"},
	{"especially_major", "especially major", "特别重大"},
	{"first", "first report, 2 hours", "首次报告(2 小时)"},
	{"written", "written report, 24 hours", "书面报告(24 小时)"},
	{"progress", "progress, every 2 hours", "续报(每 2 小时)"},
	{"authority", "authority for personal information", "个人信息保护主管部门"},
	{"persons", "persons concerned", "相关个人"},
	{"closing", "closing report, 5 working days", "总结报告(5 个工作日)"},
	{"cyberspace", "cyberspace administration, 4 hours", "网信部门报告(4 小时)"},
	{"requested", "requested", "待批准"},
	{"approved", "approved", "已批准"},
	{"denied", "denied", "已拒绝"},
	{"active", "active", "有效"},
	{"ended", "ended", "已结束"},
	{"refused_entry", "refused", "已拒绝"},
	{"policy_unset", "none", "无"},
	{"policy_applied", "applied", "已生效"},
	{"policy_applying", "being applied", "应用中"},
	{"policy_failed", "failed", "失败"},
	{"sharing_register", "provision to others is recorded, with purpose, method and term", "对外提供有登记(目的、方式、期限)"},
	{"least_privilege", "rules are changed by two people", "规则由两人变更"},
	{"audit", "compliance is audited", "合规审计"},
	{"register_entries", "entries in the sharing register", "共享登记条目"},
	{"register_transfers", "transfers linked to an entry", "关联到登记的传输"},
	{"policies_by_two", "policies published by another than their author", "由非作者发布的策略"},
	{"audit_entries", "entries of the audit log", "审计日志条数"},
	{"nfra_69", "NFRA 2024, art. 69", "银行保险机构数据安全管理办法 第六十九条"},
	{"cac_4", "CAC incident reporting 2025, art. 4", "国家网络安全事件报告管理办法 第四条"},
	{"done", "sent in time", "按时报出"},
	{"done_late", "sent late", "逾期报出"},
	{"overdue", "OVERDUE", "已逾期"},
	{"remind", "due soon", "即将到期"},
	{"running", "running", "计时中"},
	{"nfra_2024", "NFRA data security measures (2024)", "银行保险机构数据安全管理办法(2024)"},
	{"cac_incidents_2025", "CAC incident reporting (2025)", "国家网络安全事件报告管理办法(2025)"},
	{"pipl", "Personal Information Protection Law", "个人信息保护法"},
	{"dsl", "Data Security Law", "数据安全法"},
	{"csl", "Cybersecurity Law", "网络安全法"},
	{"operation_logs", "logs of operations are kept", "保存操作日志"},
	{"removable_media", "endpoints and removable media are protected", "终端与移动介质防护"},
	{"abnormal_use", "abnormal use of data is watched for", "监测数据异常使用"},
	{"incident_reports", "incidents are reported in time", "按时报告事件"},
	{"incident_notice", "authority and individuals are told of incidents", "向主管部门和个人告知事件"},
	{"network_logs", "network logs are kept for six months", "网络日志保存六个月"},
	{"read", "read in a full copy", "已核对全文"},
	{"confirm", "number to be confirmed against the publication", "条号须与官方文本核对"},
	{"events_kept", "events kept", "保存的事件条数"},
	{"oldest_event", "oldest event", "最早事件时间"},
	{"removable_refused", "refused on removable media", "移动存储上的拒绝次数"},
	{"incidents_recorded", "incidents recorded", "登记的安全事件"},
	{"notices_sent", "notices sent", "已报出的报告"},
	{"larger_incidents", "incidents of level larger and above", "较大及以上事件"},
};
/* clang-format on */

static const char *find(const struct report_words *words, size_t n, const char *name, bool chinese)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].name, name) == 0)
			return chinese ? words[i].zh : words[i].en;
	return NULL;
}

const char *weir_report_word(const char *name, bool chinese)
{
	const char *text = find(labels, ARRAY_SIZE(labels), name, chinese);

	if (!text)
		text = find(report_draft_words, report_draft_words_n, name, chinese);
	return text ? text : name;
}

bool weir_report_is_coded(const char *column)
{
	static const char *const coded[] = {"finding",	     "silence",	   "channel", "tier",
					    "policy_status", "level",	   "notice",  "source",
					    "state",	     "instrument", "figure",  "requirement",
					    "certainty",     "item"};

	for (size_t i = 0; i < ARRAY_SIZE(coded); i++)
		if (strcmp(coded[i], column) == 0)
			return true;
	return false;
}

bool weir_report_is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       c >= 0xe0000;
}
