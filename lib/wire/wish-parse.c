/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/wish-parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/wire/fields.h"
#include "lib/wire/json.h"

enum { SHORTEST_TIMEOUT_US = 1000 };

/* A rung, and not twice. */
static int read_step(void *context, struct json_object *item)
{
	struct wish *wish = context;
	int step;

	if (!json_object_is_type(item, json_type_string))
		return -EBADMSG;
	step = step_kind_parse(json_object_get_string(item));
	if (step < 0 || !step_is_rung((enum step_kind)step))
		return -EBADMSG;
	for (size_t i = 0; i < wish->n_steps; i++)
		if (wish->steps[i] == (enum step_kind)step)
			return -EBADMSG;
	wish->steps[wish->n_steps++] = (enum step_kind)step;
	return 0;
}

static int get_device(struct json_object *object, struct wish *wish)
{
	uint64_t vendor, product;

	if (wire_copy_text(object, "device", wish->device, sizeof(wish->device)) < 0 ||
	    !pci_address_is_kernel_name(wish->device) ||
	    wire_get_limited(object, "vendor", 0, UINT16_MAX, &vendor) < 0 ||
	    wire_get_limited(object, "product", 0, UINT16_MAX, &product) < 0)
		return -EBADMSG;
	wish->vendor = (uint16_t)vendor;
	wish->product = (uint16_t)product;
	return 0;
}

/* A driver belongs to reassign, and to nothing else. */
static int get_driver(struct json_object *object, struct wish *wish)
{
	if (wire_copy_text(object, "driver", wish->driver, sizeof(wish->driver)) < 0)
		return -EBADMSG;
	if (wish->verb != ACT_REASSIGN)
		return wish->driver[0] == '\0' ? 0 : -EBADMSG;
	if (strcmp(wish->driver, "-") == 0 || driver_name_is_valid(wish->driver))
		return 0;
	return -EBADMSG;
}

/* As proc/PID/cgroup has it: absolute, and of one line. */
static int get_caller(struct json_object *object, struct wish *wish)
{
	const char *path = wish->caller_cgroup;

	if (wire_copy_text(object, "caller_cgroup", wish->caller_cgroup,
			   sizeof(wish->caller_cgroup)) < 0)
		return -EBADMSG;
	if (*path != '\0' && *path != '/')
		return -EBADMSG;
	for (; *path; path++)
		if (iscntrl((unsigned char)*path))
			return -EBADMSG;
	return 0;
}

static int get_timeout(struct json_object *object, struct wish *wish)
{
	if (wire_get_unsigned(object, "timeout_us", 0, &wish->timeout_us) < 0)
		return -EBADMSG;
	if (wish->timeout_us > 0 && wish->timeout_us < SHORTEST_TIMEOUT_US)
		return -EBADMSG;
	return 0;
}

static int get_flags(struct json_object *object, struct wish *wish)
{
	if (wire_get_flag(object, "by_policy", &wish->by_policy) < 0 ||
	    wire_get_flag(object, "group", &wish->group) < 0 ||
	    wire_get_flag(object, "force", &wish->force) < 0 ||
	    wire_get_flag(object, "freeze", &wish->freeze) < 0 ||
	    wire_get_flag(object, "stop_owner", &wish->stop_owner) < 0 ||
	    wire_get_flag(object, "kill_owner", &wish->kill_owner) < 0)
		return -EBADMSG;
	return 0;
}

int wire_get_wish(struct json_object *object, struct wish *ret)
{
	struct json_object *member;
	struct wish wish = { 0 };
	int verb, method;

	if (wire_get_object(object, "wish", &member) < 0 || !member ||
	    wire_get_word(member, "verb", act_verb_parse, -1, &verb) < 0 ||
	    wire_get_word(member, "method", revoke_method_parse, METHOD_AUTO, &method) <
		    0)
		return -EBADMSG;
	wish.verb = (enum act_verb)verb;
	wish.method = (enum revoke_method)method;
	if (get_device(member, &wish) < 0 || get_driver(member, &wish) < 0 ||
	    get_timeout(member, &wish) < 0 || get_flags(member, &wish) < 0 ||
	    get_caller(member, &wish) < 0 ||
	    wire_read_array(member, "steps", WISH_STEPS_MAX, read_step, &wish) < 0)
		return -EBADMSG;
	*ret = wish;
	return 0;
}
