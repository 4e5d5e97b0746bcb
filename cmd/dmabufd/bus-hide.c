/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-hide.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/base/cleanup.h"

static void hide_in_object(struct json_object *object)
{
	static const char *const keys[] = {
		"awaited", "comm", "detail", "pid", "reason", "remedy", "unit",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_object_get_ex(object, keys[i], NULL))
			/* cannot fail: the key is there */
			(void)json_object_object_add(object, keys[i], NULL);
	if (json_object_object_get_ex(object, "notes", NULL))
		(void)json_object_object_add(object, "notes", json_object_new_array());
}

/* As deep as these documents are, which we wrote ourselves. */
void bus_hide_others(struct json_object *value)
{
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			bus_hide_others(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		hide_in_object(value);
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			bus_hide_others(member);
		}
	}
}
