// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel threads that hold one lock until they are stopped. A thread, because a lock
 * must be given back by the task that took it, and must not be taken home to user
 * space. They sleep interruptibly, so that hung_task names only the victims.
 */
#include <linux/kthread.h>
#include <linux/mmap_lock.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "internal.h"

struct lab_holder {
	struct task_struct *task;
	struct completion acquired;
	struct dma_resv *resv;
	struct mm_struct *mm;
};

static void wait_until_stopped(void)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static int hold_resv(void *data)
{
	struct lab_holder *h = data;

	/* Not dma_resv_lock(): behind a stuck revoke it could not be stopped */
	while (!dma_resv_trylock(h->resv)) {
		if (kthread_should_stop())
			return 0;
		schedule_timeout_interruptible(msecs_to_jiffies(10));
	}
	complete(&h->acquired);
	wait_until_stopped();
	dma_resv_unlock(h->resv);
	return 0;
}

static int hold_mmap_lock(void *data)
{
	struct lab_holder *h = data;

	mmap_write_lock(h->mm);
	complete(&h->acquired);
	wait_until_stopped();
	mmap_write_unlock(h->mm);
	return 0;
}

/* Consumes @mm, also on failure */
static struct lab_holder *holder_start(int (*run)(void *), struct dma_resv *resv,
				       struct mm_struct *mm, const char *name)
{
	struct lab_holder *h;
	int ret;

	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h) {
		ret = -ENOMEM;
		goto fail;
	}
	init_completion(&h->acquired);
	h->resv = resv;
	h->mm = mm;
	h->task = kthread_run(run, h, "%s", name);
	if (IS_ERR(h->task)) {
		ret = PTR_ERR(h->task);
		kfree(h);
		goto fail;
	}
	if (wait_for_completion_killable(&h->acquired)) {
		lab_holder_stop(h);
		return ERR_PTR(-EINTR);
	}
	return h;
fail:
	if (mm)
		mmput(mm);
	return ERR_PTR(ret);
}

struct lab_holder *lab_holder_of_resv(struct dma_resv *resv)
{
	return holder_start(hold_resv, resv, NULL, "lab-hold-resv");
}

struct lab_holder *lab_holder_of_mmap_lock(pid_t pid)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct pid *ref;

	ref = find_get_pid(pid);
	task = get_pid_task(ref, PIDTYPE_TGID);
	put_pid(ref);
	if (!task)
		return ERR_PTR(-ESRCH);
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return ERR_PTR(-ESRCH);
	return holder_start(hold_mmap_lock, NULL, mm, "lab-hold-mmap");
}

/* The reference on the mm is dropped here: a thread stopped early never ran */
void lab_holder_stop(struct lab_holder *h)
{
	if (!h)
		return;
	kthread_stop(h->task);
	if (h->mm)
		mmput(h->mm);
	kfree(h);
}
