/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel interfaces that are newer than the build host's headers (Linux 6.1) or not
 * packaged with them. The names are our own, so that newer headers do not collide.
 * Numbers and layouts are those of Linux 7.2, files named below.
 */
#ifndef LAB_UAPI_H
#define LAB_UAPI_H

#include <linux/types.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

/* include/uapi/linux/vfio.h: VFIO_DEVICE_FEATURE_DMA_BUF, since 6.19 */
#define LAB_VFIO_FEATURE_DMA_BUF 11

struct lab_vfio_dma_range {
	__u64 offset;
	__u64 length;
};

struct lab_vfio_dma_buf {
	__u32 region_index;
	__u32 open_flags;
	__u32 flags;
	__u32 nr_ranges;
	struct lab_vfio_dma_range dma_ranges[];
};

/* same file: VFIO_DEVICE_BIND_IOMMUFD, since 6.6. Later kernels append an optional
 * token, which argsz leaves out */
struct lab_vfio_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};
#define LAB_VFIO_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)

/* same file: VFIO_DEVICE_ATTACH_IOMMUFD_PT, since 6.6. Later kernels append a pasid */
struct lab_vfio_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
};
#define LAB_VFIO_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)

/* include/uapi/linux/iommufd.h */
#define LAB_IOMMUFD_TYPE ';'

struct lab_iommu_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};
#define LAB_IOMMU_IOAS_ALLOC _IO(LAB_IOMMUFD_TYPE, 0x81)

struct lab_iommu_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};
#define LAB_IOMMU_IOAS_UNMAP _IO(LAB_IOMMUFD_TYPE, 0x86)

#define LAB_IOMMU_MAP_FIXED_IOVA (1u << 0)
#define LAB_IOMMU_MAP_WRITEABLE (1u << 1)
#define LAB_IOMMU_MAP_READABLE (1u << 2)

struct lab_iommu_ioas_map {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};
#define LAB_IOMMU_IOAS_MAP _IO(LAB_IOMMUFD_TYPE, 0x85)

/* since 6.13; VFIO dma-bufs since 6.19 */
struct lab_iommu_ioas_map_file {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 iova;
};
#define LAB_IOMMU_IOAS_MAP_FILE _IO(LAB_IOMMUFD_TYPE, 0x8f)

/* include/uapi/drm/drm.h */
struct lab_drm_version {
	int version_major;
	int version_minor;
	int version_patchlevel;
	__kernel_size_t name_len;
	char *name;
	__kernel_size_t date_len;
	char *date;
	__kernel_size_t desc_len;
	char *desc;
};
#define LAB_DRM_VERSION _IOWR('d', 0x00, struct lab_drm_version)

struct lab_drm_gem_close {
	__u32 handle;
	__u32 pad;
};
#define LAB_DRM_GEM_CLOSE _IOW('d', 0x09, struct lab_drm_gem_close)

struct lab_drm_prime_handle {
	__u32 handle;
	__u32 flags;
	__s32 fd;
};
#define LAB_DRM_PRIME_HANDLE_TO_FD _IOWR('d', 0x2d, struct lab_drm_prime_handle)
#define LAB_DRM_PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct lab_drm_prime_handle)

/* include/uapi/drm/drm_mode.h */
struct lab_drm_create_dumb {
	__u32 height;
	__u32 width;
	__u32 bpp;
	__u32 flags;
	__u32 handle;
	__u32 pitch;
	__u64 size;
};
#define LAB_DRM_CREATE_DUMB _IOWR('d', 0xb2, struct lab_drm_create_dumb)

#endif
