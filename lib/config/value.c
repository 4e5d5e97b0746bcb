/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/time-span.h"
#include "lib/config/config-internal.h"
#include "lib/model/words.h"

#define MILLISECOND UINT64_C(1000)
#define DAY (UINT64_C(86400) * 1000 * MILLISECOND)

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

const char *config_key_expects(enum config_key key)
{
	static const char *const expects[KEY_COUNT] = {
		[KEY_REACT] = "yes or no",
		[KEY_GRACE] = "a time such as 60s, or infinity",
		[KEY_STEPS] = "rungs divided by blanks, each once",
		[KEY_STEP_TIMEOUT] = "a time between a millisecond and a day",
		[KEY_REVOKE_MAPPED] = "yes or no",
		[KEY_DETACH_COMMAND] = "an absolute path, and arguments",
		[KEY_REFUSE] = "yes or no",
	};

	return expects[key];
}

static int parse_model(const char *name, struct config_section *ret)
{
	uint64_t vendor, product;
	char half[5] = "";

	if (strlen(name) != 9 || name[4] != ':')
		return -EINVAL;
	memcpy(half, name, 4);
	if (text_to_u64(half, 16, &vendor) < 0 || text_to_u64(name + 5, 16, &product) < 0)
		return -EINVAL;
	ret->kind = SECTION_MODEL;
	ret->vendor = (uint16_t)vendor;
	ret->product = (uint16_t)product;
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
	static const char *const yes[] = { "1", "yes", "true", "on" };
	static const char *const no[] = { "0", "no", "false", "off" };

	if (word_parse(yes, ARRAY_SIZE(yes), value) >= 0)
		*ret = true;
	else if (word_parse(no, ARRAY_SIZE(no), value) >= 0)
		*ret = false;
	else
		return -EINVAL;
	return 0;
}

static int parse_time(const char *value, uint64_t least, uint64_t most, uint64_t *ret)
{
	uint64_t us;

	if (time_span_parse(value, &us) < 0 || us < least || us > most)
		return -EINVAL;
	*ret = us;
	return 0;
}

static int add_step(struct policy *policy, const char *word)
{
	int step = step_kind_parse(word);

	if (step < 0 || !step_is_rung((enum step_kind)step) ||
	    policy->n_steps == POLICY_STEPS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < policy->n_steps; i++)
		if (policy->steps[i] == (enum step_kind)step)
			return -EINVAL;
	policy->steps[policy->n_steps++] = (enum step_kind)step;
	return 0;
}

static int parse_steps(const char *value, struct policy *policy)
{
	_cleanup_free_ char *copy = strdup(value);
	struct policy parsed = { 0 };
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	while (r == 0 && (word = strsep(&rest, " \t")))
		if (*word)
			r = add_step(&parsed, word);
	if (r == 0)
		config_key_copy(KEY_STEPS, &parsed, policy);
	return r;
}

static int parse_command(const char *value, struct pool *pool, const char **ret)
{
	const char *copy;

	if (value[0] != '/')
		return -EINVAL;
	copy = pool_copy(pool, value, strlen(value));
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

void config_key_copy(enum config_key key, const struct policy *from, struct policy *to)
{
	switch (key) {
	case KEY_REACT:
		to->react = from->react;
		break;
	case KEY_GRACE:
		to->grace_us = from->grace_us;
		break;
	case KEY_STEPS:
		memcpy(to->steps, from->steps, sizeof(to->steps));
		to->n_steps = from->n_steps;
		break;
	case KEY_STEP_TIMEOUT:
		to->step_timeout_us = from->step_timeout_us;
		break;
	case KEY_REVOKE_MAPPED:
		to->revoke_mapped = from->revoke_mapped;
		break;
	case KEY_DETACH_COMMAND:
		to->detach_command = from->detach_command;
		break;
	case KEY_REFUSE:
		to->refuse = from->refuse;
		break;
	case KEY_COUNT:
		break;
	}
}

static int parse(struct policy *policy, enum config_key key, const char *value,
		 struct pool *pool)
{
	switch (key) {
	case KEY_REACT:
		return parse_bool(value, &policy->react);
	case KEY_GRACE:
		return parse_time(value, 0, TIME_SPAN_INFINITE, &policy->grace_us);
	case KEY_STEPS:
		return parse_steps(value, policy);
	case KEY_STEP_TIMEOUT:
		return parse_time(value, MILLISECOND, DAY, &policy->step_timeout_us);
	case KEY_REVOKE_MAPPED:
		return parse_bool(value, &policy->revoke_mapped);
	case KEY_DETACH_COMMAND:
		return parse_command(value, pool, &policy->detach_command);
	case KEY_REFUSE:
		return parse_bool(value, &policy->refuse);
	case KEY_COUNT:
		break;
	}
	return -EINVAL;
}

int config_value_parse(struct config *config, struct config_section *section,
		       enum config_key key, const char *value)
{
	int r = 0;

	if (*value)
		r = parse(&section->policy, key, value, config->pool);
	else
		config_key_copy(key, &policy_default, &section->policy);
	if (r == 0)
		section->given |= GIVEN(key);
	return r;
}
