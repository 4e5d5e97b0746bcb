// SPDX-License-Identifier: GPL-2.0-or-later
#include "guard.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PERIOD_US = 1000 };

static pthread_t thread;
static atomic_bool running;

static void *guard(void *context)
{
	const struct vfio *v = context;
	uint16_t command;

	while (running) {
		if (vfio_command_read(v, &command) == 0 &&
		    !(command & PCI_COMMAND_MEMORY))
			vfio_set_memory(v, true);
		usleep(PERIOD_US);
	}
	return NULL;
}

int guard_start(const struct vfio *v)
{
	int error;

	if (running)
		return -EBUSY;
	running = true;
	error = pthread_create(&thread, NULL, guard, (void *)v);
	if (error)
		running = false;
	return -error;
}

int guard_stop(void)
{
	if (!running)
		return -ENOENT;
	running = false;
	return -pthread_join(thread, NULL);
}
