/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/time-span.h"
#include "lib/config/config-internal.h"
#include "lib/model/words.h"

static const char *const config_key_names[KEY_COUNT] = {
	[KEY_REACT] = "React",
	[KEY_GRACE] = "Grace",
	[KEY_STEPS] = "Steps",
	[KEY_STEP_TIMEOUT] = "StepTimeout",
	[KEY_REVOKE_MAPPED] = "RevokeMapped",
	[KEY_DETACH_COMMAND] = "DetachCommand",
	[KEY_REFUSE] = "Refuse",
};

int config_key_parse(const char *name)
{
	return word_parse(config_key_names, KEY_COUNT, name);
}

static int parse_model(const char *name, struct config_section *ret)
{
	char vendor[5], product[5];
	uint64_t numbers[2];

	if (strlen(name) != 9 || name[4] != ':')
		return -EINVAL;
	(void)snprintf(vendor, sizeof(vendor), "%.4s", name);
	(void)snprintf(product, sizeof(product), "%s", name + 5);
	if (text_to_u64(vendor, 16, &numbers[0]) < 0 ||
	    text_to_u64(product, 16, &numbers[1]) < 0)
		return -EINVAL;
	ret->kind = SECTION_MODEL;
	ret->vendor = (uint16_t)numbers[0];
	ret->product = (uint16_t)numbers[1];
	return 0;
}

int config_section_parse(const char *name, struct config_section *ret)
{
	struct config_section section = { .kind = SECTION_DEFAULT,
					  .policy = policy_default };
	struct pci_address address;

	if (strcmp(name, "Default") != 0 && parse_model(name, &section) < 0) {
		if (pci_address_parse(name, &address) < 0)
			return -EINVAL;
		section.kind = SECTION_ADDRESS;
		pci_address_format(&address, section.address);
	}
	*ret = section;
	return 0;
}

/* The words of systemd.syntax(7). */
static int parse_bool(const char *value, bool *ret)
{
	static const char *const yes[] = { "1", "yes", "true", "on" }, *const no[] = {
		"0", "no", "false", "off"
	};

	if (word_parse(yes, ARRAY_SIZE(yes), value) >= 0)
		*ret = true;
	else if (word_parse(no, ARRAY_SIZE(no), value) >= 0)
		*ret = false;
	else
		return -EINVAL;
	return 0;
}

static int parse_time(const char *value, uint64_t *ret)
{
	return time_span_parse(value, ret) < 0 ? -EINVAL : 0;
}

static int parse_steps(const char *value, struct policy *policy)
{
	_cleanup_free_ char *copy = strdup(value);
	enum step_kind steps[POLICY_STEPS_MAX];
	char *rest = copy, *word;
	size_t count = 0;

	if (!copy)
		return -ENOMEM;
	while ((word = strsep(&rest, " \t"))) {
		int step = *word ? step_kind_parse(word) : 0;

		if (!*word)
			continue;
		if (step < 0 || !step_is_rung((enum step_kind)step) ||
		    count == POLICY_STEPS_MAX)
			return -EINVAL;
		steps[count++] = (enum step_kind)step;
	}
	memcpy(policy->steps, steps, count * sizeof(*steps));
	policy->n_steps = count;
	return 0;
}

static int parse_command(const char *value, char **ret)
{
	char *copy;

	if (*value && *value != '/')
		return -EINVAL;
	copy = *value ? strdup(value) : NULL;
	if (*value && !copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

static void reset(struct config_section *section, enum config_key key)
{
	const struct policy *from = &policy_default;
	struct policy *policy = &section->policy;

	switch (key) {
	case KEY_REACT:
		policy->react = from->react;
		break;
	case KEY_GRACE:
		policy->grace_us = from->grace_us;
		break;
	case KEY_STEPS:
		memcpy(policy->steps, from->steps, sizeof(policy->steps));
		policy->n_steps = from->n_steps;
		break;
	case KEY_STEP_TIMEOUT:
		policy->step_timeout_us = from->step_timeout_us;
		break;
	case KEY_REVOKE_MAPPED:
		policy->revoke_mapped = from->revoke_mapped;
		break;
	case KEY_REFUSE:
		policy->refuse = from->refuse;
		break;
	case KEY_DETACH_COMMAND:
	case KEY_COUNT:
		break;
	}
}

static int parse(struct config_section *section, enum config_key key, const char *value)
{
	struct policy *policy = &section->policy;

	switch (key) {
	case KEY_REACT:
		return parse_bool(value, &policy->react);
	case KEY_GRACE:
		return parse_time(value, &policy->grace_us);
	case KEY_STEPS:
		return parse_steps(value, policy);
	case KEY_STEP_TIMEOUT:
		return parse_time(value, &policy->step_timeout_us);
	case KEY_REVOKE_MAPPED:
		return parse_bool(value, &policy->revoke_mapped);
	case KEY_REFUSE:
		return parse_bool(value, &policy->refuse);
	case KEY_DETACH_COMMAND:
		return parse_command(value, &section->policy_command);
	case KEY_COUNT:
		break;
	}
	return -EINVAL;
}

int config_value_parse(struct config_section *section, enum config_key key,
		       const char *value)
{
	int r = 0;

	if (!*value && key != KEY_DETACH_COMMAND)
		reset(section, key);
	else
		r = parse(section, key, value);
	if (r == 0)
		section->given |= GIVEN(key);
	return r;
}
