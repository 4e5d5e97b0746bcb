/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/show-text.h"

#include <inttypes.h>

#include "cmd/dmabufctl/cell.h"
#include "cmd/dmabufctl/field.h"
#include "cmd/dmabufctl/format.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/unit-name.h"

static void show_size(FILE *stream, const char *key, uint64_t size)
{
	_cleanup_free_ char *human = format_size(size);
	char bytes[40];

	(void)snprintf(bytes, sizeof(bytes), "%" PRIu64 " bytes", size);
	field_detail(stream, key, bytes, size < 1024 ? NULL : human);
}

static void show_range(FILE *stream, const struct buffer_range *range)
{
	_cleanup_free_ char *size = format_size(range->length);
	char text[64];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64 " to 0x%" PRIx64, range->offset,
		       range->length ? range->offset + range->length - 1 : range->offset);
	field_detail(stream, "Range", text, size);
}

static const char *tristate_word(enum tristate value)
{
	switch (value) {
	case TRISTATE_NO:
		return "no";
	case TRISTATE_YES:
		return "yes";
	case TRISTATE_UNKNOWN:
		break;
	}
	return "unknown";
}

static void show_evidence(FILE *stream, const char *key, const char *value,
			  enum evidence evidence)
{
	field_detail(stream, key, value,
		     evidence == EVIDENCE_NONE ? NULL : evidence_name(evidence));
}

/* Whose it is, where the unit's name tells: a virtual machine, a container. */
static void show_tenant(FILE *stream, const char *unit)
{
	struct unit_tenant tenant;

	unit_tenant(unit, &tenant);
	switch (tenant.kind) {
	case UNIT_TENANT_LIBVIRT:
		field_text(stream, "Libvirt domain", tenant.name);
		break;
	case UNIT_TENANT_MACHINE:
		field_text(stream, "Machine", tenant.name);
		break;
	case UNIT_TENANT_CONTAINER:
		field_text(stream, "Container", tenant.name);
		break;
	case UNIT_TENANT_SERVICE:
	case UNIT_TENANT_USER:
		break;
	}
}

static void show_unit(FILE *stream, const struct process *process)
{
	if (!process || !process->unit) {
		field_text(stream, "Unit", NULL);
		return;
	}
	field_take(stream, "Unit", format_unit(process->unit));
	show_tenant(stream, process->unit);
}

static void show_attachment(FILE *stream, const struct attachment *attachment)
{
	const char *kind = attachment_kind_name(attachment->kind);

	(void)fputc('\n', stream);
	field_text(stream, "Attachment", attachment->device);
	field_text(stream, "Bus", attachment->bus);
	field_text(stream, "Driver", attachment->driver);
	field_text(stream, "Importer", attachment->importer);
	if (attachment->symbol)
		field_detail(stream, "Symbol", attachment->symbol, attachment->module);
	field_text(stream, "Kind", kind ? kind : "unknown");
	show_evidence(stream, "Revocable", verdict_name(attachment->revocable),
		      attachment->evidence);
	field_text(stream, "Reason", attachment->reason);
	field_text(stream, "Restorable", tristate_word(attachment->restorable));
	field_text(stream, "Peer to peer", tristate_word(attachment->peer2peer));
	for (size_t i = 0; i < attachment->n_users; i++) {
		const struct process *process = attachment->users[i].process;
		_cleanup_free_ char *name = format_process(process), *line = NULL;
		_cleanup_free_ char *unit =
			process && process->unit ? format_unit(process->unit) : NULL;

		if (asprintf(&line, "%s%s%s", name ? name : "?", unit ? " " : "",
			     unit ? unit : "") < 0)
			line = NULL;
		field_take(stream, "User", TAKE_PTR(line));
	}
}

static void show_holder(FILE *stream, const struct holder *holder)
{
	(void)fputc('\n', stream);
	field_take(stream, "Holder", format_process(holder->process));
	field_take(stream, "Holds by", format_holding(holder));
	show_unit(stream, holder->process);
}

void show_buffer(FILE *stream, const struct buffer *buffer)
{
	const char *state = buffer_state_name(buffer->state);

	field_unsigned(stream, "Inode", buffer->inode);
	show_size(stream, "Size", buffer->size);
	field_text(stream, "Exporter", buffer->exporter);
	field_text(stream, "Name", buffer->name);
	field_text(stream, "Device", buffer->device);
	field_number(stream, "Region", buffer->region);
	for (size_t i = 0; i < buffer->n_ranges; i++)
		show_range(stream, &buffer->ranges[i]);
	show_evidence(stream, "State", state, buffer->state_evidence);
	field_text(stream, "Revocable", verdict_name(buffer->revocable));
	field_text(stream, "Reason", buffer->reason);
	field_number(stream, "References", buffer->references);
	if (buffer->writer)
		field_take(stream, "Revoke waits in", format_process(buffer->writer));
	if (buffer->mappings >= 0)
		field_number(stream, "Live mappings", buffer->mappings);
	for (size_t i = 0; i < buffer->n_fences; i++)
		field_text(stream, "Pending fence", buffer->fences[i]);
	if (buffer->attachments_known || buffer->n_attachments > 0)
		field_unsigned(stream, "Attachments", buffer->n_attachments);
	else
		field_text(stream, "Attachments", "unknown");
	field_unsigned(stream, "Holders", buffer->n_holders);
	for (size_t i = 0; i < buffer->n_attachments; i++)
		show_attachment(stream, &buffer->attachments[i]);
	for (size_t i = 0; i < buffer->n_holders; i++)
		show_holder(stream, &buffer->holders[i]);
}

static void show_inodes(FILE *stream, const char *key, const uint64_t *inodes,
			size_t count, bool known)
{
	struct cell cell = { 0 };
	struct cell_list list;

	if (count == 0 && !known) {
		field_text(stream, key, "unknown");
		return;
	}
	if (count == 0 || cell_list_begin(&list) < 0) {
		field_text(stream, key, count ? "?" : NULL);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct cell number = { 0 };

		(void)cell_unsigned(&number, inodes[i]);
		cell_list_add(&list, " ", number.text);
	}
	(void)cell_list_end(&list, &cell);
	field_take(stream, key, cell.text);
}

static void show_owner(FILE *stream, const struct owner *owner)
{
	struct cell cell = { 0 };
	struct cell_list list;

	(void)fputc('\n', stream);
	field_take(stream, "Owner", format_process(owner->process));
	show_unit(stream, owner->process);
	if (owner->n_fds == 0) {
		field_text(stream, "Fds", NULL);
	} else if (cell_list_begin(&list) == 0) {
		for (size_t i = 0; i < owner->n_fds; i++) {
			struct cell number = { 0 };

			(void)cell_number(&number, owner->fds[i]);
			cell_list_add(&list, " ", number.text);
		}
		(void)cell_list_end(&list, &cell);
		field_take(stream, "Fds", cell.text);
	}
	field_number(stream, "Mappings", owner->maps);
}

static void show_ids(FILE *stream, const struct device *device)
{
	char text[32];

	if (device->vendor == 0 && device->product == 0)
		return;
	(void)snprintf(text, sizeof(text), "%04x:%04x class %06x", device->vendor,
		       device->product, device->class);
	field_text(stream, "IDs", text);
}

static void show_function(FILE *stream, const struct device *device)
{
	if (device->physical_function)
		field_detail(stream, "Function", "virtual", device->physical_function);
	else if (device_is_pci(device))
		field_text(stream, "Function",
			   device->is_virtual_function ? "virtual" : "physical");
}

static void show_state(FILE *stream, const struct device *device)
{
	const char *state = device_state_name(device->state);

	field_text(stream, "State", state ? state : "unknown");
}

static void show_mdev(FILE *stream, const struct device *device)
{
	field_text(stream, "Address", device->address);
	field_text(stream, "Parent", device->parent);
	field_text(stream, "Type", device->mdev_type);
	field_text(stream, "Driver", device->driver);
	field_number(stream, "IOMMU group", device->iommu_group);
	show_state(stream, device);
}

static void show_other(FILE *stream, const struct device *device)
{
	field_text(stream, "Address", device->address);
	field_text(stream, "Name", device->name);
	show_ids(stream, device);
	field_text(stream, "Driver", device->driver);
	field_text(stream, "Driver override", device->driver_override);
	field_number(stream, "IOMMU group", device->iommu_group);
	show_function(stream, device);
	show_state(stream, device);
	if (device->power_state)
		field_text(stream, "Power state", device->power_state);
	show_inodes(stream, "Exports", device->exports, device->n_exports,
		    device->exports_known);
	show_inodes(stream, "Imports", device->imports, device->n_imports,
		    device->imports_known);
	for (size_t i = 0; i < device->n_mdevs; i++)
		field_text(stream, "Mediated device", device->mdevs[i]);
}

void show_device(FILE *stream, const struct device *device)
{
	if (device->parent)
		show_mdev(stream, device);
	else
		show_other(stream, device);
	for (size_t i = 0; i < device->n_owners; i++)
		show_owner(stream, &device->owners[i]);
}
