/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/cell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

int cell_take(struct cell *cell, char *text)
{
	cell->text = text;
	return text ? 0 : -ENOMEM;
}

int cell_text(struct cell *cell, const char *text)
{
	if (!text || !*text)
		return 0;
	return cell_take(cell, text_for_terminal(text));
}

int cell_unsigned(struct cell *cell, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return cell_take(cell, strdup(text));
}

int cell_number(struct cell *cell, int64_t number)
{
	return number < 0 ? 0 : cell_unsigned(cell, (uint64_t)number);
}

int cell_list_begin(struct cell_list *list)
{
	*list = (struct cell_list){ 0 };
	list->stream = open_memstream(&list->text, &list->length);
	return list->stream ? 0 : -ENOMEM;
}

void cell_list_add(struct cell_list *list, const char *separator, char *item)
{
	(void)fprintf(list->stream, "%s%s", list->count++ ? separator : "",
		      item ? item : "?");
	free(item);
}

int cell_list_end(struct cell_list *list, struct cell *cell)
{
	if (fclose(list->stream) != 0) {
		free(list->text);
		return -ENOMEM;
	}
	if (list->count > 0)
		return cell_take(cell, list->text);
	free(list->text);
	return 0;
}
