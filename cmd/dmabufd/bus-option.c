/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-option.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/model/pci-address.h"

enum { KEY_SHOWN = 32 };

static const struct bus_option *find(const struct bus_option *table, unsigned int method,
				     const char *key)
{
	for (; table->key; table++)
		if (table->methods & BUS_METHOD(method) && strcmp(table->key, key) == 0)
			return table;
	return NULL;
}

/* A key is said again only if it looks like one. */
static int refuse_key(sd_bus_error *error, const char *key)
{
	size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz_-");

	if (length == 0 || length > KEY_SHOWN || key[length] != '\0')
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
					"an option that this method does not have");
	return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
				 "this method has no option '%s'", key);
}

static int read_value(sd_bus_message *message, const struct bus_option *option,
		      void *target, sd_bus_error *error)
{
	const char *contents;
	int r = sd_bus_message_peek_type(message, NULL, &contents);

	if (r < 0)
		return r;
	if (strcmp(contents, option->type) != 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "the type of option '%s' is '%s'", option->key,
					 option->type);
	r = sd_bus_message_enter_container(message, 'v', option->type);
	if (r >= 0)
		r = option->read(target, option, message);
	if (r == -EINVAL)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "the value of option '%s' makes no sense",
					 option->key);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_one(sd_bus_message *message, const struct bus_option *table,
		    unsigned int method, void *target, uint64_t *seen,
		    sd_bus_error *error)
{
	const struct bus_option *option;
	const char *key;
	int r = sd_bus_message_read(message, "s", &key);

	if (r < 0)
		return r;
	option = find(table, method, key);
	if (!option)
		return refuse_key(error, key);
	if (*seen & UINT64_C(1) << (option - table))
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "option '%s' is given twice", option->key);
	*seen |= UINT64_C(1) << (option - table);
	return read_value(message, option, target, error);
}

int bus_options_read(sd_bus_message *message, const struct bus_option *table,
		     unsigned int method, void *target, sd_bus_error *error)
{
	uint64_t seen = 0;
	int r = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = read_one(message, table, method, target, &seen, error);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	return r < 0 ? r : 0;
}

int bus_option_text(sd_bus_message *message, const char **ret)
{
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return r;
	if (*text == '\0' || strlen(text) > BUS_OPTION_TEXT_MAX)
		return -EINVAL;
	*ret = text;
	return 0;
}

int bus_option_flag(void *target, const struct bus_option *option,
		    sd_bus_message *message)
{
	bool *flag = (bool *)((char *)target + option->offset);
	int value;
	int r = sd_bus_message_read(message, "b", &value);

	if (r < 0)
		return r;
	*flag = value;
	return 0;
}

int bus_option_address(void *target, const struct bus_option *option,
		       sd_bus_message *message)
{
	struct pci_address address;
	const char *text;
	int r = bus_option_text(message, &text);

	if (r == 0)
		r = pci_address_parse(text, &address);
	if (r < 0)
		return r;
	pci_address_format(&address, (char *)target + option->offset);
	return 0;
}
