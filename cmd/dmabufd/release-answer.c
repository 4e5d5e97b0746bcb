/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/release-answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/dmabufd/react.h"
#include "lib/base/cleanup.h"
#include "lib/model/pci-address.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

struct json_object *release_question(void)
{
	_cleanup_(wire_put) struct json_object *request = json_object_new_object();

	if (!request || wire_add_text(request, "verb", "releases") < 0 ||
	    wire_add_null(request, "for_uid") < 0)
		return NULL;
	return TAKE_PTR(request);
}

/* The observer's own words, or those of the error. */
static int explain(int error, struct json_object *answer, char **ret)
{
	struct json_object *object = NULL;
	const char *message = NULL;

	if (error == 0 && wire_get_object(answer, "error", &object) == 0 && object)
		(void)wire_get_text(object, "message", &message);
	if (!message)
		message = strerror(error < 0 ? -error : EBADMSG);
	if (asprintf(ret, "because the observer could not look: %s", message) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

int release_answer_read(int error, struct json_object *answer, struct json_object **ret,
			char **ret_why)
{
	struct json_object *entries = NULL;

	if (error == 0 && wire_get_array(answer, "releases", &entries) == 0 && entries) {
		*ret = entries;
		return 0;
	}
	return explain(error, answer, ret_why);
}

struct json_object *release_entry_find(struct json_object *entries, const char *address)
{
	size_t count = entries ? json_object_array_length(entries) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(entries, i);
		const char *device = release_entry_device(entry);

		if (device && strcmp(device, address) == 0)
			return entry;
	}
	return NULL;
}

const char *release_entry_device(struct json_object *entry)
{
	const char *device = NULL;

	if (!json_object_is_type(entry, json_type_object) ||
	    wire_get_text(entry, "device", &device) < 0 || !device)
		return NULL;
	return pci_address_is_kernel_name(device) ? device : NULL;
}

enum release_kind release_entry_kind(struct json_object *entry)
{
	const char *path = NULL;

	(void)wire_get_text(entry, "path", &path);
	return react_kind(path);
}

int64_t release_entry_since(struct json_object *entry)
{
	int64_t since_us = 0;

	return wire_get_time(entry, "since", &since_us) < 0 ? 0 : since_us;
}
