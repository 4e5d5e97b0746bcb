/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CONFIG_INTERNAL_H
#define DMABUFCTL_CONFIG_INTERNAL_H

#include "lib/base/array.h"
#include "lib/base/pool.h"
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
};

struct config {
	ARRAY(struct config_section) sections;
	struct pool *pool; /* of the commands in their policies */
};

struct config_reader {
	int root_fd;
	struct config *config;
	config_complain *complain;
	void *context;
};

/* Appends its sections. 0, -ENOMEM, or another errno that has been complained about. */
int config_read_file(const struct config_reader *reader, const struct config_file *file);

/* "Default", "10de:2330", "0000:03:00.0" or "03:00.0". 0 or -EINVAL. */
int config_section_parse(const char *name, struct config_section *ret);

/* enum config_key, or -EINVAL. */
int config_key_parse(const char *name);
const char *config_key_expects(enum config_key key); /* in words: "yes or no" */

/*
 * Sets one key of a section to a value, an empty one to the default. 0, -EINVAL (no such
 * value; nothing is changed) or -ENOMEM.
 */
int config_value_parse(struct config *config, struct config_section *section,
		       enum config_key key, const char *value);

void config_key_copy(enum config_key key, const struct policy *from, struct policy *to);

#endif
