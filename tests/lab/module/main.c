// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/lab-importer, see lab-importer.h.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

struct lab_session {
	struct mutex mutex;
	struct list_head node; /* by lab_lock */
	struct lab_holder *mm_hold; /* by lab_lock */
};

static DEFINE_MUTEX(lab_lock);
static LIST_HEAD(lab_sessions);
static LIST_HEAD(lab_attachments); /* ids ascend */
static u32 lab_last_id;
static struct platform_device *lab_device;

/* The first attachment of @s (NULL: of anyone) after @id, with a reference */
static struct lab_attachment *attachment_after(const struct lab_session *s, u32 id)
{
	struct lab_attachment *a, *found = NULL;

	mutex_lock(&lab_lock);
	list_for_each_entry(a, &lab_attachments, node)
		if (!found && a->id > id && (!s || a->session == s))
			found = a;
	if (found)
		kref_get(&found->kref);
	mutex_unlock(&lab_lock);
	return found;
}

static struct lab_attachment *attachment_get(const struct lab_session *s, u32 id)
{
	struct lab_attachment *a;

	if (!id)
		return NULL;
	a = attachment_after(s, id - 1);
	if (a && a->id != id) {
		lab_attachment_put(a);
		a = NULL;
	}
	return a;
}

static void for_each_attachment(const struct lab_session *s,
				void (*run)(struct lab_attachment *a))
{
	struct lab_attachment *a;
	u32 id = 0;

	while ((a = attachment_after(s, id))) {
		run(a);
		id = a->id;
		lab_attachment_put(a);
	}
}

static void attachment_remove(struct lab_attachment *a)
{
	mutex_lock(&lab_lock);
	list_del_init(&a->node);
	mutex_unlock(&lab_lock);
	lab_attachment_detach(a);
	lab_attachment_put(a); /* the list's */
}

static struct lab_holder *mm_hold_take(struct lab_session *s)
{
	struct lab_holder *h;

	mutex_lock(&lab_lock);
	h = s->mm_hold;
	s->mm_hold = NULL;
	mutex_unlock(&lab_lock);
	return h;
}

static struct lab_holder *mm_hold_take_any(void)
{
	struct lab_holder *h = NULL;
	struct lab_session *s;

	mutex_lock(&lab_lock);
	list_for_each_entry(s, &lab_sessions, node)
		if (!h)
			swap(h, s->mm_hold);
	mutex_unlock(&lab_lock);
	return h;
}

/*
 * In this order: what a stuck revoke waits for first, since unmapping and the end of
 * an mmap_lock holder that has not got its lock may wait for that revoke.
 */
static ssize_t release_all_store(struct device *dev, struct device_attribute *attr,
				 const char *buf, size_t count)
{
	struct lab_holder *h;

	for_each_attachment(NULL, lab_attachment_let_go);
	for_each_attachment(NULL, lab_attachment_release);
	while ((h = mm_hold_take_any()))
		lab_holder_stop(h);
	return count;
}
static DEVICE_ATTR_WO(release_all);

static struct attribute *lab_importer_attrs[] = {
	&dev_attr_release_all.attr,
	NULL,
};
ATTRIBUTE_GROUPS(lab_importer);

static struct device *device_by_name(const char *name)
{
	if (!strcmp(name, dev_name(&lab_device->dev)))
		return get_device(&lab_device->dev);
	return bus_find_device_by_name(&pci_bus_type, NULL, name);
}

static void attachment_add(struct lab_session *s, struct lab_attachment *a)
{
	a->session = s;
	mutex_lock(&lab_lock);
	a->id = ++lab_last_id;
	list_add_tail(&a->node, &lab_attachments);
	mutex_unlock(&lab_lock);
}

static bool attach_is_valid(const struct lab_importer_attach *arg)
{
	return !(arg->flags & ~LAB_IMPORTER_FLAGS) &&
	       strnlen(arg->device, sizeof(arg->device)) < sizeof(arg->device) &&
	       strnlen(arg->behaviour, sizeof(arg->behaviour)) < sizeof(arg->behaviour);
}

static long ioctl_attach(struct lab_session *s, void __user *user)
{
	struct lab_importer_attach arg;
	struct lab_attachment *a;
	struct device *dev;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (!attach_is_valid(&arg))
		return -EINVAL;
	dev = device_by_name(arg.device);
	if (!dev)
		return -ENXIO;

	mutex_lock(&s->mutex);
	a = lab_attachment_new(&arg, dev);
	if (!IS_ERR(a)) {
		attachment_add(s, a);
		arg.id = a->id;
	}
	mutex_unlock(&s->mutex);

	if (IS_ERR(a)) {
		put_device(dev);
		return PTR_ERR(a);
	}
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long ioctl_state(struct lab_session *s, void __user *user)
{
	struct lab_importer_state state;
	struct lab_attachment *a;

	if (copy_from_user(&state, user, sizeof(state)))
		return -EFAULT;
	a = attachment_get(s, state.id);
	if (!a)
		return -ENOENT;
	/* Without the resv lock: it must answer while a revoke is stuck */
	state.mapped = !!READ_ONCE(a->sgt);
	state.fence = !!READ_ONCE(a->fence);
	state.resv_held = !!READ_ONCE(a->holder);
	state.invalidations = atomic_read(&a->invalidations);
	lab_attachment_put(a);
	return copy_to_user(user, &state, sizeof(state)) ? -EFAULT : 0;
}

static long ioctl_release(struct lab_session *s, u32 id)
{
	struct lab_attachment *a = attachment_get(s, id);

	if (!a)
		return -ENOENT;
	lab_attachment_release(a);
	lab_attachment_put(a);
	return 0;
}

static long hold_mmap_lock(struct lab_session *s, pid_t pid)
{
	struct lab_holder *h;

	if (READ_ONCE(s->mm_hold))
		return -EBUSY;
	h = lab_holder_of_mmap_lock(pid);
	if (IS_ERR(h))
		return PTR_ERR(h);
	mutex_lock(&lab_lock);
	s->mm_hold = h;
	mutex_unlock(&lab_lock);
	return 0;
}

static long run_on_attachment(struct lab_session *s, unsigned int cmd, u32 id)
{
	struct lab_attachment *a = attachment_get(s, id);
	long ret = 0;

	if (!a)
		return -ENOENT;
	switch (cmd) {
	case LAB_IMPORTER_MAP:
		ret = lab_attachment_map(a);
		break;
	case LAB_IMPORTER_UNMAP:
		ret = lab_attachment_unmap(a);
		break;
	case LAB_IMPORTER_DETACH:
		attachment_remove(a);
		break;
	case LAB_IMPORTER_HOLD_RESV:
		ret = lab_attachment_hold_resv(a);
		break;
	}
	lab_attachment_put(a);
	return ret;
}

static long ioctl_serialised(struct lab_session *s, unsigned int cmd, unsigned long arg)
{
	long ret;

	ret = mutex_lock_interruptible(&s->mutex);
	if (ret)
		return ret;
	if (cmd == LAB_IMPORTER_HOLD_MMAP_LOCK)
		ret = hold_mmap_lock(s, arg);
	else
		ret = run_on_attachment(s, cmd, arg);
	mutex_unlock(&s->mutex);
	return ret;
}

static long lab_importer_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct lab_session *s = file->private_data;

	switch (cmd) {
	case LAB_IMPORTER_ATTACH:
		return ioctl_attach(s, (void __user *)arg);
	case LAB_IMPORTER_STATE:
		return ioctl_state(s, (void __user *)arg);
	case LAB_IMPORTER_RELEASE:
		return ioctl_release(s, arg);
	case LAB_IMPORTER_RELEASE_MMAP_LOCK:
		lab_holder_stop(mm_hold_take(s));
		return 0;
	case LAB_IMPORTER_MAP:
	case LAB_IMPORTER_UNMAP:
	case LAB_IMPORTER_DETACH:
	case LAB_IMPORTER_HOLD_RESV:
	case LAB_IMPORTER_HOLD_MMAP_LOCK:
		return ioctl_serialised(s, cmd, arg);
	default:
		return -ENOTTY;
	}
}

static int lab_importer_open(struct inode *inode, struct file *file)
{
	struct lab_session *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	mutex_init(&s->mutex);
	mutex_lock(&lab_lock);
	list_add_tail(&s->node, &lab_sessions);
	mutex_unlock(&lab_lock);
	file->private_data = s;
	return nonseekable_open(inode, file);
}

/* The order is that of release_all, for the same reason */
static int lab_importer_close(struct inode *inode, struct file *file)
{
	struct lab_session *s = file->private_data;

	for_each_attachment(s, lab_attachment_let_go);
	for_each_attachment(s, attachment_remove);
	lab_holder_stop(mm_hold_take(s));
	mutex_lock(&lab_lock);
	list_del(&s->node);
	mutex_unlock(&lab_lock);
	mutex_destroy(&s->mutex);
	kfree(s);
	return 0;
}

static const struct file_operations lab_importer_fops = {
	.owner = THIS_MODULE,
	.open = lab_importer_open,
	.release = lab_importer_close,
	.unlocked_ioctl = lab_importer_ioctl,
};

static struct miscdevice lab_importer_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lab-importer",
	.fops = &lab_importer_fops,
	.groups = lab_importer_groups,
	.mode = 0600,
};

static int __init lab_importer_init(void)
{
	const struct platform_device_info info = {
		.name = "lab",
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};
	int ret;

	lab_device = platform_device_register_full(&info);
	if (IS_ERR(lab_device))
		return PTR_ERR(lab_device);
	ret = misc_register(&lab_importer_misc);
	if (ret)
		platform_device_unregister(lab_device);
	return ret;
}

/* The last signalled fence may still be in an RCU reader that calls our names */
static void __exit lab_importer_exit(void)
{
	misc_deregister(&lab_importer_misc);
	platform_device_unregister(lab_device);
	synchronize_rcu();
}

module_init(lab_importer_init);
module_exit(lab_importer_exit);

MODULE_DESCRIPTION("A dma-buf importer that behaves well or badly, for tests");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
