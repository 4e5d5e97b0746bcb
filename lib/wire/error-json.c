/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/error-json.h"

#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

struct json_object *wire_error(int status, const char *message, const char *hint)
{
	_cleanup_(wire_put) struct json_object *outer = json_object_new_object();
	struct json_object *inner = json_object_new_object();

	if (!outer) {
		(void)json_object_put(inner);
		return NULL;
	}
	if (wire_add(outer, "error", inner) < 0 ||
	    wire_add_unsigned(inner, "status", (uint64_t)status) < 0 ||
	    wire_add_text(inner, "message", message) < 0 ||
	    wire_add_text(inner, "hint", hint) < 0)
		return NULL;
	return TAKE_PTR(outer);
}
