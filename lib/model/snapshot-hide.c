/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/snapshot-hide.h"

#include "lib/model/snapshot-storage.h"

void snapshot_hide_others(struct snapshot *snapshot, uid_t uid)
{
	struct process *processes = snapshot->storage->processes.items;

	for (size_t i = 0; i < snapshot->n_processes; i++)
		if (processes[i].uid != (int64_t)uid)
			processes[i] = (struct process){ .uid = PROCESS_UID_NONE };
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		if (snapshot->sources[i].anonymous)
			snapshot->sources[i].why = snapshot->sources[i].anonymous;
}
