/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/monitor/revoke-cause.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/cleanup.h"

/*
 * Callers of vfio_pci_dma_buf_move() in drivers/vfio/pci of Linux 7.2, and for those that
 * a compiler may inline the one around them.
 */
static const struct {
	const char *function;
	enum event_cause cause;
} callers[] = {
	{ "vfio_pci_dma_buf_cleanup", CAUSE_CLOSE },
	{ "vfio_pci_core_close_device", CAUSE_CLOSE },
	{ "vfio_basic_config_write", CAUSE_MEMORY },
	{ "vfio_lock_and_set_power_state", CAUSE_POWER_STATE },
	{ "vfio_pm_config_write", CAUSE_POWER_STATE },
	{ "vfio_exp_config_write", CAUSE_FLR },
	{ "vfio_af_config_write", CAUSE_FLR },
	{ "vfio_pci_dev_set_hot_reset", CAUSE_HOT_RESET },
	{ "vfio_pci_ioctl_pci_hot_reset", CAUSE_HOT_RESET },
	{ "vfio_pci_ioctl_reset", CAUSE_RESET },
	{ "vfio_pci_core_ioctl", CAUSE_RESET }, /* nothing else in it moves buffers */
	{ "vfio_pci_runtime_pm_entry", CAUSE_LOW_POWER },
	{ "vfio_pci_runtime_pm_exit", CAUSE_LOW_POWER },
	{ "vfio_pci_core_pm_entry", CAUSE_LOW_POWER },
	{ "vfio_pci_core_pm_exit", CAUSE_LOW_POWER },
	{ "vfio_pci_core_ioctl_feature", CAUSE_LOW_POWER },
};

/* Behind the name may be " [module]", or ".constprop.0" and the like of the compiler. */
static bool is_function(const char *symbol, const char *function)
{
	size_t length = strlen(function);

	return strncmp(symbol, function, length) == 0 &&
	       strchr(" .", symbol[length]) != NULL;
}

static enum event_cause cause_of(const char *symbol)
{
	for (size_t i = 0; i < ARRAY_SIZE(callers); i++)
		if (is_function(symbol, callers[i].function))
			return callers[i].cause;
	return CAUSE_UNKNOWN;
}

enum event_cause revoke_cause(const char *functions, size_t count, size_t size)
{
	for (size_t i = 0; i < count && functions[i * size]; i++) {
		enum event_cause cause = cause_of(functions + i * size);

		if (cause != CAUSE_UNKNOWN)
			return cause;
	}
	return CAUSE_UNKNOWN;
}
