/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "doctor_text.h"
#include "weir/base/macros.h"

static const struct {
	const char *id, *en, *zh;
} words[] = {
	/* states */
	{"enforced", "enforced", "已强制执行"},
	{"observed", "observed", "仅观察"},
	{"blind", "blind", "不可见"},
	{"file", "local files", "本地文件"},
	{"removable", "removable storage", "可移动存储"},
	{"share", "network shares", "网络共享"},
	{"network", "network", "网络外发"},
	{"at_rest", "data at rest", "静态数据"},
	/* blind spots */
	{"mmap_stores",
	 "stores through a shared memory mapping are not seen when they happen; the file is looked "
	 "at when it is closed",
	 "通过共享内存映射写入的内容在写入时不可见，文件关闭时才检查"},
	{"older_mappings",
	 "stores through a shared mapping that is older than the rule against it are only found "
	 "when the file is closed",
	 "在规则生效之前建立的共享映射，其写入只能在文件关闭时发现"},
	{"other_mount_namespaces",
	 "what another mount namespace alone has mounted is not seen (kernel programs do see USB "
	 "volumes there)",
	 "仅在其他挂载命名空间中挂载的卷不可见（内核程序仍能识别其中的 USB 卷）"},
	{"raw_block_device", "writes to the raw block device (dd of=/dev/sdX) are not looked at",
	 "直接写入块设备（dd of=/dev/sdX）不检查"},
	{"node_commands",
	 "the nodes of disks cannot be opened for writing; what root sends by SCSI commands to a "
	 "node that "
	 "is open for reading, or wrote to one that was open before, is not looked at",
	 "磁盘设备不能以写方式打开；root 通过只读打开的设备发送的 SCSI "
	 "命令，以及此前已打开的设备上的写入，不检查"},
	{"usbfs_mtp", "phones and cameras written by MTP or by usbfs are not looked at",
	 "通过 MTP 或 usbfs 写入的手机和相机不检查"},
	{"read_only_names",
	 "on a device whose rule is read-only, names and attributes can still be changed; only "
	 "opening for writing is refused",
	 "规则为只读的设备上，文件名和属性仍可更改，只拒绝以写方式打开文件"},
	{"blocked_mounts",
	 "a device whose rule is block can still be mounted; opening its files is refused",
	 "规则为禁用的设备仍可挂载，但拒绝打开其中的文件"},
	{"usb_other_classes",
	 "a USB device that does not call itself storage, camera or debugging bridge is only held "
	 "by "
	 "a device rule that names its class",
	 "未声明为存储、相机或调试桥的 USB 设备，只有指明其类别的设备规则才会限制"},
	{"encoded_content",
	 "compressed, encrypted or encoded content and office documents show no identifiers; only "
	 "a rule on what cannot be read, or the label of the source, decides on them",
	 "压缩、加密或编码后的内容以及办公文档看不出标识号，只能由针对不可读内容的规则或来源标记判"
	 "定"},
	{"volume_not_guarded",
	 "a mounted volume could not be put under guard in full; weir status names it",
	 "有已挂载的卷未能完全纳入防护，详见 weir status"},
	{"unlabelled_until_close",
	 "data that does not come from a labelled file lands first; it is found, overwritten and "
	 "reported at close",
	 "不来自已标记文件的数据会先落盘，关闭文件时才被发现、覆盖并报告"},
	{"pipes_between_processes",
	 "data that passes through a pipe to another program is only found at close",
	 "经管道传给其他程序的数据只能在关闭文件时发现"},
	{"agent_stopped",
	 "while the agent is stopped (SIGSTOP), opening files on sinks and labelled files waits, "
	 "for half of the gate's budget: then "
	 "a process of its own continues it",
	 "代理被暂停（SIGSTOP）期间，打开外发卷上的文件和已标记文件会等待，至多为判定时限的一半，随"
	 "后由其守护进程恢复运行"},
	{"agent_dead", "while the agent is not running, nothing is guarded on this tier",
	 "代理未运行时，本级别不提供任何保护"},
	{"no_gate", "openings are not guarded: permission events are off or not to be had",
	 "未守护文件打开操作：权限事件已关闭或不可用"},
	{"gate_opened",
	 "a decision took too long and the gate opened for good; restart the agent and look into "
	 "the cause",
	 "一次判定超时，门控已放行；请重启代理并查明原因"},
	{"closes_unseen", "files closed after writing are not seen", "写入后关闭的文件不可见"},
	{"closes_untried",
	 "too many files wait to be inspected: whether closes are still seen was not tried",
	 "等待检查的文件过多：未能测试关闭事件是否仍然可见"},
	{"no_network_programs", "no network program runs here: nothing that is sent is seen",
	 "没有网络程序运行：外发内容完全不可见"},
	{"tls", "TLS traffic is not read", "不读取 TLS 加密流量"},
	{"unix_sockets", "data handed to a local proxy over a Unix socket is not looked at",
	 "经 Unix 套接字交给本机代理的数据不检查"},
	{"raw_sockets", "raw and packet sockets are not looked at",
	 "原始套接字和链路层套接字不检查"},
	{"splice_to_socket",
	 "sendfile and splice into a socket show no content on kernels before 6.5",
	 "6.5 之前的内核上，sendfile 和 splice 发往套接字的内容不可见"},
	{"packet_boundaries", "identifiers that are cut in two by packets may be missed",
	 "被数据包截断的标识号可能漏检"},
	{"before_start",
	 "files that were written before the agent first ran carry no label until they are written "
	 "again",
	 "代理首次运行前写入的文件，在再次写入前没有标记"},
	{"outside_watch_paths", "files outside the watched folders are not classified",
	 "监视目录以外的文件不分类"},
	{"watch_path_failed", "one of the watched folders could not be watched; see the log",
	 "有监视目录无法监视，详见日志"},
	{"not_scheduled", "nothing scans what already lies on the disks by itself",
	 "没有自动扫描磁盘上已有的数据"},
	/* advice */
	{"lsm_bpf",
	 "boot with bpf in the list of security modules: add it to lsm= on the kernel command line",
	 "在内核命令行的 lsm= 列表中加入 bpf 后重启"},
	{"kernel_with_trampolines",
	 "use a kernel that runs BPF trampolines (CONFIG_BPF_LSM, CONFIG_DYNAMIC_FTRACE, no "
	 "restriction on loading)",
	 "使用支持 BPF 跳板的内核（CONFIG_BPF_LSM、CONFIG_DYNAMIC_FTRACE，且不限制加载）"},
	{"best_tier_configured", "take best_tier out of the agent's configuration",
	 "从代理配置中去掉 best_tier"},
	{"kernel_5_17",
	 "use a kernel from 5.17 on: an older one does not take the programs that read content",
	 "使用 5.17 及以上内核：更旧的内核无法加载检查内容的程序"},
	{"kernel_6_5", "a kernel from 6.5 on shows sendfile into sockets",
	 "使用 6.5 及以上内核，可见 sendfile 发往套接字的内容"},
	{"scan_on_demand", "weir scan PATH looks when asked", "可用 weir scan PATH 按需扫描"},
};

const char *doctor_text(const char *id, bool chinese)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].id, id) == 0)
			return chinese ? words[i].zh : words[i].en;
	return id;
}
