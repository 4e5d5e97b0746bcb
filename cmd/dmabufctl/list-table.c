/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/list-table.h"

#include <errno.h>
#include <string.h>

#include <libsmartcols.h>

#include "cmd/dmabufctl/cell.h"
#include "cmd/dmabufctl/colour.h"
#include "cmd/dmabufctl/format.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/table.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum list_column {
	LIST_INODE,
	LIST_SIZE,
	LIST_EXPORTER,
	LIST_NAME,
	LIST_DEVICE,
	LIST_REGION,
	LIST_ORIGIN,
	LIST_STATE,
	LIST_EVIDENCE,
	LIST_REVOCABLE,
	LIST_REASON,
	LIST_REFS,
	LIST_ATTACHMENTS,
	LIST_HOLDERS,
	LIST_IMPORTERS,
	LIST_PIDS,
};

static const struct column columns[] = {
	[LIST_INODE] = { "INODE", 0, 0, "number",
			 "inode, the identity of a buffer; below it, who is attached or "
			 "holds" },
	[LIST_SIZE] = { "SIZE", 0, SCOLS_FL_RIGHT, "number",
			"size, in bytes with --flat" },
	[LIST_EXPORTER] = { "EXPORTER", 0, 0, "string",
			    "who made the buffer; the importer of an attachment" },
	[LIST_NAME] = { "NAME", 0.1, SCOLS_FL_TRUNC, "string",
			"name its users gave it; users of an attachment, unit of a "
			"holder" },
	[LIST_DEVICE] = { "DEVICE", 0, 0, "string", "exporting device" },
	[LIST_REGION] = { "REGION", 0, SCOLS_FL_RIGHT, "number",
			  "region (BAR) of the exporting device" },
	[LIST_ORIGIN] = { "ORIGIN", 0, 0, "string",
			  "exporting device and region, DEVICE/REGION" },
	[LIST_STATE] = { "STATE", 0, 0, "string",
			 "live, revoking, revoked, orphaned; kind of an attachment or a "
			 "hold" },
	[LIST_EVIDENCE] = { "EVIDENCE", 0, 0, "string",
			    "how STATE is known; of an attachment, how REVOCABLE is" },
	[LIST_REVOCABLE] = { "REVOCABLE", 0, 0, "string", "yes, no, depends, unknown" },
	[LIST_REASON] = { "REASON", 0.1, SCOLS_FL_TRUNC, "string",
			  "why REVOCABLE says so" },
	[LIST_REFS] = { "REFS", 0, SCOLS_FL_RIGHT, "number",
			"references to its file, those of the kernel included" },
	[LIST_ATTACHMENTS] = { "ATTACHMENTS", 0, SCOLS_FL_RIGHT, "number",
			       "number of attachments" },
	[LIST_HOLDERS] = { "HOLDERS", 0, SCOLS_FL_RIGHT, "number",
			   "number of fds and mappings" },
	[LIST_IMPORTERS] = { "IMPORTERS", 0.1, SCOLS_FL_TRUNC, "string",
			     "attached devices, separated by commas" },
	[LIST_PIDS] = { "PIDS", 0.1, SCOLS_FL_TRUNC, "string",
			"processes that hold it, separated by commas" },
};

static const size_t tree_defaults[] = {
	LIST_INODE, LIST_SIZE,	    LIST_EXPORTER, LIST_ORIGIN,
	LIST_STATE, LIST_REVOCABLE, LIST_NAME,
};

/* NAME last: it may contain blanks. */
static const size_t flat_defaults[] = {
	LIST_INODE,	LIST_SIZE,	LIST_EXPORTER, LIST_DEVICE,	 LIST_REGION,
	LIST_STATE,	LIST_REVOCABLE, LIST_REFS,     LIST_ATTACHMENTS, LIST_HOLDERS,
	LIST_IMPORTERS, LIST_PIDS,	LIST_NAME,
};

const struct column_set list_columns = {
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.defaults = tree_defaults,
	.n_defaults = ARRAY_SIZE(tree_defaults),
	.flat_defaults = flat_defaults,
	.n_flat_defaults = ARRAY_SIZE(flat_defaults),
};

/* What a row shows, and what its cells depend on besides. */
struct list_row {
	const struct buffer *buffer;
	const struct attachment *attachment;
	const struct holder *holder;
	size_t tree_column;
	bool flat;
};

static int cell_verdict(struct cell *cell, enum verdict verdict)
{
	cell->colour = colour_of_verdict(verdict);
	return cell_text(cell, verdict_name(verdict));
}

static int cell_origin(struct cell *cell, const struct buffer *buffer)
{
	_cleanup_free_ char *device = NULL;

	if (!buffer->device || buffer->region < 0)
		return cell_text(cell, buffer->device);
	device = text_for_terminal(buffer->device);
	if (!device || asprintf(&cell->text, "%s/%d", device, buffer->region) < 0) {
		cell->text = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Attachments are sorted by device, holders by process: what repeats is adjacent. */

static int cell_importers(struct cell *cell, const struct buffer *buffer)
{
	const char *last = NULL;
	struct cell_list list;

	if (cell_list_begin(&list) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < buffer->n_attachments; i++) {
		const char *device = buffer->attachments[i].device;

		if (!last || strcmp(last, device) != 0)
			cell_list_add(&list, ",", text_for_terminal(device));
		last = device;
	}
	return cell_list_end(&list, cell);
}

static int cell_pids(struct cell *cell, const struct buffer *buffer)
{
	const struct process *last = NULL;
	struct cell_list list;

	if (cell_list_begin(&list) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < buffer->n_holders; i++) {
		const struct process *process = buffer->holders[i].process;
		char pid[16];

		if (!process || process == last)
			continue;
		(void)snprintf(pid, sizeof(pid), "%d", process->pid);
		cell_list_add(&list, ",", strdup(process->pid > 0 ? pid : "?"));
		last = process;
	}
	return cell_list_end(&list, cell);
}

static int cell_users(struct cell *cell, const struct attachment *attachment)
{
	struct cell_list list;

	if (cell_list_begin(&list) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < attachment->n_users; i++)
		cell_list_add(&list, ", ", format_process(attachment->users[i].process));
	return cell_list_end(&list, cell);
}

static int fill_buffer(const struct buffer *buffer, bool flat, enum list_column column,
		       struct cell *ret)
{
	switch (column) {
	case LIST_INODE:
		return cell_unsigned(ret, buffer->inode);
	case LIST_SIZE:
		return flat ? cell_unsigned(ret, buffer->size)
			    : cell_take(ret, format_size(buffer->size));
	case LIST_EXPORTER:
		return cell_text(ret, buffer->exporter);
	case LIST_NAME:
		return cell_text(ret, buffer->name);
	case LIST_DEVICE:
		return cell_text(ret, buffer->device);
	case LIST_REGION:
		return cell_number(ret, buffer->region);
	case LIST_ORIGIN:
		return cell_origin(ret, buffer);
	case LIST_STATE:
		ret->colour = colour_of_buffer_state(buffer->state);
		return cell_text(ret, buffer_state_name(buffer->state));
	case LIST_EVIDENCE:
		return cell_text(ret, evidence_name(buffer->state_evidence));
	case LIST_REVOCABLE:
		return cell_verdict(ret, buffer->revocable);
	case LIST_REASON:
		return cell_text(ret, buffer->reason);
	case LIST_REFS:
		return cell_number(ret, buffer->references);
	case LIST_ATTACHMENTS:
		return buffer->attachments_known || buffer->n_attachments
			       ? cell_unsigned(ret, buffer->n_attachments)
			       : 0;
	case LIST_HOLDERS:
		return cell_unsigned(ret, buffer->n_holders);
	case LIST_IMPORTERS:
		return cell_importers(ret, buffer);
	case LIST_PIDS:
		return cell_pids(ret, buffer);
	}
	return 0;
}

static int fill_attachment(const struct attachment *attachment, enum list_column column,
			   struct cell *ret)
{
	switch (column) {
	case LIST_EXPORTER:
		return cell_text(ret, attachment->importer ? attachment->importer
							   : attachment->driver);
	case LIST_STATE:
		return cell_text(ret, attachment_kind_name(attachment->kind));
	case LIST_EVIDENCE:
		return cell_text(ret, evidence_name(attachment->evidence));
	case LIST_REVOCABLE:
		return cell_verdict(ret, attachment->revocable);
	case LIST_REASON:
		return cell_text(ret, attachment->reason);
	case LIST_NAME:
		return cell_users(ret, attachment);
	default:
		return 0;
	}
}

static int fill_holder(const struct holder *holder, enum list_column column,
		       struct cell *ret)
{
	const char *unit = holder->process ? holder->process->unit : NULL;

	switch (column) {
	case LIST_STATE:
		return cell_take(ret, format_holding(holder));
	case LIST_NAME:
		return unit ? cell_take(ret, format_unit(unit)) : 0;
	default:
		return 0;
	}
}

static int fill(const void *item, size_t column, struct cell *ret)
{
	const struct list_row *row = item;

	if (row->buffer)
		return fill_buffer(row->buffer, row->flat, (enum list_column)column, ret);
	if (row->attachment && column == row->tree_column)
		return cell_text(ret, row->attachment->device);
	if (row->attachment)
		return fill_attachment(row->attachment, (enum list_column)column, ret);
	if (column == row->tree_column)
		return cell_take(ret, format_process(row->holder->process));
	return fill_holder(row->holder, (enum list_column)column, ret);
}

static int add_children(struct table *table, struct table_row *parent,
			const struct buffer *buffer, size_t tree_column)
{
	struct list_row row = { .tree_column = tree_column };

	for (size_t i = 0; i < buffer->n_attachments; i++) {
		row.attachment = &buffer->attachments[i];
		if (table_add(table, parent, fill, &row, NULL) < 0)
			return -ENOMEM;
	}
	row.attachment = NULL;
	for (size_t i = 0; i < buffer->n_holders; i++) {
		row.holder = &buffer->holders[i];
		if (table_add(table, parent, fill, &row, NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_rows(struct table *table, const struct options *options,
		    const struct buffer *const *buffers, size_t count)
{
	struct list_row row = { .flat = options->flat };
	struct table_row *parent;

	for (size_t i = 0; i < count; i++) {
		row.buffer = buffers[i];
		if (table_add(table, NULL, fill, &row, &parent) < 0)
			return -ENOMEM;
		if (options->flat)
			continue;
		if (add_children(table, parent, buffers[i],
				 table_tree_column(&options->columns)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int list_table_print(const struct options *options, const struct buffer *const *buffers,
		     size_t count, const struct output *output)
{
	const struct table_style style = {
		.tree = !options->flat,
		.headings = !options->no_legend,
		.nothing = options->flat ? "-" : NULL,
	};
	struct table *table;
	int r;

	r = table_new(&list_columns, &options->columns, &style, output, &table);
	if (r < 0)
		return r;
	r = add_rows(table, options, buffers, count);
	if (r == 0)
		r = table_print(table, output);
	table_free(table);
	return r;
}
