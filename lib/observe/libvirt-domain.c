/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/libvirt-domain.h"

#include <ctype.h>
#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/model/pci-address.h"
#include "lib/observe/sink.h"

enum { DEPTH_MAX = 8 }; /* of the elements that matter */

enum element {
	ELEMENT_OTHER,
	ELEMENT_TOP, /* around the root element */
	ELEMENT_STATUS,
	ELEMENT_DOMAIN,
	ELEMENT_NAME,
	ELEMENT_DEVICES,
	ELEMENT_HOSTDEV,
	ELEMENT_INTERFACE,
	ELEMENT_DISK,
	ELEMENT_SOURCE,
	ELEMENT_ADDRESS,
};

/* Only where they stand here do elements mean what we look for. */
static const struct {
	enum element parent;
	const char *name;
	enum element element;
} elements[] = {
	{ ELEMENT_TOP, "domstatus", ELEMENT_STATUS },
	{ ELEMENT_TOP, "domain", ELEMENT_DOMAIN },
	{ ELEMENT_STATUS, "domain", ELEMENT_DOMAIN },
	{ ELEMENT_DOMAIN, "name", ELEMENT_NAME },
	{ ELEMENT_DOMAIN, "devices", ELEMENT_DEVICES },
	{ ELEMENT_DEVICES, "hostdev", ELEMENT_HOSTDEV },
	{ ELEMENT_DEVICES, "interface", ELEMENT_INTERFACE },
	/* what an interface of a network pool became when the domain was started */
	{ ELEMENT_INTERFACE, "actual", ELEMENT_INTERFACE },
	{ ELEMENT_DEVICES, "disk", ELEMENT_DISK },
	{ ELEMENT_HOSTDEV, "source", ELEMENT_SOURCE },
	{ ELEMENT_INTERFACE, "source", ELEMENT_SOURCE },
	{ ELEMENT_DISK, "source", ELEMENT_SOURCE },
	{ ELEMENT_SOURCE, "address", ELEMENT_ADDRESS },
};

enum taken {
	TAKES_NOTHING,
	TAKES_PCI,
	TAKES_MDEV,
};

struct domain_parser {
	XML_Parser xml;
	unsigned int depth;
	enum element open[DEPTH_MAX + 1]; /* open[0]: ELEMENT_TOP */
	enum taken taken; /* by the device at hand */
	bool managed;
	bool seen; /* a domain */
	int error;
	char name[sizeof(((struct libvirt_domain *)NULL)->name)];
	size_t name_length;
	ARRAY(struct libvirt_device) devices;
};

static void stop(struct domain_parser *parser, int error)
{
	parser->error = error;
	(void)XML_StopParser(parser->xml, XML_FALSE);
}

/* "" where there is none. */
static const char *attribute(const char *const *attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return "";
}

static bool attribute_is(const char *const *attributes, const char *name,
			 const char *value)
{
	return strcmp(attribute(attributes, name), value) == 0;
}

/* As libvirt reads it: decimal, 0x-hexadecimal or octal; 0 where it is missing. */
static bool number_of(const char *const *attributes, const char *name,
		      unsigned long maximum, unsigned long *ret)
{
	const char *text = attribute(attributes, name);
	char *end;

	*ret = 0;
	if (!*text)
		return true;
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoul(text, &end, 0);
	return errno == 0 && *end == '\0' && *ret <= maximum;
}

static bool pci_name(const char *const *attributes, char name[RECORD_DEVICE_NAME])
{
	unsigned long domain, bus, slot, function;
	struct pci_address address;

	if (!number_of(attributes, "domain", UINT32_MAX, &domain) ||
	    !number_of(attributes, "bus", 0xff, &bus) ||
	    !number_of(attributes, "slot", 0x1f, &slot) ||
	    !number_of(attributes, "function", 7, &function) ||
	    (domain | bus | slot | function) == 0)
		return false;
	address = (struct pci_address){
		.domain = (uint32_t)domain,
		.bus = (uint8_t)bus,
		.slot = (uint8_t)slot,
		.function = (uint8_t)function,
	};
	pci_address_format(&address, name);
	return true;
}

/* In lower case, as the kernel names it. */
static bool mdev_name(const char *const *attributes, char name[RECORD_DEVICE_NAME])
{
	const char *uuid = attribute(attributes, "uuid");
	size_t i;

	if (strlen(uuid) != 36)
		return false;
	for (i = 0; uuid[i]; i++) {
		if (!isxdigit((unsigned char)uuid[i]) && uuid[i] != '-')
			return false;
		name[i] = (char)tolower((unsigned char)uuid[i]);
	}
	name[i] = '\0';
	return true;
}

static void take_address(struct domain_parser *parser, const char *const *attributes)
{
	struct libvirt_device device = { .managed = parser->managed };
	bool named = false;

	if (parser->taken == TAKES_PCI)
		named = pci_name(attributes, device.name);
	else if (parser->taken == TAKES_MDEV)
		named = mdev_name(attributes, device.name);
	if (named && ARRAY_PUSH(&parser->devices, device) < 0)
		stop(parser, -ENOMEM);
}

static void begin_hostdev(struct domain_parser *parser, const char *const *attributes)
{
	parser->managed = attribute_is(attributes, "managed", "yes");
	parser->taken = TAKES_NOTHING;
	if (!attribute_is(attributes, "mode", "subsystem"))
		return;
	if (attribute_is(attributes, "type", "pci"))
		parser->taken = TAKES_PCI;
	else if (attribute_is(attributes, "type", "mdev"))
		parser->taken = TAKES_MDEV;
}

static void begin_element(struct domain_parser *parser, enum element element,
			  const char *const *attributes)
{
	switch (element) {
	case ELEMENT_DOMAIN:
		parser->seen = true;
		break;
	case ELEMENT_HOSTDEV:
		begin_hostdev(parser, attributes);
		break;
	case ELEMENT_INTERFACE:
		parser->managed = attribute_is(attributes, "managed", "yes");
		parser->taken = attribute_is(attributes, "type", "hostdev")
					? TAKES_PCI
					: TAKES_NOTHING;
		break;
	case ELEMENT_DISK: /* QEMU's own NVMe driver has it by VFIO */
		parser->managed = false;
		parser->taken = attribute_is(attributes, "type", "nvme") ? TAKES_PCI
									 : TAKES_NOTHING;
		break;
	case ELEMENT_SOURCE:
		if (parser->open[parser->depth - 1] == ELEMENT_DISK)
			parser->managed = attribute_is(attributes, "managed", "yes");
		break;
	case ELEMENT_ADDRESS:
		take_address(parser, attributes);
		break;
	default:
		break;
	}
}

static void on_start(void *data, const char *name, const char **attributes)
{
	struct domain_parser *parser = data;
	enum element parent, element = ELEMENT_OTHER;

	if (parser->depth++ >= DEPTH_MAX)
		return;
	parent = parser->open[parser->depth - 1];
	for (size_t i = 0; i < ARRAY_SIZE(elements); i++)
		if (elements[i].parent == parent && strcmp(elements[i].name, name) == 0)
			element = elements[i].element;
	parser->open[parser->depth] = element;
	begin_element(parser, element, (const char *const *)attributes);
}

static void on_end(void *data, const char *name)
{
	struct domain_parser *parser = data;

	(void)name;
	parser->depth--;
}

static void on_text(void *data, const char *text, int length)
{
	struct domain_parser *parser = data;
	size_t space = sizeof(parser->name) - 1 - parser->name_length;
	size_t size = (size_t)length < space ? (size_t)length : space;

	if (parser->depth > DEPTH_MAX || parser->open[parser->depth] != ELEMENT_NAME)
		return;
	memcpy(parser->name + parser->name_length, text, size);
	parser->name_length += size;
}

static void on_document_type(void *data, const char *name, const char *system_id,
			     const char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	stop(data, -ENOTSUP);
}

static void parse(struct domain_parser *parser, const char *text, size_t length)
{
	XML_SetUserData(parser->xml, parser);
	XML_SetElementHandler(parser->xml, on_start, on_end);
	XML_SetCharacterDataHandler(parser->xml, on_text);
	XML_SetStartDoctypeDeclHandler(parser->xml, on_document_type);
	parser->open[0] = ELEMENT_TOP;
	if (XML_Parse(parser->xml, text, (int)length, XML_TRUE) != XML_STATUS_OK &&
	    parser->error == 0)
		parser->error = XML_GetErrorCode(parser->xml) == XML_ERROR_NO_MEMORY
					? -ENOMEM
					: -EBADMSG;
	if (parser->error == 0 && (!parser->seen || parser->name_length == 0))
		parser->error = -EBADMSG;
}

int libvirt_domain_parse(const char *text, size_t length, struct libvirt_domain *ret)
{
	struct domain_parser parser = { .depth = 0 };

	if (length > INT32_MAX)
		return -EFBIG;
	parser.xml = XML_ParserCreate(NULL);
	if (!parser.xml)
		return -ENOMEM;
	parse(&parser, text, length);
	XML_ParserFree(parser.xml);
	if (parser.error < 0) {
		free(parser.devices.items);
		return parser.error;
	}
	RECORD_TEXT(ret->name, parser.name);
	ret->devices = parser.devices.items;
	ret->n_devices = parser.devices.count;
	return 0;
}

void libvirt_domain_free(struct libvirt_domain *domain)
{
	free(domain->devices);
}
