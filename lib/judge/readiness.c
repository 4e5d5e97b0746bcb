/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/judge/readiness-internal.h"

bool text_equals(const char *one, const char *other)
{
	return one && other && strcmp(one, other) == 0;
}

const char *process_text(const struct process *process, struct process_text *room)
{
	if (!process)
		return "a process";
	if (process->pid == 0)
		return "a process of another user";
	(void)snprintf(room->text, sizeof(room->text), "%s[%d]%s%s%s",
		       process->comm ? process->comm : "?", process->pid,
		       process->unit ? " (" : "", process->unit ? process->unit : "",
		       process->unit ? ")" : "");
	return room->text;
}

void finding_set_process(struct finding *finding, const struct process *process)
{
	if (!process)
		return;
	finding->pid = process->pid;
	finding->comm = process->comm;
	finding->unit = process->unit;
}

bool device_has_owner(const struct device *device, const struct process *process)
{
	for (size_t i = 0; i < device->n_owners; i++)
		if (device->owners[i].process == process)
			return true;
	return false;
}

/* Bridges, base class 06, pass on what others do and take part in no group. */
bool device_is_host_driven(const struct device *device)
{
	return device->state == DEVICE_HOST && device->class >> 16 != 0x06 &&
	       !text_equals(device->driver, "pcieport") &&
	       !text_equals(device->driver, "pci-stub");
}

bool buffer_is_live_on(const struct buffer *buffer, const struct device *device)
{
	return text_equals(buffer->device, device->address) &&
	       (buffer->state == BUFFER_STATE_LIVE ||
		buffer->state == BUFFER_STATE_REVOKING ||
		buffer->state == BUFFER_STATE_UNKNOWN);
}

bool attachment_may_wait(const struct attachment *attachment)
{
	return attachment->revocable != VERDICT_YES || attachment->drain != DRAIN_AT_ONCE;
}

static int run_rules(struct check *check)
{
	static int (*const rules[])(struct check *) = {
		check_release,
		check_kernel,
		check_owners,
		check_attachments,
		check_holders,
		check_group,
		check_virtual_functions,
		check_reset_siblings,
		check_mdevs,
		check_settings,
		check_host_use,
		check_orphans,
		check_unseen,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rules); i++)
		r = rules[i](check);
	return r;
}

int judge_readiness(const struct snapshot *snapshot, const struct device *device,
		    struct readiness **ret)
{
	struct check check = {
		.snapshot = snapshot,
		.device = device,
		.findings = readiness_new(device->address),
	};
	int r;

	if (!check.findings)
		return -ENOMEM;
	r = run_rules(&check);
	if (r < 0) {
		readiness_free(check.findings);
		return r;
	}
	*ret = check.findings;
	return 0;
}
