/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/devices-table.h"

#include <errno.h>
#include <string.h>

#include <libsmartcols.h>

#include "cmd/dmabufctl/cell.h"
#include "cmd/dmabufctl/colour.h"
#include "cmd/dmabufctl/format.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/table.h"
#include "lib/base/cleanup.h"

enum devices_column {
	DEVICES_ADDRESS,
	DEVICES_NAME,
	DEVICES_DRIVER,
	DEVICES_OVERRIDE,
	DEVICES_GROUP,
	DEVICES_FUNCTION,
	DEVICES_STATE,
	DEVICES_OWNER,
	DEVICES_UNIT,
	DEVICES_EXPORTS,
	DEVICES_IMPORTS,
	DEVICES_MDEVS,
};

static const struct column columns[] = {
	[DEVICES_ADDRESS] = { "ADDRESS", 0, 0, "string",
			      "PCI address; UUID of a mediated device" },
	[DEVICES_NAME] = { "NAME", 0.1, SCOLS_FL_TRUNC, "string",
			   "vendor and device; type of a mediated device" },
	[DEVICES_DRIVER] = { "DRIVER", 0, 0, "string", "driver it is bound to" },
	[DEVICES_OVERRIDE] = { "OVERRIDE", 0, 0, "string",
			       "driver_override: the only driver it may be bound to" },
	[DEVICES_GROUP] = { "GROUP", 0, SCOLS_FL_RIGHT, "number", "IOMMU group" },
	[DEVICES_FUNCTION] = { "FUNCTION", 0, 0, "string", "physical or virtual" },
	[DEVICES_STATE] = { "STATE", 0, 0, "string",
			    "idle, open, releasing, unbound, host" },
	[DEVICES_OWNER] = { "OWNER", 0, SCOLS_FL_TRUNC, "string",
			    "processes that have it open, separated by commas" },
	[DEVICES_UNIT] = { "UNIT", 0, SCOLS_FL_TRUNC, "string",
			   "their systemd units, separated by commas" },
	[DEVICES_EXPORTS] = { "EXPORTS", 0, SCOLS_FL_RIGHT, "number",
			      "number of buffers it exports" },
	[DEVICES_IMPORTS] = { "IMPORTS", 0, SCOLS_FL_RIGHT, "number",
			      "number of buffers it imports" },
	[DEVICES_MDEVS] = { "MDEVS", 0, SCOLS_FL_RIGHT, "number",
			    "number of mediated devices below it" },
};

static const size_t defaults[] = {
	DEVICES_ADDRESS, DEVICES_STATE, DEVICES_DRIVER, DEVICES_GROUP, DEVICES_EXPORTS,
	DEVICES_IMPORTS, DEVICES_OWNER, DEVICES_UNIT,	DEVICES_NAME,
};

const struct column_set devices_columns = {
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.defaults = defaults,
	.n_defaults = ARRAY_SIZE(defaults),
};

bool devices_table_needs_names(const struct column_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		if (selection->ids[i] == DEVICES_NAME)
			return true;
	return false;
}

static int cell_owners(struct cell *cell, const struct device *device)
{
	struct cell_list list;

	if (cell_list_begin(&list) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < device->n_owners; i++)
		cell_list_add(&list, ",", format_process(device->owners[i].process));
	return cell_list_end(&list, cell);
}

static const char *owner_unit(const struct owner *owner)
{
	return owner->process ? owner->process->unit : NULL;
}

static int cell_units(struct cell *cell, const struct device *device)
{
	const char *last = NULL;
	struct cell_list list;

	if (cell_list_begin(&list) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < device->n_owners; i++) {
		const char *unit = owner_unit(&device->owners[i]);

		if (!unit || (last && strcmp(last, unit) == 0))
			continue;
		cell_list_add(&list, ",", format_unit(unit));
		last = unit;
	}
	return cell_list_end(&list, cell);
}

static int cell_count(struct cell *cell, size_t count, bool known)
{
	return known || count > 0 ? cell_unsigned(cell, count) : 0;
}

static int cell_function(struct cell *cell, const struct device *device)
{
	if (!device_is_pci(device))
		return 0;
	return cell_text(cell, device->is_virtual_function ? "virtual" : "physical");
}

static int fill(const void *item, size_t column, struct cell *ret)
{
	const struct device *device = item;

	switch ((enum devices_column)column) {
	case DEVICES_ADDRESS:
		return cell_text(ret, device->address);
	case DEVICES_NAME:
		return cell_text(ret, device->name ? device->name : device->mdev_type);
	case DEVICES_DRIVER:
		return cell_text(ret, device->driver);
	case DEVICES_OVERRIDE:
		return cell_text(ret, device->driver_override);
	case DEVICES_GROUP:
		return cell_number(ret, device->iommu_group);
	case DEVICES_FUNCTION:
		return cell_function(ret, device);
	case DEVICES_STATE:
		ret->colour = colour_of_device_state(device->state);
		return cell_text(ret, device_state_name(device->state));
	case DEVICES_OWNER:
		return cell_owners(ret, device);
	case DEVICES_UNIT:
		return cell_units(ret, device);
	case DEVICES_EXPORTS:
		return cell_count(ret, device->n_exports, device->exports_known);
	case DEVICES_IMPORTS:
		return cell_count(ret, device->n_imports, device->imports_known);
	case DEVICES_MDEVS:
		return cell_unsigned(ret, device->n_mdevs);
	}
	return 0;
}

static bool is_child_of(const struct device *device, const struct device *parent)
{
	return parent && device->parent && strcmp(device->parent, parent->address) == 0;
}

/* Children stand behind their parent: one that is not there has none before it. */
static bool has_children(const struct device *const *devices, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (is_child_of(devices[i], devices[i - 1]))
			return true;
	return false;
}

static int add_rows(struct table *table, const struct device *const *devices,
		    size_t count)
{
	const struct device *parent = NULL;
	struct table_row *row = NULL;

	for (size_t i = 0; i < count; i++) {
		if (is_child_of(devices[i], parent)) {
			if (table_add(table, row, fill, devices[i], NULL) < 0)
				return -ENOMEM;
			continue;
		}
		parent = devices[i];
		if (table_add(table, NULL, fill, devices[i], &row) < 0)
			return -ENOMEM;
	}
	return 0;
}

int devices_table_print(const struct options *options,
			const struct device *const *devices, size_t count,
			const struct output *output)
{
	const struct table_style style = {
		/* a single column is for programs: the completions read addresses so */
		.tree = options->columns.count > 1 && has_children(devices, count),
		.headings = !options->no_legend,
		.nothing = "-",
	};
	struct table *table;
	int r;

	r = table_new(&devices_columns, &options->columns, &style, output, &table);
	if (r < 0)
		return r;
	r = add_rows(table, devices, count);
	if (r == 0)
		r = table_print(table, output);
	table_free(table);
	return r;
}
