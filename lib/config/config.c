/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/config/config-internal.h"
#include "lib/config/files.h"

static struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->pool = pool_new();
	if (config->pool)
		return config;
	config_free(config);
	return NULL;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->sections.items);
	pool_free(config->pool);
	free(config);
}

static int read_all(const struct config_files *files, const struct config_reader *reader)
{
	int first = 0;

	/* One file that cannot be read is no reason not to hear about the others. */
	for (size_t i = 0; i < files->count; i++) {
		int r = config_read_file(reader, &files->items[i]);

		if (r == -ENOMEM)
			return r;
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

static void be_silent(void *context, const char *place, const char *message)
{
	(void)context;
	(void)place;
	(void)message;
}

int config_read(int root_fd, config_complain *complain, void *context,
		struct config **ret)
{
	_cleanup_(config_files_done) struct config_files files = { 0 };
	struct config *config = config_new();
	const struct config_reader reader = {
		.root_fd = root_fd,
		.config = config,
		.complain = complain ? complain : be_silent,
		.context = context,
	};
	int r;

	if (!config)
		return -ENOMEM;
	r = config_files_find(root_fd, &files);
	if (r == 0)
		r = read_all(&files, &reader);
	if (r < 0) {
		config_free(config);
		return r;
	}
	*ret = config;
	return 0;
}

static bool applies(const struct config_section *section, const char *address,
		    uint16_t vendor, uint16_t product)
{
	switch (section->kind) {
	case SECTION_DEFAULT:
		return true;
	case SECTION_MODEL:
		return section->vendor == vendor && section->product == product;
	case SECTION_ADDRESS:
		return strcasecmp(section->address, address) == 0;
	}
	return false;
}

static void apply(const struct config_section *section, struct policy *policy)
{
	for (int key = 0; key < KEY_COUNT; key++)
		if (section->given & GIVEN(key))
			config_key_copy((enum config_key)key, &section->policy, policy);
}

/* What is said of one device counts more than what is said of its model, or of all. */
void config_policy(const struct config *config, const char *address, uint16_t vendor,
		   uint16_t product, struct policy *ret)
{
	static const enum section_kind order[] = { SECTION_DEFAULT, SECTION_MODEL,
						   SECTION_ADDRESS };

	*ret = policy_default;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < config->sections.count; j++) {
			const struct config_section *section = &config->sections.items[j];

			if (section->kind == order[i] &&
			    applies(section, address, vendor, product))
				apply(section, ret);
		}
}
