/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_KERNEL_TYPES_BPF_H
#define DMABUFCTL_OBSERVE_KERNEL_TYPES_BPF_H

/*
 * The members of kernel structs that the BPF programs read, and no others. Their
 * offsets are found in the BTF of the running kernel (CO-RE), so that neither order
 * nor size here mean anything; a struct may have members of several kernel versions,
 * of which bpf_core_field_exists() tells the one that is there. Loading costs a search
 * through all types of the kernel for each struct that is CO_RE.
 */

#include <linux/types.h>

#define CO_RE __attribute__((preserve_access_index))

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

struct list_head {
	struct list_head *next;
} CO_RE;

struct kobject {
	const char *name;
} CO_RE;

struct bus_type {
	const char *name;
} CO_RE;

struct device_driver {
	const char *name;
} CO_RE;

struct mutex {
	atomic64_t owner;
} CO_RE;

struct device {
	struct kobject kobj;
	const char *init_name;
	const struct bus_type *bus;
	struct device_driver *driver;
	struct mutex mutex; /* device_lock() */
	struct {
		const char *name;
	} driver_override; /* since it became generic: no device_lock needed */
} CO_RE;

struct module {
	char name[56];
} CO_RE;

struct super_block {
	unsigned long s_magic;
} CO_RE;

struct inode {
	unsigned short i_mode;
	unsigned int i_rdev;
	unsigned long i_ino;
	struct super_block *i_sb;
} CO_RE;

struct qstr {
	const unsigned char *name;
} CO_RE;

struct dentry {
	struct qstr d_name;
} CO_RE;

struct path {
	struct dentry *dentry;
} CO_RE;

struct file_operations;

typedef struct {
	atomic64_t refcnt;
} file_ref_t;

struct file {
	atomic64_t f_count; /* until 6.12 */
	file_ref_t f_ref; /* since 6.13: 0 means one reference */
	struct inode *f_inode;
	const struct file_operations *f_op;
	struct path f_path;
	void *private_data;
} CO_RE;

struct mm_struct;

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid, suid, euid;
} CO_RE;

struct task_struct {
	int pid;
	int tgid;
	const struct cred *real_cred;
	char comm[16];
	struct task_struct *group_leader;
	struct mm_struct *mm;
} CO_RE;

struct vm_area_struct {
	struct file *vm_file;
} CO_RE;

struct ww_mutex {
	struct mutex base;
} CO_RE;

enum dma_fence_flag_bits {
	DMA_FENCE_FLAG_SIGNALED_BIT, /* its value is that of the running kernel */
};

struct dma_fence {
	void *ops; /* since 7.1 NULL once signalled */
	unsigned long flags;
} CO_RE;

struct dma_resv_list {
	unsigned int num_fences;
	struct dma_fence *table[]; /* low two bits: enum dma_resv_usage */
} CO_RE;

struct dma_resv {
	struct ww_mutex lock;
	struct dma_resv_list *fences;
} CO_RE;

struct dma_buf {
	size_t size;
	struct file *file;
	struct list_head attachments;
	const char *exp_name;
	const char *name;
	void *priv;
	struct dma_resv *resv;
} CO_RE;

struct dma_buf_attach_ops {
	void *invalidate_mappings; /* 7.1 and later, and backports of it */
	void *move_notify; /* its name until 7.0 */
} CO_RE;

struct dma_buf_attachment {
	struct dma_buf *dmabuf;
	struct device *dev;
	struct list_head node;
	bool peer2peer;
	const struct dma_buf_attach_ops *importer_ops;
} CO_RE;

struct pci_dev {
	struct device dev;
} CO_RE;

struct vfio_device {
	struct device *dev;
} CO_RE;

struct vfio_device_file {
	struct vfio_device *device;
} CO_RE;

struct rw_semaphore {
	atomic64_t count;
	atomic64_t owner;
} CO_RE;

struct vfio_pci_core_device {
	struct pci_dev *pdev;
	struct list_head dmabufs;
	struct rw_semaphore memory_lock;
} CO_RE;

struct swait_queue_head {
	struct list_head task_list;
} CO_RE;

struct swait_queue {
	struct task_struct *task;
	struct list_head task_list;
} CO_RE;

struct completion {
	struct swait_queue_head wait;
} CO_RE;

typedef struct {
	atomic_t refs;
} refcount_t;

struct kref {
	refcount_t refcount;
} CO_RE;

struct vfio_pci_dma_buf {
	struct dma_buf *dmabuf;
	struct vfio_pci_core_device *vdev;
	struct list_head dmabufs_elm;
	void *phys_vec; /* array of {u64 paddr, u64 len} */
	unsigned int nr_ranges;
	unsigned char revoked : 1;
	struct kref kref; /* these two since a revoke waits for unmaps: 7.1 */
	struct completion comp;
} CO_RE;

/* iterator contexts, kernel/bpf/{dmabuf_iter,task_iter}.c: fixed for BPF programs */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__dmabuf {
	struct bpf_iter_meta *meta;
	struct dma_buf *dmabuf;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	unsigned int fd;
	struct file *file;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* open-coded iterators: their state is opaque and lives on our stack */
struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

struct bpf_iter_task_vma {
	__u64 opaque[1];
} __attribute__((aligned(8)));

#endif
