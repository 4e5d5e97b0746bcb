/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/unit-facts.h"

#include <stdlib.h>
#include <string.h>

const struct unit_facts *unit_facts_find(const struct unit_facts_list *list,
					 const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

static void unit_facts_done(struct unit_facts *facts)
{
	free(facts->name);
	free(facts->invocation);
	free(facts->cgroup);
	for (char **unit = facts->required_by; unit && *unit; unit++)
		free(*unit);
	free(facts->required_by);
	free(facts->processes);
}

void unit_facts_list_done(struct unit_facts_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		unit_facts_done(&list->items[i]);
	free(list->items);
	*list = (struct unit_facts_list){ 0 };
}
