/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "lib/judge/judge.h"

int judge_readiness(const struct snapshot *snapshot, const struct device *device,
		    struct readiness **ret)
{
	struct readiness *readiness = readiness_new(device->address);
	int r = readiness ? 0 : -ENOMEM;

	(void)snapshot;
	for (size_t i = 0; r == 0 && i < device->n_owners; i++) {
		const struct process *process = device->owners[i].process;
		struct finding finding = {
			.kind = OBSTACLE_OWNER,
			.pid = process ? process->pid : 0,
			.comm = process ? process->comm : NULL,
			.unit = process ? process->unit : NULL,
			.remedy = "end it, or ask it to close the device",
		};

		r = readiness_obstacle(readiness, &finding, "%s[%d] has it open",
				       finding.comm ? finding.comm : "?", finding.pid);
	}
	if (r < 0) {
		readiness_free(readiness);
		return r;
	}
	*ret = readiness;
	return 0;
}
