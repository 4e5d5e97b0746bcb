/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/acquire.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/judge/judge.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-parse.h"

/* The request says what shall be seen; how, the options say. */
static int acquire_here(const struct options *options, struct observe_request request,
			struct snapshot **ret)
{
	struct snapshot *snapshot;
	int r;

	request.sources = options->sources;
	request.cross_check = options->cross_check;
	request.root = options->root;
	request.features = options->verb->id == VERB_STATUS;
	r = observe(&request, &snapshot);
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
	int status = elsewhere_ask(options, &answer), r;

	if (status != STATUS_DONE)
		return status;
	r = wire_parse_snapshot(answer, ret);
	if (r == -ENOMEM)
		return error_memory(options);
	if (r < 0)
		return elsewhere_nonsense(options);
	return STATUS_DONE;
}

int acquire_snapshot(const struct options *options, enum observe_devices devices,
		     struct snapshot **ret)
{
	const struct observe_request request = { .devices = devices };

	return is_elsewhere(options) ? acquire_there(options, ret)
				     : acquire_here(options, request, ret);
}

int acquire_circumstances(const struct options *options, struct snapshot **ret)
{
	const struct observe_request request = {
		.devices = OBSERVE_DEVICES_ALL,
		.circumstances = true,
		.uses = true,
	};

	return acquire_here(options, request, ret);
}
