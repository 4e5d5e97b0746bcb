/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-parse.h"

#include <errno.h>
#include <limits.h>

#include "lib/base/cleanup.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

static int read_owner(void *context, struct json_object *item)
{
	struct revoked *revoked = context;
	struct process_identity *owner = &revoked->owners[revoked->n_owners];
	uint64_t pid;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_limited(item, "pid", 0, INT_MAX, &pid) < 0 || pid == 0 ||
	    wire_get_unsigned(item, "start_ticks", 0, &owner->start_ticks) < 0)
		return -EBADMSG;
	owner->pid = (pid_t)pid;
	revoked->n_owners++;
	return 0;
}

static int read_buffer(void *context, struct json_object *item)
{
	struct revoked *revoked = context;

	if (!json_object_is_type(item, json_type_int) || json_object_get_int64(item) <= 0)
		return -EBADMSG;
	revoked->buffers[revoked->n_buffers++] = json_object_get_uint64(item);
	return 0;
}

static int read_frozen(void *context, struct json_object *item)
{
	struct revoked *revoked = context;
	struct frozen_unit *frozen = &revoked->frozen[revoked->n_frozen];

	if (!json_object_is_type(item, json_type_object) ||
	    wire_copy_text(item, "unit", frozen->unit, sizeof(frozen->unit)) < 0 ||
	    wire_copy_text(item, "invocation", frozen->invocation,
			   sizeof(frozen->invocation)) < 0 ||
	    !wire_unit_is_valid(frozen->unit, frozen->invocation))
		return -EBADMSG;
	revoked->n_frozen++;
	return 0;
}

static int get_device(struct json_object *object, struct revoked *revoked)
{
	uint64_t vendor, product;

	if (wire_copy_text(object, "device", revoked->device, sizeof(revoked->device)) <
		    0 ||
	    !pci_address_is_kernel_name(revoked->device) ||
	    wire_get_limited(object, "vendor", 0, UINT16_MAX, &vendor) < 0 ||
	    wire_get_limited(object, "product", 0, UINT16_MAX, &product) < 0)
		return -EBADMSG;
	revoked->vendor = (uint16_t)vendor;
	revoked->product = (uint16_t)product;
	return 0;
}

static int get_act(struct json_object *object, struct revoked *revoked)
{
	uint64_t since;
	int method;

	if (wire_copy_text(object, "job", revoked->job, sizeof(revoked->job)) < 0 ||
	    !job_id_is_valid(revoked->job) ||
	    wire_get_word(object, "method", revoke_method_parse, -1, &method) < 0 ||
	    wire_get_limited(object, "since_us", 0, INT64_MAX, &since) < 0 ||
	    wire_get_flag(object, "finished", &revoked->finished) < 0)
		return -EBADMSG;
	revoked->method = (enum revoke_method)method;
	revoked->since_us = (int64_t)since;
	return 0;
}

int wire_parse_revoked(struct json_object *object, struct revoked *ret)
{
	struct revoked revoked = { 0 };

	if (!json_object_is_type(object, json_type_object) ||
	    wire_check_version(object) < 0 || get_device(object, &revoked) < 0 ||
	    get_act(object, &revoked) < 0 ||
	    wire_read_array(object, "owners", ARRAY_SIZE(revoked.owners), read_owner,
			    &revoked) < 0 ||
	    wire_read_array(object, "frozen", ARRAY_SIZE(revoked.frozen), read_frozen,
			    &revoked) < 0 ||
	    wire_read_array(object, "buffers", REVOKED_BUFFERS_MAX, read_buffer,
			    &revoked) < 0)
		return -EBADMSG;
	*ret = revoked;
	return 0;
}
