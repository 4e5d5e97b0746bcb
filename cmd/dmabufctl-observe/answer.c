/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-observe/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/build.h"
#include "lib/base/cleanup.h"
#include "lib/judge/judge.h"
#include "lib/model/chosen.h"
#include "lib/model/exit-status.h"
#include "lib/model/snapshot-hide.h"
#include "lib/observe/observer.h"
#include "lib/observe/pci-names.h"
#include "lib/prepare/check-devices.h"
#include "lib/prepare/missing-device.h"
#include "lib/prepare/report-host.h"
#include "lib/wire/error-json.h"
#include "lib/wire/json.h"
#include "lib/wire/question-parse.h"
#include "lib/wire/readiness-json.h"
#include "lib/wire/releases-json.h"
#include "lib/wire/report-json.h"
#include "lib/wire/snapshot-json.h"

static struct json_object *failure(const char *what, int error)
{
	_cleanup_free_ char *message = NULL;

	if (error == -ENOMEM || asprintf(&message, "%s: %s", what, strerror(-error)) < 0)
		return NULL;
	return wire_error(STATUS_FAILED, message, NULL);
}

/* What others' processes are called is gone before anybody could conclude from it. */
static int look(const struct question *question, const char *directory,
		struct snapshot **ret)
{
	const struct observe_request request = {
		.sources = question->sources,
		.devices = question->verb == QUESTION_LIST ||
					   question->verb == QUESTION_STATUS
				   ? OBSERVE_DEVICES_REFERENCED
				   : OBSERVE_DEVICES_ALL,
		.circumstances = question->verb == QUESTION_CHECK ||
				 question->verb == QUESTION_RELEASES,
		.uses = question->verb == QUESTION_CHECK,
		.features = question->verb == QUESTION_STATUS,
		.root = directory,
	};
	int r = observe(&request, ret);

	if (r < 0)
		return r;
	if (!question->for_everybody)
		snapshot_hide_others(*ret, question->for_uid);
	judge_snapshot(*ret);
	return 0;
}

static struct json_object *answer_list(const struct question *question,
				       const struct snapshot *snapshot)
{
	_cleanup_(chosen_buffers_done) struct chosen_buffers chosen = { 0 };

	if (chosen_buffers(snapshot, &question->filter, &chosen) < 0)
		return NULL;
	if (question->limit > 0 && chosen.count > question->limit)
		chosen.count = question->limit;
	return wire_list(snapshot, chosen.items, chosen.count);
}

static struct json_object *answer_devices(const struct question *question,
					  struct snapshot *snapshot)
{
	_cleanup_(chosen_devices_done) struct chosen_devices chosen = { 0 };
	_cleanup_(cleanup_pci_names) struct pci_names *names = pci_names_new();

	if (!names || chosen_devices(snapshot, question->unit, false, &chosen) < 0)
		return NULL;
	for (size_t i = 0; i < chosen.count; i++)
		if (pci_names_fill(
			    names,
			    &snapshot->devices[chosen.items[i] - snapshot->devices]) < 0)
			return NULL;
	return wire_devices(snapshot, chosen.items, chosen.count);
}

static struct json_object *answer_missing(const char *directory, const char *device)
{
	struct check_error error;
	struct json_object *object;

	if (missing_device(directory, device, device, &error) < 0)
		return NULL;
	object = wire_error(error.status, error.message, error.hint);
	free(error.message);
	return object;
}

static struct json_object *answer_check(const struct question *question,
					const char *directory,
					const struct snapshot *snapshot)
{
	_cleanup_(checks_done) struct checks checks = { 0 };
	const struct device *device =
		question->device ? snapshot_device(snapshot, question->device) : NULL;

	if (question->device && !device)
		return answer_missing(directory, question->device);
	if ((device ? check_device(snapshot, device, &checks)
		    : check_all_devices(snapshot, &checks)) < 0 ||
	    check_plans(directory, snapshot, &checks) < 0)
		return NULL;
	return device ? wire_check(checks.items[0], checks_plan(&checks, 0),
				   snapshot->sources)
		      : wire_checks(&checks, snapshot->sources);
}

static struct json_object *answer_releases(const struct snapshot *snapshot)
{
	_cleanup_(checks_done) struct checks checks = { 0 };

	if (check_releases(snapshot, &checks) < 0)
		return NULL;
	return wire_releases(snapshot, &checks);
}

static struct json_object *answer_status(const char *directory,
					 const struct snapshot *snapshot)
{
	_cleanup_free_ char *kernel = NULL;
	struct report report = {
		.version = DMABUFCTL_VERSION,
		.build_has_bpf = BUILD_HAS_BPF ? TRISTATE_YES : TRISTATE_NO,
	};
	int r = report_host(directory, snapshot, &report, &kernel);

	return r < 0 ? failure("failed to look", r) : wire_report(&report);
}

struct json_object *answer_question(const struct question *question,
				    const char *directory)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r = look(question, directory, &snapshot);

	if (r < 0)
		return failure("failed to look", r);
	switch (question->verb) {
	case QUESTION_LIST:
		return answer_list(question, snapshot);
	case QUESTION_DEVICES:
		return answer_devices(question, snapshot);
	case QUESTION_CHECK:
		return answer_check(question, directory, snapshot);
	case QUESTION_RELEASES:
		return answer_releases(snapshot);
	case QUESTION_STATUS:
		return answer_status(directory, snapshot);
	}
	return NULL;
}

static struct json_object *refuse(const char *wrong)
{
	_cleanup_free_ char *message = NULL;

	if (asprintf(&message, "the question is not understood: %s", wrong) < 0) {
		message = NULL;
		return NULL;
	}
	return wire_error(STATUS_USAGE, message, NULL);
}

struct json_object *answer_text(const char *text, size_t length, const char *directory)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct question question;
	const char *wrong;
	int r = wire_parse_text(text, length, &object);

	if (r == -EBADMSG)
		return refuse("not JSON");
	if (r == 0)
		r = wire_parse_question(object, &question, &wrong);
	if (r == -EBADMSG)
		return refuse(wrong);
	return r < 0 ? NULL : answer_question(&question, directory);
}

/* The daemon has a name of its own for this one: by the code. */
static struct json_object *too_large(void)
{
	_cleanup_(wire_put) struct json_object *object =
		wire_error(STATUS_FAILED, "the answer would be larger than 8 MiB",
			   "A filter, or a limit of buffers, makes it smaller.");
	struct json_object *error;

	if (!object || wire_get_object(object, "error", &error) < 0 ||
	    wire_add_text(error, "code", "too-large") < 0)
		return NULL;
	return TAKE_PTR(object);
}

char *answer_print(struct json_object *answer)
{
	_cleanup_(wire_put) struct json_object *error = NULL;
	char *text = wire_print(answer, false);

	if (!text || strlen(text) <= ANSWER_MAX)
		return text;
	free(text);
	error = too_large();
	return error ? wire_print(error, false) : NULL;
}
