/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One PCI device, or mediated device that looks like one, opened through VFIO. Functions return 0 (or an fd) or a negative
 * errno, but for the two that open, which exit with a message.
 *
 * What may sleep uninterruptibly while an importer is stuck: setting the memory bit,
 * low power, reset, export, close, and touching the mapped BAR.
 */
#ifndef LAB_VFIO_H
#define LAB_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lab_vfio_dma_range;

struct vfio {
	int device_fd; /* -1: closed; so are the others where they are not in use */
	int group_fd;
	int container_fd;
	int iommufd;
	unsigned int ioas; /* of iommufd */
	unsigned int region; /* the BAR that is exported and mapped */
	void *bar; /* NULL: not mapped */
	size_t bar_size;
};

/* address: with or without a domain, or the UUID of a mediated device */
/* With the token a virtual function can be opened while its parent is on vfio-pci, whose
 * owner has to set it: to open either with_token does its part. */
void vfio_open_group(struct vfio *v, const char *address, bool with_token);
void vfio_open_cdev(struct vfio *v, const char *address);
/* Unmaps the BAR and closes everything */
void vfio_close(struct vfio *v);

int vfio_command_read(const struct vfio *v, uint16_t *ret_command);
int vfio_set_memory(const struct vfio *v, bool on);
/* The high byte of PCI_COMMAND alone: does not sleep behind a revoke */
int vfio_command_write_high(const struct vfio *v, uint8_t value);
int vfio_set_bus_master(const struct vfio *v);
int vfio_low_power(const struct vfio *v, bool enter);
int vfio_reset(const struct vfio *v);
/* Where config space begins in the device's file */
int vfio_config_offset(const struct vfio *v, off_t *ret);

/* vfio-pulse.c: through config space; and of the whole bus, for an owner by its group.
 * -ENOENT: the device lacks the capability. */
int vfio_set_d3hot(const struct vfio *v, bool on);
int vfio_flr(const struct vfio *v);
int vfio_hot_reset(const struct vfio *v);

int vfio_export(const struct vfio *v, const struct lab_vfio_dma_range *ranges,
		size_t count);
int vfio_map_bar(struct vfio *v);
int vfio_unmap_bar(struct vfio *v);
/* An eventfd that counts the kernel's requests to give the device back */
int vfio_request_eventfd(const struct vfio *v);

#endif
