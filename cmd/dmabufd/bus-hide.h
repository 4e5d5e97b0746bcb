/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_HIDE_H
#define DMABUFD_BUS_HIDE_H

struct json_object;

/*
 * Takes out of jobs, results and progress whatever may name the processes and units of
 * other users: numbers and the sentences they could be in become null, notes none.
 */
void bus_hide_others(struct json_object *value);

#endif
