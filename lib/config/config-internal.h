/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CONFIG_INTERNAL_H
#define DMABUFCTL_CONFIG_INTERNAL_H

#include "lib/base/array.h"
#include "lib/config/config.h"
#include "lib/config/files.h"
#include "lib/model/pci-address.h"

enum config_key {
	KEY_REACT,
	KEY_GRACE,
	KEY_STEPS,
	KEY_STEP_TIMEOUT,
	KEY_REVOKE_MAPPED,
	KEY_DETACH_COMMAND,
	KEY_REFUSE,
	KEY_COUNT,
};

#define GIVEN(key) (1u << (key))

enum section_kind { SECTION_DEFAULT, SECTION_MODEL, SECTION_ADDRESS };

/* One section of one file; later ones of the same name count more. */
struct config_section {
	enum section_kind kind;
	uint16_t vendor, product; /* of a model */
	char address[PCI_ADDRESS_TEXT];
	unsigned int given; /* GIVEN() of the keys it has */
	struct policy policy;
	char *policy_command; /* DetachCommand=; NULL: none */
};

struct config {
	ARRAY(struct config_section) sections;
};

struct config_reader {
	struct config *config;
	config_complain *complain;
	void *context;
};

/* Appends its sections. 0, -ENOMEM, or another errno that has been complained about. */
int config_read_file(struct config_reader *reader, const struct config_file *file);

/* "Default", "10de:2330", "0000:03:00.0" or "03:00.0". 0 or -EINVAL. */
int config_section_parse(const char *name, struct config_section *ret);

/* enum config_key, or -EINVAL. */
int config_key_parse(const char *name);

/* An empty value is the default. 0, -EINVAL (no such value) or -ENOMEM. */
int config_value_parse(struct config_section *section, enum config_key key,
		       const char *value);

#endif
