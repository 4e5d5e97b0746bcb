/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/pci-address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Between least and most hexadecimal digits, no more than maximum, up to the
 * character after. Moves *cursor behind that character (not behind a final NUL).
 */
static bool take_hex(const char **cursor, size_t least, size_t most,
		     unsigned long maximum, char after, unsigned long *ret)
{
	size_t digits = strspn(*cursor, "0123456789abcdefABCDEF");
	unsigned long value;

	if (digits < least || digits > most || (*cursor)[digits] != after)
		return false;
	value = strtoul(*cursor, NULL, 16);
	if (value > maximum)
		return false;
	*cursor += digits + (after != '\0');
	*ret = value;
	return true;
}

static int parse_short(const char *text, struct pci_address *ret)
{
	unsigned long bus, slot, function;

	if (!take_hex(&text, 2, 2, 0xff, ':', &bus) ||
	    !take_hex(&text, 2, 2, 0x1f, '.', &slot) ||
	    !take_hex(&text, 1, 1, 7, '\0', &function))
		return -EINVAL;
	ret->bus = (uint8_t)bus;
	ret->slot = (uint8_t)slot;
	ret->function = (uint8_t)function;
	return 0;
}

int pci_address_parse(const char *text, struct pci_address *ret)
{
	struct pci_address address = { 0 };
	const char *cursor = text;
	unsigned long domain;
	int r;

	if (parse_short(text, &address) == 0) {
		*ret = address;
		return 0;
	}
	if (!take_hex(&cursor, 4, 8, UINT32_MAX, ':', &domain))
		return -EINVAL;
	r = parse_short(cursor, &address);
	if (r < 0)
		return r;
	address.domain = (uint32_t)domain;
	*ret = address;
	return 0;
}

void pci_address_format(const struct pci_address *address, char text[PCI_ADDRESS_TEXT])
{
	(void)snprintf(text, PCI_ADDRESS_TEXT, "%04x:%02x:%02x.%x", address->domain,
		       address->bus, address->slot, address->function);
}

bool pci_address_is_kernel_name(const char *text)
{
	char formatted[PCI_ADDRESS_TEXT];
	struct pci_address address;

	if (pci_address_parse(text, &address) < 0)
		return false;
	pci_address_format(&address, formatted);
	return strcmp(text, formatted) == 0;
}
