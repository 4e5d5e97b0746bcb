/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/colour.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"

static bool means_no(const char *value)
{
	static const char *const words[] = { "0", "no", "n", "false", "f", "off" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

bool colour_wanted(void)
{
	const char *systemd = getenv("SYSTEMD_COLORS");
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (systemd && *systemd)
		return !means_no(systemd);
	if (no_color && *no_color)
		return false;
	return terminal && strcmp(terminal, "dumb") != 0;
}

const char *colour_switch(bool wanted, enum text_style style)
{
	static const char *const sequences[] = {
		[TEXT_PLAIN] = "\033[0m",
		[TEXT_GOOD] = "\033[32m",
		[TEXT_BAD] = "\033[1;31m",
		[TEXT_WEAK] = "\033[90m",
	};

	return wanted ? sequences[style] : "";
}

const char *colour_of_buffer_state(enum buffer_state state)
{
	switch (state) {
	case BUFFER_STATE_LIVE:
		return "green";
	case BUFFER_STATE_REVOKING:
		return "yellow";
	case BUFFER_STATE_REVOKED:
	case BUFFER_STATE_ORPHANED:
		return "darkgray";
	case BUFFER_STATE_NONE:
	case BUFFER_STATE_UNKNOWN:
		break;
	}
	return NULL;
}

const char *colour_of_device_state(enum device_state state)
{
	switch (state) {
	case DEVICE_OPEN:
		return "green";
	case DEVICE_RELEASING:
		return "yellow";
	case DEVICE_IDLE:
	case DEVICE_UNBOUND:
	case DEVICE_HOST:
	case DEVICE_STATE_UNKNOWN:
		break;
	}
	return NULL;
}

const char *colour_of_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_YES:
		return "green";
	case VERDICT_NO:
		return "red";
	case VERDICT_DEPENDS:
		return "yellow";
	case VERDICT_UNKNOWN:
		break;
	}
	return NULL;
}
