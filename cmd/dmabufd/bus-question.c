/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-options.h"

#include <errno.h>

#include "cmd/dmabufd/bus-option.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

/* What is being asked; filter is a member of request. */
struct target {
	struct json_object *request, *filter;
};

static struct json_object *place(const struct target *target,
				 const struct bus_option *option)
{
	return *(struct json_object *const *)((const char *)target + option->offset);
}

static int read_text(void *target, const struct bus_option *option,
		     sd_bus_message *message)
{
	const char *text;
	int r = bus_option_text(message, &text);

	return r < 0 ? r : wire_add_text(place(target, option), option->key, text);
}

static int read_number(void *target, const struct bus_option *option,
		       sd_bus_message *message)
{
	uint32_t number;
	int r = sd_bus_message_read(message, "u", &number);

	if (r < 0)
		return r;
	return number == 0
		       ? -EINVAL
		       : wire_add_unsigned(place(target, option), option->key, number);
}

static int add_device(struct json_object *object, const char *text)
{
	char name[PCI_ADDRESS_TEXT];
	struct pci_address address;

	if (pci_address_parse(text, &address) < 0)
		return wire_add_text(object, "device", text); /* of an mdev, its UUID */
	pci_address_format(&address, name);
	return wire_add_text(object, "device", name);
}

static int read_device(void *target, const struct bus_option *option,
		       sd_bus_message *message)
{
	const char *text;
	int r = bus_option_text(message, &text);

	return r < 0 ? r : add_device(place(target, option), text);
}

#define REQUEST offsetof(struct target, request)
#define FILTER offsetof(struct target, filter)
#define LIST BUS_METHOD(BUS_LIST)
#define DEVICES BUS_METHOD(BUS_DEVICES)
#define ALL (LIST | DEVICES | BUS_METHOD(BUS_CHECK) | BUS_METHOD(BUS_STATUS))

/* What the texts mean the observer says. */
static const struct bus_option options[] = {
	{ "sources", "s", ALL, read_text, REQUEST },
	{ "limit", "u", LIST, read_number, REQUEST },
	{ "exporter", "s", LIST, read_text, FILTER },
	{ "device", "s", LIST, read_device, FILTER },
	{ "pid", "u", LIST, read_number, FILTER },
	{ "name", "s", LIST, read_text, FILTER },
	{ "revocable", "s", LIST, read_text, FILTER },
	{ "state", "s", LIST, read_text, FILTER },
	{ "unit", "s", DEVICES, read_text, FILTER },
	{ 0 },
};

static int begin(enum bus_method method, struct target *target)
{
	static const char *const verbs[] = {
		[BUS_LIST] = "list",
		[BUS_DEVICES] = "devices",
		[BUS_CHECK] = "check",
		[BUS_STATUS] = "status",
	};
	bool filtered = LIST & BUS_METHOD(method) || DEVICES & BUS_METHOD(method);

	if (wire_add_text(target->request, "verb", verbs[method]) < 0)
		return -ENOMEM;
	if (!filtered)
		return 0;
	target->filter = json_object_new_object();
	return wire_add(target->request, "filter", target->filter);
}

/* Which devices Check looks at. */
static int read_checked(sd_bus_message *message, struct json_object *request,
			sd_bus_error *error)
{
	const char *device;
	int r = sd_bus_message_read(message, "s", &device);

	if (r < 0)
		return r;
	if (strlen(device) > BUS_OPTION_TEXT_MAX)
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
					"the name of the device is too long");
	return *device == '\0' ? wire_add_bool(request, "all", true)
			       : add_device(request, device);
}

int bus_read_question(sd_bus_message *message, enum bus_method method,
		      struct json_object **ret, sd_bus_error *error)
{
	_cleanup_(wire_put) struct json_object *request = json_object_new_object();
	struct target target = { .request = request };
	int r = request ? begin(method, &target) : -ENOMEM;

	if (r >= 0 && method == BUS_CHECK)
		r = read_checked(message, request, error);
	if (r >= 0)
		r = bus_options_read(message, options, method, &target, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(request);
	return 0;
}
