/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/readiness-parse.h"

#include <errno.h>
#include <limits.h>

#include "lib/base/cleanup.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

static int get_kind(struct json_object *object, int (*parse)(const char *word), int *ret)
{
	const char *word;
	int kind;

	if (wire_get_text(object, "kind", &word) < 0 || !word)
		return -EBADMSG;
	kind = parse(word);
	if (kind < 0)
		return -EBADMSG;
	*ret = kind;
	return 0;
}

static int get_pid(struct json_object *object, pid_t *ret)
{
	uint64_t pid;

	if (wire_get_unsigned(object, "pid", 0, &pid) < 0 || pid > INT_MAX)
		return -EBADMSG;
	*ret = (pid_t)pid;
	return 0;
}

/* All but what only obstacles have. Texts point into object. */
static int get_finding(struct json_object *object, int (*parse)(const char *word),
		       struct finding *ret)
{
	if (!json_object_is_type(object, json_type_object) ||
	    get_kind(object, parse, &ret->kind) < 0 || get_pid(object, &ret->pid) < 0 ||
	    wire_get_text(object, "comm", &ret->comm) < 0 ||
	    wire_get_text(object, "unit", &ret->unit) < 0 ||
	    wire_get_text(object, "device", &ret->device) < 0 ||
	    wire_get_unsigned(object, "inode", 0, &ret->inode) < 0 ||
	    wire_get_text(object, "importer", &ret->importer) < 0 ||
	    wire_get_time(object, "since", &ret->since_us) < 0 ||
	    wire_get_text(object, "reason", &ret->reason) < 0 || !ret->reason)
		return -EBADMSG;
	return 0;
}

static int read_obstacle(struct readiness *readiness, struct json_object *object)
{
	struct finding finding = { 0 };
	bool known;

	if (get_finding(object, obstacle_kind_parse, &finding) < 0 ||
	    wire_get_bool(object, "bounded", &known, &finding.bounded) < 0 ||
	    wire_get_text(object, "remedy", &finding.remedy) < 0 || !finding.remedy)
		return -EBADMSG;
	return readiness_obstacle(readiness, &finding, "%s", finding.reason);
}

static int read_note(struct readiness *readiness, struct json_object *object)
{
	struct finding finding = { 0 };

	if (get_finding(object, note_kind_parse, &finding) < 0)
		return -EBADMSG;
	return readiness_note(readiness, &finding, "%s", finding.reason);
}

static int
read_findings(struct readiness *readiness, struct json_object *object, const char *key,
	      int (*read)(struct readiness *readiness, struct json_object *object))
{
	struct json_object *array = NULL;
	int r = wire_get_array(object, key, &array);

	if (r < 0 || !array)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++)
		r = read(readiness, json_object_array_get_idx(array, i));
	return r;
}

static int fill_readiness(struct readiness *readiness, struct json_object *object)
{
	bool known, ready;
	int r;

	r = read_findings(readiness, object, "obstacles", read_obstacle);
	if (r < 0)
		return r;
	if (wire_get_bool(object, "ready", &known, &ready) < 0 || !known ||
	    ready != (readiness->n_obstacles == 0))
		return -EBADMSG;
	return read_findings(readiness, object, "notes", read_note);
}

/* The plan of the check that was read last; null and missing are none. */
static int read_plan(struct checks *checks, struct json_object *object)
{
	size_t index = checks->count - 1;
	struct json_object *member;
	struct plan *plan;
	int r = wire_get_object(object, "plan", &member);

	if (r < 0 || !member)
		return r;
	r = wire_parse_plan(member, ACT_RELEASE, checks->items[index]->device, &plan);
	return r < 0 ? r : checks_add_plan(checks, index, plan);
}

static int read_check(struct checks *checks, struct json_object *object)
{
	struct readiness *readiness;
	const char *device;
	int r;

	if (!json_object_is_type(object, json_type_object) ||
	    wire_get_text(object, "device", &device) < 0 || !device)
		return -EBADMSG;
	readiness = readiness_new(device);
	if (!readiness)
		return -ENOMEM;
	r = fill_readiness(readiness, object);
	if (r < 0) {
		readiness_free(readiness);
		return r;
	}
	r = checks_add(checks, readiness);
	return r < 0 ? r : read_plan(checks, object);
}

/* Texts point into object. */
static int get_error(struct json_object *object, struct check_error *ret)
{
	const char *device, *message, *hint;
	uint64_t status;

	if (!json_object_is_type(object, json_type_object) ||
	    wire_get_text(object, "device", &device) < 0 ||
	    wire_get_unsigned(object, "status", 0, &status) < 0 || status == 0 ||
	    status > UINT8_MAX || wire_get_text(object, "message", &message) < 0 ||
	    !message || wire_get_text(object, "hint", &hint) < 0)
		return -EBADMSG;
	*ret = (struct check_error){
		.status = (int)status,
		.device = (char *)device,
		.message = (char *)message,
		.hint = (char *)hint,
	};
	return 0;
}

static int read_errors(struct checks *checks, struct json_object *object)
{
	struct json_object *array = NULL;
	struct check_error error;
	int r = wire_get_array(object, "errors", &array);

	if (!array)
		return r;
	for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++) {
		r = get_error(json_object_array_get_idx(array, i), &error);
		if (r == 0)
			r = checks_add_error(checks, &error);
	}
	return r;
}

int wire_parse_checks(struct json_object *object, struct checks *ret)
{
	_cleanup_(checks_done) struct checks checks = { 0 };
	struct json_object *array = NULL;
	int r = 0;

	if (!json_object_is_type(object, json_type_object) ||
	    wire_get_array(object, "checks", &array) < 0)
		return -EBADMSG;
	if (!array)
		r = read_check(&checks, object);
	for (size_t i = 0; array && r == 0 && i < json_object_array_length(array); i++)
		r = read_check(&checks, json_object_array_get_idx(array, i));
	if (array && r == 0)
		r = read_errors(&checks, object);
	if (r < 0)
		return r;
	*ret = checks;
	checks = (struct checks){ 0 };
	return 0;
}
