/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/readiness.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/array.h"
#include "lib/base/pool.h"
#include "lib/model/words.h"

typedef ARRAY(struct finding) finding_array;

struct readiness_storage {
	struct pool *pool;
	finding_array obstacles, notes;
};

struct readiness *readiness_new(const char *device)
{
	struct readiness *readiness = calloc(1, sizeof(*readiness));

	if (!readiness)
		return NULL;
	readiness->storage = calloc(1, sizeof(*readiness->storage));
	if (readiness->storage)
		readiness->storage->pool = pool_new();
	if (readiness->storage && readiness->storage->pool)
		readiness->device =
			pool_copy(readiness->storage->pool, device, strlen(device));
	if (readiness->device)
		return readiness;
	readiness_free(readiness);
	return NULL;
}

void readiness_free(struct readiness *readiness)
{
	if (!readiness)
		return;
	if (readiness->storage) {
		pool_free(readiness->storage->pool);
		free(readiness->storage->obstacles.items);
		free(readiness->storage->notes.items);
	}
	free(readiness->storage);
	free(readiness);
}

/* 0 with *text replaced by our own copy, or -ENOMEM. */
static int own(struct readiness *readiness, const char **text)
{
	if (!*text)
		return 0;
	*text = pool_copy(readiness->storage->pool, *text, strlen(*text));
	return *text ? 0 : -ENOMEM;
}

__attribute__((format(printf, 4, 0))) static int
append(struct readiness *readiness, finding_array *findings, struct finding finding,
       const char *format, va_list arguments)
{
	if (own(readiness, &finding.comm) < 0 || own(readiness, &finding.unit) < 0 ||
	    own(readiness, &finding.device) < 0 ||
	    own(readiness, &finding.importer) < 0 || own(readiness, &finding.remedy) < 0)
		return -ENOMEM;
	finding.reason = pool_vformat(readiness->storage->pool, format, arguments);
	if (!finding.reason)
		return -ENOMEM;
	return ARRAY_PUSH(findings, finding);
}

int readiness_obstacle(struct readiness *readiness, const struct finding *finding,
		       const char *format, ...)
{
	finding_array *obstacles = &readiness->storage->obstacles;
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = append(readiness, obstacles, *finding, format, arguments);
	va_end(arguments);
	readiness->obstacles = obstacles->items;
	readiness->n_obstacles = obstacles->count;
	return r;
}

int readiness_note(struct readiness *readiness, const struct finding *finding,
		   const char *format, ...)
{
	finding_array *notes = &readiness->storage->notes;
	struct finding note = *finding;
	va_list arguments;
	int r;

	note.remedy = NULL;
	va_start(arguments, format);
	r = append(readiness, notes, note, format, arguments);
	va_end(arguments);
	readiness->notes = notes->items;
	readiness->n_notes = notes->count;
	return r;
}

static const char *const obstacle_kind_names[] = {
	[OBSTACLE_OWNER] = "owner",
	[OBSTACLE_ATTACHMENT] = "attachment",
	[OBSTACLE_HOLDER] = "holder",
	[OBSTACLE_GROUP_MEMBER] = "group-member",
	[OBSTACLE_VIRTUAL_FUNCTION] = "virtual-function",
	[OBSTACLE_RESET_SIBLING] = "reset-sibling",
	[OBSTACLE_MDEV] = "mdev",
	[OBSTACLE_OVERRIDE] = "override",
	[OBSTACLE_LIBVIRT] = "libvirt",
	[OBSTACLE_RELEASE] = "release",
	[OBSTACLE_KERNEL] = "kernel",
	[OBSTACLE_HOST_USE] = "host-use",
};

static const char *const note_kind_names[] = {
	[NOTE_ORPHANED_BUFFER] = "orphaned-buffer",
	[NOTE_TENANT_MAPPING] = "tenant-mapping",
	[NOTE_STALE_MAPPING] = "stale-mapping",
	[NOTE_LEGACY_MAPPING] = "legacy-mapping",
	[NOTE_MDEV_DMA] = "mdev-dma",
	[NOTE_LIBVIRT] = "libvirt",
	[NOTE_HUNG_TASK_PANIC] = "hung-task-panic",
	[NOTE_UNASSIGNED_BUFFER] = "unassigned-buffer",
	[NOTE_UNSEEN] = "unseen",
};

WORDS(obstacle_kind)
WORDS(note_kind)
