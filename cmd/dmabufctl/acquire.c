/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/acquire.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/host.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/cleanup.h"
#include "lib/judge/judge.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-parse.h"

void cleanup_snapshot(struct snapshot **snapshot)
{
	snapshot_free(*snapshot);
}

static int acquire_here(const struct options *options, enum observe_devices devices,
			struct snapshot **ret)
{
	const struct observe_request request = {
		.sources = options->sources,
		.cross_check = options->cross_check,
		.devices = devices,
		.root = options->root,
	};
	struct snapshot *snapshot;
	int r = observe(&request, &snapshot);

	if (r == -ENOMEM)
		return error_memory(options);
	if (r < 0)
		return error_report(
			options, STATUS_FAILED, NULL, "failed to look at %s: %s",
			options->root ? options->root : "this system", strerror(-r));
	judge_snapshot(snapshot);
	*ret = snapshot;
	return STATUS_DONE;
}

static int acquire_there(const struct options *options, struct snapshot **ret)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	int status = host_ask(options, &answer), r;

	if (status != STATUS_DONE)
		return status;
	r = wire_parse_snapshot(answer, ret);
	if (r == -ENOMEM)
		return error_memory(options);
	if (r < 0)
		return host_nonsense(options);
	return STATUS_DONE;
}

int acquire_snapshot(const struct options *options, enum observe_devices devices,
		     struct snapshot **ret)
{
	return options->host ? acquire_there(options, ret)
			     : acquire_here(options, devices, ret);
}
