/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/snapshot-json.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

/* pid and comm: what people are known by, first in every object of a process. */
static int add_process(struct json_object *object, const struct process *process)
{
	if (!process)
		return wire_add_null(object, "pid") < 0 ||
				       wire_add_null(object, "comm") < 0
			       ? -ENOMEM
			       : 0;
	if (wire_add_number_or_null(object, "pid", process->pid > 0 ? process->pid : -1) <
		    0 ||
	    wire_add_text(object, "comm", process->comm) < 0)
		return -ENOMEM;
	return 0;
}

static int add_unit(struct json_object *object, const struct process *process)
{
	return wire_add_text(object, "unit", process ? process->unit : NULL);
}

static int fill_range(struct json_object *object, const void *item)
{
	const struct buffer_range *range = item;

	if (wire_add_unsigned(object, "offset", range->offset) < 0 ||
	    wire_add_unsigned(object, "length", range->length) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_user(struct json_object *object, const void *item)
{
	const struct user *user = item;

	if (add_process(object, user->process) < 0 || add_unit(object, user->process) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_attachment(struct json_object *object, const void *item)
{
	const struct attachment *attachment = item;
	const char *kind = attachment_kind_name(attachment->kind);

	if (wire_add_text(object, "device", attachment->device) < 0 ||
	    wire_add_text(object, "bus", attachment->bus) < 0 ||
	    wire_add_text(object, "driver", attachment->driver) < 0 ||
	    wire_add_text(object, "importer", attachment->importer) < 0 ||
	    wire_add_text(object, "kind", kind) < 0 ||
	    wire_add_text(object, "revocable", verdict_name(attachment->revocable)) < 0 ||
	    wire_add_text(object, "evidence", evidence_name(attachment->evidence)) < 0 ||
	    wire_add_text(object, "reason", attachment->reason) < 0 ||
	    wire_add_tristate(object, "restorable", attachment->restorable) < 0 ||
	    wire_add_tristate(object, "peer2peer", attachment->peer2peer) < 0)
		return -ENOMEM;
	return wire_add_array(object, "users", fill_user, attachment->users,
			      attachment->n_users, sizeof(*attachment->users));
}

static int fill_holder(struct json_object *object, const void *item)
{
	const struct holder *holder = item;
	int fd = holder->kind == HOLDER_FD ? holder->fd : -1;

	if (add_process(object, holder->process) < 0 ||
	    wire_add_text(object, "kind", holder_kind_name(holder->kind)) < 0 ||
	    wire_add_number_or_null(object, "fd", fd) < 0 ||
	    add_unit(object, holder->process) < 0)
		return -ENOMEM;
	return 0;
}

/* The name, and its bytes where JSON cannot say them. */
static int add_name(struct json_object *object, const char *name)
{
	_cleanup_free_ char *hex = NULL;

	if (wire_add_text(object, "name", name) < 0)
		return -ENOMEM;
	if (!name || text_is_utf8(name, strlen(name)))
		return 0;
	hex = text_to_hex(name, strlen(name));
	if (!hex)
		return -ENOMEM;
	return wire_add_text(object, "name_bytes", hex);
}

static int add_buffer_verdict(struct json_object *object, const struct buffer *buffer)
{
	if (wire_add_text(object, "state", buffer_state_name(buffer->state)) < 0 ||
	    wire_add_text(object, "state_evidence",
			  evidence_name(buffer->state_evidence)) < 0 ||
	    wire_add_text(object, "revocable", verdict_name(buffer->revocable)) < 0 ||
	    wire_add_text(object, "reason", buffer->reason) < 0)
		return -ENOMEM;
	return 0;
}

/* null where nothing told of them: none would be a claim. */
static int add_fences(struct json_object *object, const struct buffer *buffer)
{
	if (!buffer->fences_known)
		return wire_add_null(object, "fences");
	return wire_add_texts(object, "fences", buffer->fences, buffer->n_fences);
}

static int add_writer(struct json_object *object, const struct process *writer)
{
	struct json_object *member;

	if (!writer)
		return wire_add_null(object, "writer");
	member = json_object_new_object();
	if (wire_add(object, "writer", member) < 0 || add_process(member, writer) < 0)
		return -ENOMEM;
	return add_unit(member, writer);
}

static int fill_buffer(struct json_object *object, const void *item)
{
	const struct buffer *buffer = *(const struct buffer *const *)item;

	if (wire_add_unsigned(object, "inode", buffer->inode) < 0 ||
	    wire_add_unsigned(object, "size", buffer->size) < 0 ||
	    wire_add_text(object, "exporter", buffer->exporter) < 0 ||
	    add_name(object, buffer->name) < 0 ||
	    wire_add_text(object, "device", buffer->device) < 0 ||
	    wire_add_number_or_null(object, "region", buffer->region) < 0 ||
	    wire_add_array(object, "ranges", fill_range, buffer->ranges, buffer->n_ranges,
			   sizeof(*buffer->ranges)) < 0 ||
	    add_buffer_verdict(object, buffer) < 0 ||
	    wire_add_number_or_null(object, "references", buffer->references) < 0 ||
	    wire_add_array(object, "attachments", fill_attachment, buffer->attachments,
			   buffer->n_attachments, sizeof(*buffer->attachments)) < 0 ||
	    wire_add_array(object, "holders", fill_holder, buffer->holders,
			   buffer->n_holders, sizeof(*buffer->holders)) < 0 ||
	    wire_add_number_or_null(object, "mappings", buffer->mappings) < 0 ||
	    add_fences(object, buffer) < 0 || add_writer(object, buffer->writer) < 0)
		return -ENOMEM;
	return 0;
}

static int add_numbers(struct json_object *object, const char *key, const int *numbers,
		       size_t count)
{
	struct json_object *array = json_object_new_array();

	if (wire_add(object, key, array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (wire_append(array, json_object_new_int(numbers[i])) < 0)
			return -ENOMEM;
	return 0;
}

/* null where they cannot be told: none would be a claim. */
static int add_inodes(struct json_object *object, const char *key, const uint64_t *inodes,
		      size_t count, bool known)
{
	if (count == 0 && !known)
		return wire_add_null(object, key);
	return wire_add_inodes(object, key, inodes, count);
}

static int fill_owner(struct json_object *object, const void *item)
{
	const struct owner *owner = item;

	if (add_process(object, owner->process) < 0 ||
	    add_unit(object, owner->process) < 0 ||
	    add_numbers(object, "fds", owner->fds, owner->n_fds) < 0 ||
	    wire_add_number_or_null(object, "maps", owner->maps) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_owners(const struct device *device)
{
	_cleanup_(wire_put) struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < device->n_owners; i++) {
		struct json_object *item = json_object_new_object();

		if (wire_append(array, item) < 0 ||
		    fill_owner(item, &device->owners[i]) < 0)
			return NULL;
	}
	return TAKE_PTR(array);
}

static const char *function_of(const struct device *device)
{
	if (!device_is_pci(device))
		return NULL;
	return device->is_virtual_function ? "virtual" : "physical";
}

static int fill_device(struct json_object *object, const void *item)
{
	const struct device *device = *(const struct device *const *)item;

	if (wire_add_text(object, "address", device->address) < 0 ||
	    wire_add_text(object, "name", device->name) < 0 ||
	    wire_add_text(object, "driver", device->driver) < 0 ||
	    wire_add_text(object, "driver_override", device->driver_override) < 0 ||
	    wire_add_number_or_null(object, "iommu_group", device->iommu_group) < 0 ||
	    wire_add_text(object, "function", function_of(device)) < 0 ||
	    wire_add_text(object, "state", device_state_name(device->state)) < 0 ||
	    wire_add(object, "owners", wire_owners(device)) < 0 ||
	    add_inodes(object, "exports", device->exports, device->n_exports,
		       device->exports_known) < 0 ||
	    add_inodes(object, "imports", device->imports, device->n_imports,
		       device->imports_known) < 0 ||
	    wire_add_texts(object, "mdevs", device->mdevs, device->n_mdevs) < 0 ||
	    wire_add_text(object, "bus", device->bus) < 0 ||
	    wire_add_text(object, "parent", device->parent) < 0 ||
	    wire_add_text(object, "mdev_type", device->mdev_type) < 0)
		return -ENOMEM;
	return 0;
}

static int add_source(struct json_object *object, enum source source,
		      const struct source_status *status)
{
	const char *outcome = source_outcome_name(status->outcome);
	_cleanup_free_ char *text = NULL;

	if (!status->why)
		return wire_add_text(object, source_name(source), outcome);
	if (asprintf(&text, "%s: %s", outcome, status->why) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return wire_add_text(object, source_name(source), text);
}

struct json_object *wire_sources(const struct source_status sources[SOURCE_COUNT])
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	for (enum source source = 0; source < SOURCE_COUNT; source++)
		if (add_source(object, source, &sources[source]) < 0)
			return NULL;
	return TAKE_PTR(object);
}

struct json_object *wire_list(const struct snapshot *snapshot,
			      const struct buffer *const *buffers, size_t count)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object ||
	    wire_add_array(object, "buffers", fill_buffer, buffers, count,
			   sizeof(*buffers)) < 0 ||
	    wire_add(object, "sources", wire_sources(snapshot->sources)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *wire_devices(const struct snapshot *snapshot,
				 const struct device *const *devices, size_t count)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object ||
	    wire_add_array(object, "devices", fill_device, devices, count,
			   sizeof(*devices)) < 0 ||
	    wire_add(object, "sources", wire_sources(snapshot->sources)) < 0)
		return NULL;
	return TAKE_PTR(object);
}
