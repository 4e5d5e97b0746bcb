// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three iterators that write the records of record.h into their seq_file: all dma-bufs
 * with their attachments, all open files that matter, all mappings that matter. They
 * take no reservation lock, so that a revoke that is stuck cannot stop them.
 */
#include <stdbool.h>
#include <stddef.h>

#include "lib/observe/kernel-types.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "lib/model/feature.h"
#include "lib/observe/kernel-read.bpf.h"
#include "lib/observe/record.h"

enum {
	DMA_BUF_MAGIC = 0x444d4142, /* linux/magic.h */
	ANON_INODE_FS_MAGIC = 0x09041934,
	S_IFMT = 0170000,
	S_IFCHR = 0020000,
	POINTER_FLAGS = 7, /* low bits of lock owners */
	USAGE_FLAGS = 3, /* low bits of fences: DMA_RESV_LIST_MASK */
	FENCES_MAX = 8, /* of one buffer: one is enough to be blamed */
	BUSY = 16, /* EBUSY */
};

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task,
				 __u64 address) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;

/* Too large for the stack; each loader has its own copy and one reader. */
static struct record_buffer buffer_record;
static struct record_vfio_buffer vfio_record;
static struct record_range range_record;
static struct record_attachment attachment_record;
static struct record_holder holder_record;
static struct record_owner owner_record;
static struct record_character_device node_record;
static struct record_process_mark mark_record;
static struct record_features features_record;
static struct record_fence fence_record;
static struct record_device_lock lock_record;

/* the loader reads it too: FEATURE_* bits of lib/model/feature.h */
__u32 kernel_features;

/*
 * Of the process at hand. Not on the stack: there the verifier would follow every number
 * of turns of the loop by itself.
 */
static __u32 mappings_put;
static __u64 last_mapping;

/* Set once seen: the file operations of every VFIO device are the same. */
static const struct file_operations *vfio_device_fops;

enum { BPF_SOURCE = 0 }; /* SOURCE_BPF of lib/model/source.h */

static __always_inline void header(struct record *record, __u16 type, __u16 length)
{
	record->type = type;
	record->length = length;
	record->source = BPF_SOURCE;
}

#define PUT(meta, record, kind)                                                          \
	({                                                                               \
		header(&(record)->header, kind, sizeof(*(record)));                      \
		bpf_seq_write((meta)->seq, (record), sizeof(*(record)));                 \
	})

static __always_inline __s64 file_references(struct file *file)
{
	/* the iterator itself holds one reference */
	if (bpf_core_field_exists(file->f_ref))
		return file->f_ref.refcnt.counter;
	if (bpf_core_field_exists(file->f_count))
		return file->f_count.counter - 1;
	return -1;
}

/* Fills the callback's or the ops' symbol and the flags of an attachment. */
static __always_inline void importer(const struct dma_buf_attach_ops *ops)
{
	attachment_record.symbol[0] = '\0';
	attachment_record.flags |= ATTACHMENT_DYNAMIC_KNOWN;
	if (!ops)
		return;
	attachment_record.flags |= ATTACHMENT_HAS_OPS;
	if (importer_symbol(attachment_record.symbol, sizeof(attachment_record.symbol),
			    ops))
		attachment_record.flags |= ATTACHMENT_HAS_CALLBACK;
}

static __always_inline void put_attachment(struct bpf_iter_meta *meta,
					   struct dma_buf *dmabuf, __u64 inode,
					   struct dma_buf_attachment *attachment)
{
	struct device *device = BPF_CORE_READ(attachment, dev);

	attachment_record.inode = inode;
	attachment_record.flags =
		BPF_CORE_READ(attachment, peer2peer) ? ATTACHMENT_PEER2PEER : 0;
	device_name(attachment_record.device, sizeof(attachment_record.device), device);
	attachment_record.bus[0] = '\0';
	bpf_probe_read_kernel_str(attachment_record.bus, sizeof(attachment_record.bus),
				  BPF_CORE_READ(device, bus, name));
	attachment_record.driver[0] = '\0';
	bpf_probe_read_kernel_str(attachment_record.driver,
				  sizeof(attachment_record.driver),
				  BPF_CORE_READ(device, driver, name));
	importer(BPF_CORE_READ(attachment, importer_ops));
	/* freed while we looked? Then what was read may be anything */
	if (BPF_CORE_READ(attachment, dmabuf) == dmabuf)
		PUT(meta, &attachment_record, RECORD_ATTACHMENT);
}

/*
 * Calls put_attachment() for the first RECORD_ATTACHMENTS_MAX attachments, or only
 * counts all of them. No lock is held: an entry may go away while we look, then its
 * dmabuf no longer points here and the walk ends.
 */
static __always_inline __u32 walk_attachments(struct bpf_iter_meta *meta,
					      struct dma_buf *dmabuf, __u64 inode,
					      bool put)
{
	struct list_head *head =
		(void *)((char *)dmabuf + bpf_core_field_offset(dmabuf->attachments));
	struct list_head *node = dmabuf->attachments.next;
	struct bpf_iter_num it;
	__u32 count = 0;

	bpf_iter_num_new(&it, 0, put ? RECORD_ATTACHMENTS_MAX : 65536);
	while (bpf_iter_num_next(&it)) {
		struct dma_buf_attachment *attachment;

		if (!node || node == head)
			break;
		attachment =
			(void *)((char *)node -
				 bpf_core_field_offset(struct dma_buf_attachment, node));
		if (BPF_CORE_READ(attachment, dmabuf) != dmabuf)
			break;
		if (put)
			put_attachment(meta, dmabuf, inode, attachment);
		count++;
		node = BPF_CORE_READ(node, next);
	}
	bpf_iter_num_destroy(&it);
	return count;
}

static __always_inline void put_ranges(struct bpf_iter_meta *meta, __u64 inode,
				       const char *ranges, __u32 count)
{
	struct bpf_iter_num it;
	const int *index;
	__u64 range[2];

	range_record.inode = inode;
	bpf_iter_num_new(&it, 0, RECORD_RANGES_MAX);
	while ((index = bpf_iter_num_next(&it))) {
		if ((__u32)*index >= count)
			break;
		if (bpf_probe_read_kernel(range, sizeof(range),
					  ranges + *index * sizeof(range)))
			break;
		range_record.address = range[0];
		range_record.length = range[1];
		PUT(meta, &range_record, RECORD_RANGE);
	}
	bpf_iter_num_destroy(&it);
}

/* The task that waits in the completion of a revoke, for importers to unmap. */
static __always_inline struct task_struct *waiter(struct vfio_pci_dma_buf *vfio)
{
	struct list_head *head, *first;

	if (!bpf_core_field_exists(vfio->comp))
		return NULL;
	head = (void *)((char *)vfio + bpf_core_field_offset(vfio->comp.wait.task_list));
	first = BPF_CORE_READ(vfio, comp.wait.task_list.next);
	if (!first || first == head)
		return NULL;
	return BPF_CORE_READ(
		(struct swait_queue *)((char *)first -
				       bpf_core_field_offset(struct swait_queue,
							     task_list)),
		task);
}

/*
 * Before that a revoke waits for fences and callbacks, with the reservation lock of the
 * buffer and the device's memory_lock (for writing: count bit 0) in its hands. Who holds
 * only one of them does something else (7.2 vfio_pci_dmabuf.c:336).
 */
static __always_inline struct task_struct *
lock_holder(struct dma_buf *dmabuf, struct vfio_pci_core_device *device)
{
	struct dma_resv *resv = BPF_CORE_READ(dmabuf, resv);
	__u64 owner, writer;

	if (!device || !bpf_core_field_exists(resv->lock.base.owner) ||
	    !bpf_core_field_exists(device->memory_lock.owner))
		return NULL;
	if (!(BPF_CORE_READ(device, memory_lock.count.counter) & 1))
		return NULL;
	owner = BPF_CORE_READ(resv, lock.base.owner.counter) & ~(__u64)POINTER_FLAGS;
	writer = BPF_CORE_READ(device, memory_lock.owner.counter) & ~(__u64)POINTER_FLAGS;
	return owner == writer ? (void *)owner : NULL;
}

static __always_inline __s32 revoke_writer(struct dma_buf *dmabuf,
					   struct vfio_pci_dma_buf *vfio,
					   struct vfio_pci_core_device *device)
{
	struct task_struct *task = waiter(vfio);

	if (!task)
		task = lock_holder(dmabuf, device);
	return task ? BPF_CORE_READ(task, tgid) : 0;
}

/*
 * The references beyond the exporter's own, which it drops for the wait in which it
 * wants to see the others go (7.2 vfio_pci_dmabuf.c:359).
 */
static __always_inline __s32 live_mappings(struct vfio_pci_dma_buf *vfio)
{
	__s32 references;

	if (!bpf_core_field_exists(vfio->kref))
		return -1;
	references = BPF_CORE_READ(vfio, kref.refcount.refs.counter);
	if (references > 0 && !waiter(vfio))
		references--;
	return references;
}

static __always_inline void put_fence(struct bpf_iter_meta *meta, __u64 inode,
				      struct dma_fence *fence)
{
	static const char format[] = "%ps";
	__u64 signalled = 1ULL << bpf_core_enum_value(enum dma_fence_flag_bits,
						      DMA_FENCE_FLAG_SIGNALED_BIT);
	__u64 symbol[1] = { (unsigned long)BPF_CORE_READ(fence, ops) };

	if (!symbol[0] || BPF_CORE_READ(fence, flags) & signalled)
		return;
	fence_record.inode = inode;
	bpf_snprintf(fence_record.symbol, sizeof(fence_record.symbol), format, symbol,
		     sizeof(symbol));
	PUT(meta, &fence_record, RECORD_FENCE);
}

/* No lock is held: a fence may be freed under us, and then what is read may be old. */
static __always_inline void put_fences(struct bpf_iter_meta *meta, struct dma_buf *dmabuf,
				       __u64 inode)
{
	struct dma_resv *resv = BPF_CORE_READ(dmabuf, resv);
	struct dma_resv_list *list;
	struct bpf_iter_num it;
	const int *index;
	__u32 count;
	__u64 entry;

	if (!bpf_core_field_exists(resv->fences) ||
	    !bpf_core_enum_value_exists(enum dma_fence_flag_bits,
					DMA_FENCE_FLAG_SIGNALED_BIT))
		return;
	list = BPF_CORE_READ(resv, fences);
	if (!list)
		return;
	count = BPF_CORE_READ(list, num_fences);
	bpf_iter_num_new(&it, 0, FENCES_MAX);
	while ((index = bpf_iter_num_next(&it))) {
		if ((__u32)*index >= count)
			break;
		if (bpf_probe_read_kernel(&entry, sizeof(entry),
					  (char *)list +
						  bpf_core_field_offset(list->table) +
						  *index * sizeof(entry)))
			break;
		put_fence(meta, inode, (void *)(entry & ~(__u64)USAGE_FLAGS));
	}
	bpf_iter_num_destroy(&it);
}

/* A driver that leaves keeps its device's lock until the owner has let go. */
static __always_inline void put_lock(struct bpf_iter_meta *meta, struct device *device)
{
	struct task_struct *task;

	if (!bpf_core_field_exists(device->mutex.owner))
		return;
	task = (void *)(BPF_CORE_READ(device, mutex.owner.counter) &
			~(__u64)POINTER_FLAGS);
	if (!task)
		return;
	lock_record.tid = BPF_CORE_READ(task, pid);
	device_name(lock_record.device, sizeof(lock_record.device), device);
	PUT(meta, &lock_record, RECORD_DEVICE_LOCK);
}

static __always_inline void put_vfio(struct bpf_iter_meta *meta, struct dma_buf *dmabuf,
				     __u64 inode)
{
	struct vfio_pci_dma_buf *vfio = BPF_CORE_READ(dmabuf, priv);
	struct vfio_pci_core_device *device;

	/* another version of the exporter: its state cannot be told */
	if (!bpf_core_field_exists(vfio->vdev) || !bpf_core_field_exists(vfio->revoked) ||
	    !bpf_core_field_exists(vfio->nr_ranges) ||
	    !bpf_core_field_exists(vfio->phys_vec))
		return;
	/* it is what its exporter's name says only if it points back at us */
	if (!vfio || BPF_CORE_READ(vfio, dmabuf) != dmabuf)
		return;
	device = BPF_CORE_READ(vfio, vdev);
	vfio_record.inode = inode;
	vfio_record.revoked = BPF_CORE_READ_BITFIELD_PROBED(vfio, revoked);
	vfio_record.closed = !device;
	vfio_record.writer =
		vfio_record.revoked ? revoke_writer(dmabuf, vfio, device) : 0;
	vfio_record.mappings = live_mappings(vfio);
	vfio_record.ranges = BPF_CORE_READ(vfio, nr_ranges);
	vfio_record.device[0] = '\0';
	if (device) {
		struct device *pci = (void *)((char *)BPF_CORE_READ(device, pdev) +
					      bpf_core_field_offset(struct pci_dev, dev));

		device_name(vfio_record.device, sizeof(vfio_record.device), pci);
		put_lock(meta, pci);
	}
	PUT(meta, &vfio_record, RECORD_VFIO_BUFFER);
	put_fences(meta, dmabuf, inode);
	put_ranges(meta, inode, BPF_CORE_READ(vfio, phys_vec), vfio_record.ranges);
}

static __always_inline void put_features(struct bpf_iter_meta *meta)
{
	const struct dma_buf_attach_ops *ops = NULL;
	const struct vfio_pci_dma_buf *vfio = NULL;
	const struct device *device = NULL;

	features_record.features = FEATURE_PROBED;
	if (bpf_core_field_exists(ops->invalidate_mappings))
		features_record.features |= FEATURE_INVALIDATE_MAPPINGS;
	if (bpf_core_field_exists(ops->move_notify))
		features_record.features |= FEATURE_MOVE_NOTIFY;
	if (bpf_core_type_exists(struct vfio_pci_dma_buf))
		features_record.features |= FEATURE_VFIO_DMA_BUF;
	if (bpf_core_type_exists(struct vfio_pci_dma_buf) &&
	    bpf_core_field_exists(vfio->comp))
		features_record.features |= FEATURE_VFIO_WAITS;
	if (bpf_core_field_exists(device->driver_override))
		features_record.features |= FEATURE_SAFE_OVERRIDE;
	if (bpf_core_type_exists(struct vfio_device_file))
		features_record.features |= FEATURE_VFIO_OWNERS;
	kernel_features = features_record.features;
	PUT(meta, &features_record, RECORD_FEATURES);
}

SEC("iter/dmabuf")
int observe_buffers(struct bpf_iter__dmabuf *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct dma_buf *dmabuf = ctx->dmabuf;
	const union text16 vfio = { "vfio_pci_core" };
	const char *name, *exporter;
	struct file *file;

	if (!dmabuf)
		return 0;
	file = dmabuf->file;
	name = dmabuf->name;
	exporter = dmabuf->exp_name;
	buffer_record.inode = file->f_inode->i_ino;
	buffer_record.size = dmabuf->size;
	buffer_record.references = file_references(file);
	buffer_record.attachments_known = 1;

	buffer_record.name[0] = '\0';
	if (name)
		bpf_probe_read_kernel_str(buffer_record.name, sizeof(buffer_record.name),
					  name);
	buffer_record.named = buffer_record.name[0] != '\0';
	buffer_record.exporter[0] = '\0';
	bpf_probe_read_kernel_str(buffer_record.exporter, sizeof(buffer_record.exporter),
				  exporter);
	buffer_record.attachments =
		walk_attachments(meta, dmabuf, buffer_record.inode, false);
	PUT(meta, &buffer_record, RECORD_BUFFER);
	if (buffer_record.attachments > 0)
		walk_attachments(meta, dmabuf, buffer_record.inode, true);
	if (bpf_core_type_exists(struct vfio_pci_dma_buf) &&
	    kernel_text_is(exporter, &vfio))
		put_vfio(meta, dmabuf, buffer_record.inode);
	return 0;
}

/* An anonymous inode's name is the kernel's own: nobody can forge it. */
static __always_inline bool is_anonymous_vfio_device(struct file *file)
{
	const union text16 vfio = { "[vfio-device]" };

	return kernel_text_is(BPF_CORE_READ(file, f_path.dentry, d_name.name), &vfio);
}

/*
 * By its cdev the file looks like any node: only its operations tell. Their symbol is
 * "vfio_device_fops", with " [vfio]" behind it where VFIO is a module.
 */
static __always_inline bool is_vfio_device_node(const struct file_operations *operations)
{
	static const char format[] = "%ps";
	static const union {
		char bytes[16];
		__u64 words[2];
	} expected = { { 'v', 'f', 'i', 'o', '_', 'd', 'e', 'v', 'i', 'c', 'e', '_', 'f',
			 'o', 'p', 's' } };
	__u64 symbol[1] = { (unsigned long)operations };
	union {
		char bytes[40];
		__u64 words[5];
	} name = {};

	if (operations == vfio_device_fops)
		return true;
	bpf_snprintf(name.bytes, sizeof(name.bytes), format, symbol, sizeof(symbol));
	if ((name.words[0] ^ expected.words[0]) | (name.words[1] ^ expected.words[1]))
		return false;
	if (name.bytes[16] != '\0' && name.bytes[16] != ' ')
		return false;
	vfio_device_fops = operations;
	return true;
}

static __always_inline void process_comm(char comm[RECORD_COMM], struct task_struct *task)
{
	bpf_probe_read_kernel_str(comm, RECORD_COMM, task->group_leader->comm);
}

/* Only where all of them are the same it is that user's and nobody else's. */
static __always_inline __u32 process_uid(struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, group_leader, real_cred);
	__u32 uid = BPF_CORE_READ(cred, uid.val);

	return uid == BPF_CORE_READ(cred, euid.val) &&
			       uid == BPF_CORE_READ(cred, suid.val)
		       ? uid
		       : RECORD_UID_UNKNOWN;
}

/* Puts a record_owner if file is a VFIO device whose owner is task. */
static __always_inline void put_owner(struct bpf_iter_meta *meta,
				      struct task_struct *task, struct file *file,
				      __s32 fd)
{
	struct vfio_device_file *vfio = BPF_CORE_READ(file, private_data);
	struct device *device = BPF_CORE_READ(vfio, device, dev);

	if (!device)
		return;
	owner_record.pid = task->tgid;
	owner_record.fd = fd;
	owner_record.uid = process_uid(task);
	process_comm(owner_record.comm, task);
	device_name(owner_record.device, sizeof(owner_record.device), device);
	PUT(meta, &owner_record, RECORD_OWNER);
	if (fd >= 0)
		put_lock(meta, device);
}

static __always_inline void put_holder(struct bpf_iter_meta *meta,
				       struct task_struct *task, __u64 inode, __s32 fd)
{
	holder_record.inode = inode;
	holder_record.pid = task->tgid;
	holder_record.fd = fd;
	holder_record.uid = process_uid(task);
	process_comm(holder_record.comm, task);
	PUT(meta, &holder_record, RECORD_HOLDER);
}

static __always_inline bool is_vfio_device(struct file *file, struct inode *inode,
					   unsigned long magic)
{
	if (!bpf_core_type_exists(struct vfio_device_file))
		return false;
	if (magic == ANON_INODE_FS_MAGIC)
		return is_anonymous_vfio_device(file);
	return (inode->i_mode & S_IFMT) == S_IFCHR && is_vfio_device_node(file->f_op);
}

/* Terminals and /dev/null are open everywhere and import nothing. */
static __always_inline bool is_dull_major(__u32 major)
{
	return major == 1 || (major >= 4 && major <= 5) || major == 136;
}

SEC("iter/task_file")
int observe_files(struct bpf_iter__task_file *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct inode *inode;
	unsigned long magic;
	__u32 node;

	if (!task || !file)
		return 0;
	inode = file->f_inode;
	magic = inode->i_sb->s_magic;
	if (magic == DMA_BUF_MAGIC) {
		put_holder(meta, task, inode->i_ino, ctx->fd);
		return 0;
	}
	if (magic != ANON_INODE_FS_MAGIC && (inode->i_mode & S_IFMT) != S_IFCHR)
		return 0;
	node = inode->i_rdev;
	if (magic != ANON_INODE_FS_MAGIC && is_dull_major(node >> 20))
		return 0;
	if (is_vfio_device(file, inode, magic)) {
		put_owner(meta, task, file, ctx->fd);
		return 0;
	}
	if (magic == ANON_INODE_FS_MAGIC)
		return 0;
	node_record.pid = task->tgid;
	node_record.major = node >> 20;
	node_record.minor = node & 0xfffff;
	node_record.uid = process_uid(task);
	process_comm(node_record.comm, task);
	PUT(meta, &node_record, RECORD_CHARACTER_DEVICE);
	return 0;
}

/* The mapping of one VMA, if it matters and is not that of its neighbour again. */
static __always_inline void put_mapping(struct bpf_iter_meta *meta,
					struct task_struct *task, struct file *file)
{
	struct inode *inode = file->f_inode;
	unsigned long magic = inode->i_sb->s_magic;

	if (magic == DMA_BUF_MAGIC) {
		if (inode->i_ino == last_mapping)
			return;
		last_mapping = inode->i_ino;
		put_holder(meta, task, inode->i_ino, -1);
		mappings_put++;
	} else if (is_vfio_device(file, inode, magic)) {
		put_owner(meta, task, file, -1);
		mappings_put++;
	}
}

/* A main thread that has ended leaves the memory to the other threads. */
static __always_inline bool speaks_for_its_process(struct task_struct *task)
{
	return task->mm && (task->pid == task->tgid || !task->group_leader->mm);
}

SEC("iter/task")
int observe_mappings(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma;
	struct bpf_iter_task_vma it;
	int r;

	/* some task is always there, a dma-buf is not */
	if (!kernel_features)
		put_features(meta);
	if (!task || !speaks_for_its_process(task))
		return 0;
	mappings_put = 0;
	last_mapping = 0;
	/* never sleeps: a process whose mmap_lock is taken is one unreadable process */
	r = bpf_iter_task_vma_new(&it, task, 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		/* read once: the verifier forgets what a second read was checked for */
		struct file *file = vma->vm_file;

		if (file)
			put_mapping(meta, task, file);
		if (mappings_put >= RECORD_MAPPINGS_MAX)
			break;
	}
	bpf_iter_task_vma_destroy(&it);
	if (r == -BUSY || mappings_put >= RECORD_MAPPINGS_MAX) {
		mark_record.pid = task->tgid;
		PUT(meta, &mark_record, RECORD_PROCESS_UNREADABLE);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
