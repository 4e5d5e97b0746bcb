/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DRM devices by the name of their driver, since their numbers are not fixed.
 */
#ifndef LAB_DRM_H
#define LAB_DRM_H

enum drm_node {
	DRM_NODE_ANY, /* a render node if there is one */
	DRM_NODE_CARD,
};

/* Exits with status 7 if there is none; ret_path may be NULL, and is never freed */
int drm_open(const char *driver, enum drm_node node, const char **ret_path);

#endif
