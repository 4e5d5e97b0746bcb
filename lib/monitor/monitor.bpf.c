// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs at the entries and exits of kernel functions, which put what happens into a
 * ring. None of them sleeps or takes a lock; a full ring costs the record and nothing
 * else. Those of VFIO can only be loaded while its module is: the loader leaves out what
 * this kernel does not have.
 */
#include <stdbool.h>
#include <stddef.h>

#include "lib/observe/kernel-types.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "lib/model/event-kind.h"
#include "lib/monitor/trace-record.h"
#include "lib/observe/kernel-read.bpf.h"

enum {
	RING_BYTES = 1 << 20,
	BUFFERS_MAX = 1024, /* of one device, in one revoke */
	MOVES_MAX = 1024, /* that are under way on the whole host */
	ERRORS_MAX = 4095, /* MAX_ERRNO */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

/* Since 6.4, before VFIO had buffers; weak, as kernels without them have the rest. */
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/* When the revoke or restore of a buffer began, by its address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOVES_MAX);
	__type(key, __u64);
	__type(value, __u64);
} moves SEC(".maps");

/* Attachments that dma_buf_dynamic_attach() has told of: dma_buf_attach() calls it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOVES_MAX);
	__type(key, __u64);
	__type(value, __u8);
} told SEC(".maps");

/* Of the loader: how many records found no room, and whether this copy is to speak. */
__u64 lost;
__u32 enabled;

struct dma_buf_export_info;

static __always_inline bool is_error(const void *pointer)
{
	return !pointer || (unsigned long)pointer >= (unsigned long)-ERRORS_MAX;
}

/* Everything of a record that depends on nothing but the task, and empty texts. */
static __always_inline void begin(struct trace_record *record, __u32 kind)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	record->kind = kind;
	record->cause = CAUSE_UNKNOWN;
	record->time_ns = bpf_ktime_get_ns();
	record->inode = 0;
	record->size = 0;
	record->duration_ns = -1;
	record->pid = bpf_get_current_pid_tgid() >> 32;
	record->reserved = 0;
	record->comm[0] = '\0';
	BPF_CORE_READ_STR_INTO(&record->comm, task, group_leader, comm);
	record->exporter[0] = '\0';
	record->device[0] = '\0';
	record->attached[0] = '\0';
	record->symbol[0] = '\0';
}

static __always_inline void *reserve(__u64 size)
{
	void *record;

	if (!enabled)
		return NULL;
	record = bpf_ringbuf_reserve(&ring, size, 0);
	if (!record)
		__sync_fetch_and_add(&lost, 1);
	return record;
}

static __always_inline struct trace_record *begin_record(__u32 kind)
{
	struct trace_record *record = reserve(sizeof(*record));

	if (record)
		begin(record, kind);
	return record;
}

static __always_inline void pci_name(char *name, struct pci_dev *pci)
{
	if (!pci)
		return;
	device_name(name, TRACE_DEVICE,
		    (void *)((char *)pci + bpf_core_field_offset(struct pci_dev, dev)));
}

static __always_inline void vfio_name(char *name, struct vfio_pci_core_device *device)
{
	if (device)
		pci_name(name, BPF_CORE_READ(device, pdev));
}

static __always_inline void buffer(struct trace_record *record, struct dma_buf *dmabuf)
{
	const union text16 vfio_name_text = { "vfio_pci_core" };
	struct vfio_pci_dma_buf *vfio;

	record->inode = BPF_CORE_READ(dmabuf, file, f_inode, i_ino);
	record->size = BPF_CORE_READ(dmabuf, size);
	bpf_probe_read_kernel_str(record->exporter, sizeof(record->exporter),
				  BPF_CORE_READ(dmabuf, exp_name));
	if (!bpf_core_type_exists(struct vfio_pci_dma_buf) ||
	    !kernel_text_is(record->exporter, &vfio_name_text))
		return;
	vfio = BPF_CORE_READ(dmabuf, priv);
	if (vfio)
		vfio_name(record->device, BPF_CORE_READ(vfio, vdev));
}

static __always_inline void attachment(__u32 kind, struct dma_buf_attachment *attachment)
{
	struct trace_record *record = begin_record(kind);

	if (!record)
		return;
	buffer(record, BPF_CORE_READ(attachment, dmabuf));
	device_name(record->attached, sizeof(record->attached),
		    BPF_CORE_READ(attachment, dev));
	importer_symbol(record->symbol, sizeof(record->symbol),
			BPF_CORE_READ(attachment, importer_ops));
	bpf_ringbuf_submit(record, 0);
}

SEC("fexit/dma_buf_export")
int BPF_PROG(buffer_exported, const struct dma_buf_export_info *info,
	     struct dma_buf *dmabuf)
{
	struct trace_record *record;

	if (is_error(dmabuf))
		return 0;
	record = begin_record(EVENT_EXPORT);
	if (!record)
		return 0;
	buffer(record, dmabuf);
	bpf_ringbuf_submit(record, 0);
	return 0;
}

/* The last file is closed: from here on the buffer cannot be found any more. */
SEC("fentry/dma_buf_file_release")
int BPF_PROG(buffer_released, struct inode *inode, struct file *file)
{
	struct dma_buf *dmabuf = BPF_CORE_READ(file, private_data);
	struct trace_record *record;

	if (!dmabuf)
		return 0;
	record = begin_record(EVENT_RELEASE);
	if (!record)
		return 0;
	buffer(record, dmabuf);
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("fexit/dma_buf_dynamic_attach")
int BPF_PROG(importer_attached, struct dma_buf *dmabuf, struct device *device,
	     const struct dma_buf_attach_ops *ops, void *priv,
	     struct dma_buf_attachment *result)
{
	__u64 key = (unsigned long)result;
	__u8 yes = 1;

	if (is_error(result))
		return 0;
	bpf_map_update_elem(&told, &key, &yes, BPF_ANY);
	attachment(EVENT_ATTACH, result);
	return 0;
}

/* Where a compiler has put dma_buf_dynamic_attach() into it, nothing else sees it. */
SEC("fexit/dma_buf_attach")
int BPF_PROG(static_attached, struct dma_buf *dmabuf, struct device *device,
	     struct dma_buf_attachment *result)
{
	__u64 key = (unsigned long)result;

	if (!is_error(result) && !bpf_map_lookup_elem(&told, &key))
		attachment(EVENT_ATTACH, result);
	return 0;
}

SEC("fentry/dma_buf_detach")
int BPF_PROG(importer_detached, struct dma_buf *dmabuf,
	     struct dma_buf_attachment *leaving)
{
	__u64 key = (unsigned long)leaving;

	if (!leaving)
		return 0;
	bpf_map_delete_elem(&told, &key);
	attachment(EVENT_DETACH, leaving);
	return 0;
}

static __always_inline void device_event(__u32 kind, struct vfio_pci_core_device *device)
{
	struct trace_record *record = begin_record(kind);

	if (!record)
		return;
	vfio_name(record->device, device);
	bpf_ringbuf_submit(record, 0);
}

/* Every VFIO driver of PCI calls it at the end of the first open. */
SEC("fentry/vfio_pci_core_finish_enable")
int BPF_PROG(device_opened, struct vfio_pci_core_device *device)
{
	device_event(EVENT_OPEN, device);
	return 0;
}

/* The VFIO device is the first member of VFIO's PCI device (linux/vfio_pci_core.h). */
SEC("fexit/vfio_pci_core_close_device")
int BPF_PROG(device_closed, struct vfio_pci_core_device *device)
{
	device_event(EVENT_CLOSE, device);
	return 0;
}

static __always_inline void put_callers(struct trace_record_move *move, void *ctx)
{
	static const char format[] = "%ps";
	__u64 addresses[TRACE_CALLERS] = {};

	/* the first of them is our own program */
	(void)bpf_get_stack(ctx, addresses, sizeof(addresses), 1);
	for (int i = 0; i < TRACE_CALLERS; i++) {
		move->callers[i][0] = '\0';
		if (addresses[i])
			bpf_snprintf(move->callers[i], TRACE_CALLER, format,
				     &addresses[i], sizeof(addresses[i]));
	}
}

static __always_inline void put_move(void *ctx, struct vfio_pci_core_device *device,
				     struct vfio_pci_dma_buf *vfio, __u32 kind,
				     __s64 duration)
{
	struct trace_record_move *move = reserve(sizeof(*move));

	if (!move)
		return;
	begin(&move->record, kind);
	buffer(&move->record, BPF_CORE_READ(vfio, dmabuf));
	vfio_name(move->record.device, device);
	move->record.duration_ns = duration;
	put_callers(move, ctx);
	bpf_ringbuf_submit(move, 0);
}

static __always_inline void move_begins(void *ctx, struct vfio_pci_core_device *device,
					struct vfio_pci_dma_buf *vfio, bool revoked)
{
	__u64 key = (unsigned long)vfio, now = bpf_ktime_get_ns();

	if (BPF_CORE_READ_BITFIELD_PROBED(vfio, revoked) == revoked)
		return;
	bpf_map_update_elem(&moves, &key, &now, BPF_ANY);
	if (revoked)
		put_move(ctx, device, vfio, EVENT_REVOKING, -1);
}

static __always_inline void move_ends(void *ctx, struct vfio_pci_core_device *device,
				      struct vfio_pci_dma_buf *vfio, bool revoked)
{
	__u64 key = (unsigned long)vfio;
	__u64 *began = bpf_map_lookup_elem(&moves, &key);
	__s64 duration;

	if (!began)
		return;
	duration = bpf_ktime_get_ns() - *began;
	bpf_map_delete_elem(&moves, &key);
	if (BPF_CORE_READ_BITFIELD_PROBED(vfio, revoked) == revoked)
		put_move(ctx, device, vfio, revoked ? EVENT_REVOKE : EVENT_RESTORE,
			 duration);
}

/* The list cannot change: whoever calls it has the device's memory_lock for writing. */
static __always_inline void walk_buffers(void *ctx, struct vfio_pci_core_device *device,
					 bool revoked, bool begins)
{
	struct list_head *head =
		(void *)((char *)device + bpf_core_field_offset(device->dmabufs));
	struct list_head *node = BPF_CORE_READ(head, next);
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, BUFFERS_MAX);
	while (bpf_iter_num_next(&it)) {
		struct vfio_pci_dma_buf *vfio;

		if (!node || node == head)
			break;
		vfio = (void *)((char *)node -
				bpf_core_field_offset(struct vfio_pci_dma_buf,
						      dmabufs_elm));
		if (begins)
			move_begins(ctx, device, vfio, revoked);
		else
			move_ends(ctx, device, vfio, revoked);
		node = BPF_CORE_READ(node, next);
	}
	bpf_iter_num_destroy(&it);
	if (node && node != head)
		__sync_fetch_and_add(&lost, 1);
}

/* revoked is a bool: what lies beyond its byte is not for us */
SEC("fentry/vfio_pci_dma_buf_move")
int BPF_PROG(move_entered, struct vfio_pci_core_device *device, unsigned long revoked)
{
	walk_buffers(ctx, device, revoked & 1, true);
	return 0;
}

SEC("fexit/vfio_pci_dma_buf_move")
int BPF_PROG(move_left, struct vfio_pci_core_device *device, unsigned long revoked)
{
	walk_buffers(ctx, device, revoked & 1, false);
	return 0;
}

static __always_inline void put_reset(struct pci_dev *pci, __u32 cause, int result)
{
	struct trace_record *record;

	if (result != 0)
		return;
	record = begin_record(EVENT_RESET);
	if (!record)
		return;
	pci_name(record->device, pci);
	record->cause = cause;
	bpf_ringbuf_submit(record, 0);
}

/* By sysfs: no buffer is revoked by it (vfio-pci has no reset_prepare). */
SEC("fexit/pci_reset_function")
int BPF_PROG(function_reset, struct pci_dev *pci, int result)
{
	put_reset(pci, CAUSE_RESET, result);
	return 0;
}

/* By VFIO, on behalf of an owner. */
SEC("fexit/pci_try_reset_function")
int BPF_PROG(function_try_reset, struct pci_dev *pci, int result)
{
	put_reset(pci, CAUSE_RESET, result);
	return 0;
}

SEC("fexit/pci_reset_bus")
int BPF_PROG(bus_reset, struct pci_dev *pci, int result)
{
	put_reset(pci, CAUSE_HOT_RESET, result);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
