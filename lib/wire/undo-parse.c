/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/wire/fields.h"
#include "lib/wire/json.h"

static bool is_undo(enum step_kind kind)
{
	return kind >= STEP_THAW && kind <= STEP_RESTORE_DRIVER;
}

/* An override is any text of one line that somebody once wrote into the attribute. */
static bool override_is_valid(const char *value)
{
	for (; *value; value++)
		if (iscntrl((unsigned char)*value))
			return false;
	return true;
}

static bool makes_sense(const struct undo_step *step)
{
	if (!is_undo(step->kind) || !pci_address_is_kernel_name(step->device))
		return false;
	if (step->kind == STEP_THAW)
		return wire_unit_is_valid(step->unit, step->invocation);
	if (step->kind == STEP_RESTORE_DRIVER)
		return step->value[0] == '\0' || driver_name_is_valid(step->value);
	return override_is_valid(step->value);
}

static int read_ids(struct json_object *item, struct undo_step *step)
{
	uint64_t vendor, product;

	if (wire_get_limited(item, "vendor", 0, UINT16_MAX, &vendor) < 0 ||
	    wire_get_limited(item, "product", 0, UINT16_MAX, &product) < 0)
		return -EBADMSG;
	step->vendor = (uint16_t)vendor;
	step->product = (uint16_t)product;
	return 0;
}

static int read_step(void *context, struct json_object *item)
{
	struct undo *undo = context;
	struct undo_step *step = &undo->steps[undo->n_steps];
	int kind, method;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_word(item, "step", step_kind_parse, -1, &kind) < 0 ||
	    wire_copy_text(item, "device", step->device, sizeof(step->device)) < 0 ||
	    read_ids(item, step) < 0 ||
	    wire_copy_text(item, "unit", step->unit, sizeof(step->unit)) < 0 ||
	    wire_copy_text(item, "invocation", step->invocation,
			   sizeof(step->invocation)) < 0 ||
	    wire_get_word(item, "method", revoke_method_parse, METHOD_AUTO, &method) <
		    0 ||
	    wire_copy_text(item, "value", step->value, sizeof(step->value)) < 0 ||
	    wire_get_flag(item, "settled", &step->settled) < 0)
		return -EBADMSG;
	step->kind = (enum step_kind)kind;
	step->method = (enum revoke_method)method;
	if (!makes_sense(step))
		return -EBADMSG;
	undo->n_steps++;
	return 0;
}

int wire_parse_undo(struct json_object *object, struct undo *ret)
{
	struct undo undo = { 0 };

	if (!json_object_is_type(object, json_type_object) ||
	    wire_check_version(object) < 0 ||
	    wire_copy_text(object, "job", undo.job, sizeof(undo.job)) < 0 ||
	    !job_id_is_valid(undo.job) ||
	    wire_read_array(object, "steps", UNDO_STEPS_MAX, read_step, &undo) < 0 ||
	    wire_get_flag(object, "incomplete", &undo.incomplete) < 0)
		return -EBADMSG;
	*ret = undo;
	return 0;
}
