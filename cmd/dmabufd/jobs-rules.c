/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/jobs-rules.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

#define SECOND UINT64_C(1000000)

enum { RETRY_SHIFT_MAX = 6, FAILURES_MAX = 6, POLL_SHIFT_MAX = 3, PARENT_DIGITS = 16 };

bool rule_is_of_release(enum job_trigger trigger)
{
	return trigger == JOB_ON_UNPLUG || trigger == JOB_ON_REASSIGN ||
	       trigger == JOB_ON_RELEASE;
}

bool rule_waits_for(enum job_trigger trigger, enum release_kind kind, bool last)
{
	if (trigger == JOB_ON_RELEASE)
		return true;
	if (kind == RELEASE_UNKNOWN)
		return last && rule_is_of_release(trigger);
	return trigger == (kind == RELEASE_UNPLUG ? JOB_ON_UNPLUG : JOB_ON_REASSIGN);
}

enum rule_moment rule_moment(int64_t due_us, int64_t now_us, int64_t boot_us)
{
	if (due_us > now_us)
		return RULE_WAIT;
	return due_us < boot_us ? RULE_MISSED : RULE_BEGIN;
}

int64_t rule_due_since(const struct job *job)
{
	return job->schedule.due_us > 0 ? job->schedule.due_us : job->created_us;
}

void rule_run(const struct job *job, int64_t moment_us, struct job *ret)
{
	int64_t named_us = job->schedule.busy_us > 0 ? job->schedule.busy_us : moment_us;

	*ret = *job;
	ret->schedule.always = false;
	ret->schedule.fired = true;
	ret->schedule.due_us = moment_us;
	ret->schedule.busy_us = 0;
	ret->progress = (struct job_progress){ 0 };
	ret->result = NULL;
	(void)snprintf(ret->schedule.parent, sizeof(ret->schedule.parent), "%s", job->id);
	/* ids of ours are 15 digits long, and no dash: systemd takes it for a slash */
	(void)snprintf(ret->id, sizeof(ret->id), "%.*s%016" PRIx64, PARENT_DIGITS,
		       job->id, (uint64_t)named_us);
}

uint64_t rule_retry_us(unsigned int failures)
{
	return SECOND << (failures < RETRY_SHIFT_MAX ? failures : RETRY_SHIFT_MAX);
}

bool rule_gives_up(unsigned int failures, bool release_lasts)
{
	return failures >= FAILURES_MAX && !release_lasts;
}

uint64_t rule_poll_us(unsigned int polls)
{
	return polls > POLL_SHIFT_MAX ? 10 * SECOND : SECOND << polls;
}

static struct json_object *item(struct json_object *array, size_t index)
{
	struct json_object *object = json_object_array_get_idx(array, index);

	return json_object_is_type(object, json_type_object) ? object : NULL;
}

static bool has_text(struct json_object *object, const char *key, const char *wanted)
{
	const char *text = NULL;

	return object && wire_get_text(object, key, &text) == 0 && text &&
	       strcmp(text, wanted) == 0;
}

/* 0: it is not known, or makes no sense. */
static pid_t pid_of(struct json_object *owner)
{
	uint64_t pid;

	if (!owner || wire_get_unsigned(owner, "pid", 0, &pid) < 0 || pid > INT_MAX)
		return 0;
	return (pid_t)pid;
}

static int add_owners(struct json_object *device, rule_pids *pids, size_t *unknown)
{
	struct json_object *owners;
	size_t count = wire_array_or_none(device, "owners", &owners);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		pid_t pid = pid_of(item(owners, i));

		if (pid == 0)
			(*unknown)++;
		else
			r = ARRAY_PUSH(pids, pid);
	}
	return r;
}

int rule_owners(struct json_object *answer, const char *address, rule_pids *ret,
		size_t *ret_unknown)
{
	struct json_object *devices;
	size_t count = wire_array_or_none(answer, "devices", &devices), unknown = 0;
	rule_pids pids = { 0 };
	int r = devices ? 0 : -EBADMSG;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (has_text(item(devices, i), "address", address))
			r = add_owners(item(devices, i), &pids, &unknown);
	if (r < 0) {
		free(pids.items);
		return r;
	}
	*ret = pids;
	*ret_unknown = unknown;
	return 0;
}

/* Without a driver of VFIO as well: it has left, and did not before the owner had. */
static bool is_free(struct json_object *device)
{
	return has_text(device, "state", "idle") ||
	       has_text(device, "state", "unbound") || has_text(device, "state", "host");
}

bool rule_is_free(struct json_object *answer, const char *address)
{
	struct json_object *devices;
	size_t count = wire_array_or_none(answer, "devices", &devices);

	for (size_t i = 0; i < count; i++)
		if (has_text(item(devices, i), "address", address))
			return is_free(item(devices, i));
	return false;
}

/* Nothing else tells which device a buffer is of. */
static bool bpf_has_answered(struct json_object *answer)
{
	struct json_object *sources = NULL;

	return wire_get_object(answer, "sources", &sources) == 0 && sources &&
	       has_text(sources, "bpf", "ok");
}

int rule_attachments(struct json_object *answer, const char *address)
{
	struct json_object *buffers, *attachments;
	size_t count = wire_array_or_none(answer, "buffers", &buffers), sum = 0;

	if (!buffers)
		return -EBADMSG;
	if (!bpf_has_answered(answer))
		return -ENODATA;
	for (size_t i = 0; i < count; i++)
		if (has_text(item(buffers, i), "device", address))
			sum += wire_array_or_none(item(buffers, i), "attachments",
						  &attachments);
	return sum > INT_MAX ? INT_MAX : (int)sum;
}
