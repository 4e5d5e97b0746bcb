/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_READINESS_INTERNAL_H
#define DMABUFCTL_JUDGE_READINESS_INTERNAL_H

/*
 * The rules of judge_readiness(), a family of them in each file. Each appends its
 * findings and returns 0 or -ENOMEM.
 */

#include "lib/judge/judge-internal.h"

/* A device that is checked, and what is found. */
struct check {
	const struct snapshot *snapshot;
	const struct device *device;
	struct readiness *findings;
};

/* A process as reasons name it; room for its comm, pid and unit. */
struct process_text {
	char text[440];
};

/* "qemu-system-x86[812] (vm.scope)"; "a process" when it is not known. */
const char *process_text(const struct process *process, struct process_text *room);

/* Fills pid, comm and unit. NULL leaves them unknown. */
void finding_set_process(struct finding *finding, const struct process *process);

/* What a person does to make this process let go; may be in room. */
const char *process_remedy(const struct process *process, struct process_text *room);

/* Was nothing seen because whoever asks has left this source out? */
bool source_is_left_out(const struct check *check, enum source source);

/* What to do where something could not be seen that this source would tell. */
const char *unseen_remedy(const struct check *check, enum source source);

struct shell_word {
	char text[512];
};

/*
 * A name as a word of a command that people paste into a shell, quoted where it has to
 * be. NULL: there is none, it is too long, or it has characters that no shell, or
 * nobody's eyes, may meet.
 */
const char *shell_word(const char *name, struct shell_word *room);

/* A host driver has it, and would miss it: no bridge, no pci-stub. */
bool device_is_host_driven(const struct device *device);

/* Does its buffer still have importers to stop? */
bool buffer_is_live_on(const struct buffer *buffer, const struct device *device);

/* Not revoked, nothing tells whose it is, and this open device may have exported it. */
bool buffer_may_be_of(const struct buffer *buffer, const struct device *device);

/* May this attachment keep a revoke waiting? */
bool attachment_may_wait(const struct attachment *attachment);

/* The task that takes this device away; NULL: none, or it cannot be told which. */
const struct blocked_task *release_task(const struct check *check);
bool release_is_under_way(const struct check *check);

int check_release(struct check *check); /* readiness-release.c */
int check_kernel(struct check *check); /* readiness-kernel.c */
int check_owners(struct check *check); /* readiness-owner.c */
int check_attachments(struct check *check); /* readiness-buffer.c */
int check_holders(struct check *check);
int check_orphans(struct check *check);
int check_group(struct check *check); /* readiness-neighbour.c */
int check_virtual_functions(struct check *check);
int check_reset_siblings(struct check *check);
int check_mdevs(struct check *check); /* readiness-mdev.c */
int check_settings(struct check *check); /* readiness-host.c */
int check_host_use(struct check *check);
int check_unseen(struct check *check);

#endif
