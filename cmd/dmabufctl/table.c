/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/table.h"

#include <errno.h>
#include <string.h>

#include <libsmartcols.h>

#include "lib/base/cleanup.h"

struct table {
	struct libscols_table *scols;
	const struct column_set *set;
	struct column_selection selection;
	struct table_style style;
};

static int add_column(struct table *table, size_t position)
{
	const struct column *column =
		&table->set->columns[table->selection.ids[position]];
	int flags = column->flags;

	if (table->style.tree && position == 0)
		flags = (flags | SCOLS_FL_TREE) & ~SCOLS_FL_RIGHT;
	if (!scols_table_new_column(table->scols, column->name, column->width, flags))
		return -ENOMEM;
	return 0;
}

/* Cells are safe already; libsmartcols would escape the escapes once more. */
static void configure(struct table *table, const struct output *output)
{
	struct libscols_table *scols = table->scols;

	(void)scols_table_enable_noencoding(scols, 1);
	(void)scols_table_enable_minout(scols, 1); /* no blanks behind the last cell */
	(void)scols_table_enable_noheadings(scols, !table->style.headings);
	(void)scols_table_enable_colors(scols, output->colour);
	(void)scols_table_set_termforce(scols, output->terminal ? SCOLS_TERMFORCE_ALWAYS
								: SCOLS_TERMFORCE_NEVER);
	if (output->terminal)
		(void)scols_table_set_termwidth(scols, output->width);
	(void)scols_table_set_stream(scols, output->stream);
}

int table_new(const struct column_set *set, const struct column_selection *selection,
	      const struct table_style *style, const struct output *output,
	      struct table **ret)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->scols = scols_new_table();
	table->set = set;
	table->selection = *selection;
	table->style = *style;
	if (!table->scols)
		goto fail;
	configure(table, output);
	for (size_t i = 0; i < selection->count; i++)
		if (add_column(table, i) < 0)
			goto fail;
	*ret = table;
	return 0;
fail:
	table_free(table);
	return -ENOMEM;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	scols_unref_table(table->scols);
	free(table);
}

static int set_cell(const struct table *table, struct libscols_line *line,
		    size_t position, struct cell *cell)
{
	if (!cell->text && table->style.nothing) {
		cell->text = strdup(table->style.nothing);
		if (!cell->text)
			return -ENOMEM;
	}
	if (!cell->text)
		return 0;
	if (scols_line_refer_data(line, position, cell->text) != 0) {
		free(cell->text);
		return -ENOMEM;
	}
	if (cell->colour)
		(void)scols_cell_set_color(scols_line_get_cell(line, position),
					   cell->colour);
	return 0;
}

int table_add(struct table *table, struct table_row *parent,
	      int (*fill)(const void *item, size_t column, struct cell *ret),
	      const void *item, struct table_row **ret)
{
	struct libscols_line *line;

	line = scols_table_new_line(table->scols, (struct libscols_line *)parent);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->selection.count; i++) {
		struct cell cell = { 0 };

		if (fill(item, table->selection.ids[i], &cell) < 0 ||
		    set_cell(table, line, i, &cell) < 0)
			return -ENOMEM;
	}
	if (ret)
		*ret = (struct table_row *)line;
	return 0;
}

int table_print(struct table *table, const struct output *output)
{
	int r;

	(void)scols_table_set_stream(table->scols, output->stream);
	r = scols_print_table(table->scols);
	return r < 0 ? r : 0;
}

size_t table_tree_column(const struct column_selection *selection)
{
	return selection->ids[0];
}
