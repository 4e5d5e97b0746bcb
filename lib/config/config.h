/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CONFIG_CONFIG_H
#define DMABUFCTL_CONFIG_CONFIG_H

/*
 * dmabufctl.conf: the first of etc, run, usr/local/lib, usr/lib below dmabufctl/, and
 * drop-ins *.conf of dmabufctl.conf.d in all four, sorted by file name, of which the
 * first of a name masks the others (a link to /dev/null masks them all).
 */

#include "lib/model/policy.h"

struct config;

/*
 * A complaint about "etc/dmabufctl/dmabufctl.conf:12", or about a file or directory as a
 * whole, without a line. Both texts are one line, fit for a terminal, and last for the
 * call. A file with many mistakes gives some thirty complaints and no more.
 */
typedef void config_complain(void *context, const char *place, const char *message);

/*
 * Reads what there is below directory root (an open fd, which no link leads out of; NULL
 * complain: silent). No file at all is the default configuration. An unknown section or
 * key, or any other line that is not understood, is a complaint and nothing else; so is a
 * value that is none, and what held before holds on. May sleep like any reading of files,
 * but not for the writer of a FIFO. 0, -ENOMEM, or another negative errno when a file
 * that is there could not be read (complained about): it might have forbidden something.
 */
int config_read(int root_fd, config_complain *complain, void *context,
		struct config **ret);
void config_free(struct config *config); /* NULL is allowed */

/*
 * What holds for a device: of the sections [Default], [VENDOR:DEVICE] as "10de:2330" and
 * [ADDRESS] as "0000:03:00.0" the last one that has the key: in this order, and among
 * sections of the same kind in the order in which they are read. An empty value is the
 * default of policy_default. ret points into config.
 */
void config_policy(const struct config *config, const char *address, uint16_t vendor,
		   uint16_t product, struct policy *ret);

#endif
