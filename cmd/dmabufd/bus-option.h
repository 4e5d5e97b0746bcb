/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_OPTION_H
#define DMABUFD_BUS_OPTION_H

/* How a{sv} is read by a table; for the files of bus-options.h. */

#include <systemd/sd-bus.h>

enum {
	BUS_OPTION_TEXT_MAX = 255
}; /* bytes; nothing that has a name here has a longer one */

struct bus_option {
	const char *key;
	const char *type; /* of its value */
	unsigned int methods; /* BUS_METHOD() mask: which have it */
	/*
	 * Reads the value into target. 0; -EINVAL: it makes no sense; another negative
	 * errno.
	 */
	int (*read)(void *target, const struct bus_option *option,
		    sd_bus_message *message);
	size_t offset; /* in target, as read() has it */
};

#define BUS_METHOD(method) (1u << (method))

/* table ends with a key of NULL and has at most 64 rows. 0 or negative errno with *error. */
int bus_options_read(sd_bus_message *message, const struct bus_option *table,
		     unsigned int method, void *target, sd_bus_error *error);

/* A text of 1 to BUS_OPTION_TEXT_MAX bytes. 0; -EINVAL: it is longer, or empty. */
int bus_option_text(sd_bus_message *message, const char **ret);

/* For tables: a bool, and a PCI address in the kernel's form, at offset of target. */
int bus_option_flag(void *target, const struct bus_option *option,
		    sd_bus_message *message);
int bus_option_address(void *target, const struct bus_option *option,
		       sd_bus_message *message);

#endif
