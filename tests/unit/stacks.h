/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_STACKS_H
#define DMABUFCTL_TESTS_STACKS_H

/*
 * proc/PID/stack as real kernels gave it in the lab, recorded by a scenario that bound
 * the victim to vfio-pci, had lab-vfio-export own it, took it away in the background, and
 * printed the stack of every task in D and of every one with PCI or VFIO on it. Whole
 * texts; ends that many have in common are written once a kernel.
 */

/* Debian 7.2.13 (sid) */
#define SID_WRITE                                                                        \
	"[<0>] kernfs_fop_write_iter+0x16b/0x210\n"                                      \
	"[<0>] vfs_write+0x281/0x560\n"                                                  \
	"[<0>] ksys_write+0x7b/0x110\n"                                                  \
	"[<0>] do_syscall_64+0xe1/0x650\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n"

/* an unbind waits for the owner */
#define SID_UNBIND                                                                       \
	"[<0>] vfio_unregister_group_dev+0xa8/0xe0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x20/0xc0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x4a/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19e/0x200\n"                             \
	"[<0>] unbind_store+0xa4/0xb0\n" SID_WRITE

/* the same, after a SIGTERM */
#define SID_UNBIND_SIGNALLED                                                             \
	"[<0>] vfio_unregister_group_dev+0x80/0xe0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x20/0xc0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x4a/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19e/0x200\n"                             \
	"[<0>] unbind_store+0xa4/0xb0\n" SID_WRITE

/* and what came after it: an unbind */
#define SID_SECOND_UNBIND                                                                \
	"[<0>] device_release_driver_internal+0x3b/0x200\n"                              \
	"[<0>] unbind_store+0xa4/0xb0\n" SID_WRITE

/* a bind */
#define SID_BIND                                                                         \
	"[<0>] device_driver_attach+0x43/0xd0\n"                                         \
	"[<0>] bind_store+0x76/0xc0\n" SID_WRITE

/* a reset */
#define SID_RESET                                                                        \
	"[<0>] pci_reset_function+0x80/0x150\n"                                          \
	"[<0>] reset_store+0x5d/0xb0\n" SID_WRITE

/* a removal waits for the owner */
#define SID_REMOVE                                                                       \
	"[<0>] vfio_unregister_group_dev+0xa8/0xe0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x20/0xc0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x4a/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19e/0x200\n"                             \
	"[<0>] pci_stop_bus_device+0x80/0xa0\n"                                          \
	"[<0>] pci_stop_and_remove_bus_device_locked+0x1a/0x30\n"                        \
	"[<0>] remove_store+0x83/0xa0\n" SID_WRITE

/* and what came after it: the removal of another device */
#define SID_SECOND_REMOVE                                                                \
	"[<0>] pci_stop_and_remove_bus_device_locked+0x12/0x30\n"                        \
	"[<0>] remove_store+0x83/0xa0\n" SID_WRITE

/* a rescan of all */
#define SID_RESCAN "[<0>] rescan_store+0x6e/0xb0\n" SID_WRITE

/* of one device */
#define SID_DEVICE_RESCAN "[<0>] dev_rescan_store+0x66/0x90\n" SID_WRITE

/* sriov_numvfs=0 while a virtual function has an owner */
#define SID_SRIOV                                                                        \
	"[<0>] vfio_unregister_group_dev+0xa8/0xe0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x20/0xc0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x4a/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19e/0x200\n"                             \
	"[<0>] pci_stop_bus_device+0x80/0xa0\n"                                          \
	"[<0>] pci_stop_and_remove_bus_device+0x16/0x30\n"                               \
	"[<0>] pci_iov_remove_virtfn+0xd4/0x130\n"                                       \
	"[<0>] sriov_disable+0x47/0x100\n"                                               \
	"[<0>] pci_sriov_configure_simple+0x50/0x60\n"                                   \
	"[<0>] sriov_numvfs_store+0x157/0x1a0\n" SID_WRITE

/* and rmmod of the driver of its physical function */
#define SID_UNLOAD                                                                       \
	"[<0>] device_release_driver_internal+0x3b/0x200\n"                              \
	"[<0>] driver_detach+0x48/0x90\n"                                                \
	"[<0>] bus_remove_driver+0x78/0x110\n"                                           \
	"[<0>] pci_unregister_driver+0x36/0xe0\n"                                        \
	"[<0>] nvme_exit+0x1c/0x8c0 [nvme]\n"                                            \
	"[<0>] __do_sys_delete_module+0x1de/0x350\n"                                     \
	"[<0>] do_syscall_64+0xe1/0x650\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n"

/* device_del, ACPI */
#define SID_ACPI_UNPLUG                                                                  \
	"[<0>] vfio_unregister_group_dev+0xa8/0xe0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x20/0xc0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x4a/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19e/0x200\n"                             \
	"[<0>] pci_stop_bus_device+0x80/0xa0\n"                                          \
	"[<0>] pci_stop_and_remove_bus_device+0x16/0x30\n"                               \
	"[<0>] disable_slot+0x55/0xa0\n"                                                 \
	"[<0>] acpiphp_disable_and_eject_slot+0x18/0xa0\n"                               \
	"[<0>] acpiphp_hotplug_notify+0x178/0x2d0\n"                                     \
	"[<0>] acpi_device_hotplug+0xa5/0x490\n"                                         \
	"[<0>] acpi_hotplug_work_fn+0x1e/0x30\n"                                         \
	"[<0>] process_one_work+0x19e/0x370\n"                                           \
	"[<0>] worker_thread+0x1a6/0x310\n"                                              \
	"[<0>] kthread+0xe4/0x120\n"                                                     \
	"[<0>] ret_from_fork+0x2b1/0x340\n"                                              \
	"[<0>] ret_from_fork_asm+0x1a/0x30\n"

/* device_del, native PCIe */
#define SID_PCIE_UNPLUG                                                                  \
	"[<0>] vfio_unregister_group_dev+0xa8/0xe0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x20/0xc0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x4a/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19e/0x200\n"                             \
	"[<0>] pci_stop_bus_device+0x80/0xa0\n"                                          \
	"[<0>] pci_stop_and_remove_bus_device+0x16/0x30\n"                               \
	"[<0>] pciehp_unconfigure_device+0xab/0x1a0\n"                                   \
	"[<0>] pciehp_disable_slot+0x66/0x100\n"                                         \
	"[<0>] pciehp_handle_disable_request+0x3f/0x60\n"                                \
	"[<0>] pciehp_ist+0x185/0x210\n"                                                 \
	"[<0>] irq_thread_fn+0x25/0x60\n"                                                \
	"[<0>] irq_thread+0x1b6/0x300\n"                                                 \
	"[<0>] kthread+0xe4/0x120\n"                                                     \
	"[<0>] ret_from_fork+0x2b1/0x340\n"                                              \
	"[<0>] ret_from_fork_asm+0x1a/0x30\n"

/* and that of another device after it */
#define SID_SECOND_UNPLUG                                                                \
	"[<0>] pciehp_unconfigure_device+0x59/0x1a0\n"                                   \
	"[<0>] pciehp_disable_slot+0x66/0x100\n"                                         \
	"[<0>] pciehp_handle_disable_request+0x3f/0x60\n"                                \
	"[<0>] pciehp_ist+0x185/0x210\n"                                                 \
	"[<0>] irq_thread_fn+0x25/0x60\n"                                                \
	"[<0>] irq_thread+0x1b6/0x300\n"                                                 \
	"[<0>] kthread+0xe4/0x120\n"                                                     \
	"[<0>] ret_from_fork+0x2b1/0x340\n"                                              \
	"[<0>] ret_from_fork_asm+0x1a/0x30\n"

/* 7.2.13 as the lab builds it */
#define BUILT_WRITE                                                                      \
	"[<0>] kernfs_fop_write_iter+0x129/0x172\n"                                      \
	"[<0>] vfs_write+0x111/0x17f\n"                                                  \
	"[<0>] ksys_write+0x77/0xa7\n"                                                   \
	"[<0>] do_syscall_64+0xf8/0x2d9\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"

/* a reset after an unbind */
#define BUILT_RESET                                                                      \
	"[<0>] pci_dev_lock+0x1b/0x24\n"                                                 \
	"[<0>] pci_reset_function+0x3c/0x74\n"                                           \
	"[<0>] reset_store+0x58/0x7a\n" BUILT_WRITE

/* PCI_COMMAND is written; the importer does not unmap */
#define BUILT_REVOKE_NEVER                                                               \
	"[<0>] vfio_pci_dma_buf_move+0xfc/0x164\n"                                       \
	"[<0>] vfio_basic_config_write+0xac/0x2c6\n"                                     \
	"[<0>] vfio_pci_config_rw_single+0x1af/0x204\n"                                  \
	"[<0>] vfio_pci_config_rw+0x54/0x81\n"                                           \
	"[<0>] vfio_pci_rw+0xec/0x12e\n"                                                 \
	"[<0>] vfs_write+0x9b/0x17f\n"                                                   \
	"[<0>] ksys_pwrite64+0x64/0x79\n"                                                \
	"[<0>] do_syscall_64+0xf8/0x2d9\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"

/* its fence is not signalled */
#define BUILT_REVOKE_FENCE                                                               \
	"[<0>] dma_fence_default_wait+0x171/0x22f\n"                                     \
	"[<0>] dma_fence_wait_timeout+0x17c/0x269\n"                                     \
	"[<0>] dma_resv_wait_timeout+0x5b/0x91\n"                                        \
	"[<0>] vfio_pci_dma_buf_move+0xcb/0x164\n"                                       \
	"[<0>] vfio_basic_config_write+0xac/0x2c6\n"                                     \
	"[<0>] vfio_pci_config_rw_single+0x1af/0x204\n"                                  \
	"[<0>] vfio_pci_config_rw+0x54/0x81\n"                                           \
	"[<0>] vfio_pci_rw+0xec/0x12e\n"                                                 \
	"[<0>] vfs_write+0x9b/0x17f\n"                                                   \
	"[<0>] ksys_pwrite64+0x64/0x79\n"                                                \
	"[<0>] do_syscall_64+0xf8/0x2d9\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"

/* its callback sleeps */
#define BUILT_REVOKE_SLOW                                                                \
	"[<0>] lab_importer_invalidate_slow+0x33/0x3e [lab_importer]\n"                  \
	"[<0>] dma_buf_invalidate_mappings+0x54/0x61\n"                                  \
	"[<0>] vfio_pci_dma_buf_move+0xb2/0x164\n"                                       \
	"[<0>] vfio_basic_config_write+0xac/0x2c6\n"                                     \
	"[<0>] vfio_pci_config_rw_single+0x1af/0x204\n"                                  \
	"[<0>] vfio_pci_config_rw+0x54/0x81\n"                                           \
	"[<0>] vfio_pci_rw+0xec/0x12e\n"                                                 \
	"[<0>] vfs_write+0x9b/0x17f\n"                                                   \
	"[<0>] ksys_pwrite64+0x64/0x79\n"                                                \
	"[<0>] do_syscall_64+0xf8/0x2d9\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"

/* the owner was killed; the importer does not unmap */
#define BUILT_CLOSE                                                                      \
	"[<0>] vfio_pci_dma_buf_move+0xfc/0x164\n"                                       \
	"[<0>] vfio_pci_dma_buf_cleanup+0x39/0xc2\n"                                     \
	"[<0>] vfio_pci_core_close_device+0x6c/0xaa\n"                                   \
	"[<0>] vfio_df_close+0x85/0xbf\n"                                                \
	"[<0>] vfio_df_group_close+0x3a/0x5f\n"                                          \
	"[<0>] vfio_device_fops_release+0x21/0x3d\n"                                     \
	"[<0>] __fput+0x12a/0x1e5\n"                                                     \
	"[<0>] task_work_run+0x6b/0x8a\n"                                                \
	"[<0>] do_exit+0x420/0x94c\n"                                                    \
	"[<0>] do_group_exit+0x95/0x95\n"                                                \
	"[<0>] get_signal+0x6f2/0x713\n"                                                 \
	"[<0>] arch_do_signal_or_restart+0x2f/0x153\n"                                   \
	"[<0>] exit_to_user_mode_loop+0x3f/0x6a\n"                                       \
	"[<0>] do_syscall_64+0x1c9/0x2d9\n"                                              \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"

/* and somebody opens its group */
#define BUILT_OPEN                                                                       \
	"[<0>] vfio_group_fops_open+0x31/0x9b\n"                                         \
	"[<0>] chrdev_open+0x181/0x1a4\n"                                                \
	"[<0>] do_dentry_open+0x1da/0x351\n"                                             \
	"[<0>] vfs_open+0x32/0x60\n"                                                     \
	"[<0>] path_openat+0x8fc/0xa36\n"                                                \
	"[<0>] do_file_open+0x63/0xac\n"                                                 \
	"[<0>] do_sys_openat2+0x67/0xb7\n"                                               \
	"[<0>] do_sys_open+0x2e/0x35\n"                                                  \
	"[<0>] __x64_sys_openat+0x1f/0x22\n"                                             \
	"[<0>] do_syscall_64+0xf8/0x2d9\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"

/* Debian 6.12 (trixie) */
#define TRIXIE_WRITE                                                                     \
	"[<0>] kernfs_fop_write_iter+0x14c/0x200\n"                                      \
	"[<0>] vfs_write+0x289/0x440\n"                                                  \
	"[<0>] ksys_write+0x6d/0xf0\n"                                                   \
	"[<0>] do_syscall_64+0x87/0x1b0\n"                                               \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n"

/* an unbind waits for the owner */
#define TRIXIE_UNBIND                                                                    \
	"[<0>] vfio_unregister_group_dev+0x93/0xc0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x1d/0xb0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x3f/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19c/0x200\n"                             \
	"[<0>] unbind_store+0xa1/0xb0\n" TRIXIE_WRITE

/* device_del, ACPI */
#define TRIXIE_ACPI_UNPLUG                                                               \
	"[<0>] vfio_unregister_group_dev+0x93/0xc0 [vfio]\n"                             \
	"[<0>] vfio_pci_core_unregister_device+0x1d/0xb0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x19/0x30 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x3f/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x19c/0x200\n"                             \
	"[<0>] pci_stop_bus_device+0x81/0xb0\n"                                          \
	"[<0>] pci_stop_and_remove_bus_device+0x12/0x20\n"                               \
	"[<0>] disable_slot+0x55/0xa0\n"                                                 \
	"[<0>] acpiphp_disable_and_eject_slot+0x18/0xa0\n"                               \
	"[<0>] acpiphp_hotplug_notify+0x13d/0x270\n"                                     \
	"[<0>] acpi_device_hotplug+0xc3/0x460\n"                                         \
	"[<0>] acpi_hotplug_work_fn+0x1e/0x30\n"                                         \
	"[<0>] process_one_work+0x174/0x330\n"                                           \
	"[<0>] worker_thread+0x191/0x2f0\n"                                              \
	"[<0>] kthread+0xcf/0x100\n"                                                     \
	"[<0>] ret_from_fork+0x31/0x50\n"                                                \
	"[<0>] ret_from_fork_asm+0x1a/0x30\n"

/* Debian 6.1 (bookworm) */
#define BOOKWORM_WRITE                                                                   \
	"[<0>] kernfs_fop_write_iter+0x12b/0x200\n"                                      \
	"[<0>] vfs_write+0x232/0x3f0\n"                                                  \
	"[<0>] ksys_write+0x6b/0xf0\n"                                                   \
	"[<0>] do_syscall_64+0x5d/0xb0\n"                                                \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x6e/0xd8\n"

/* an unbind waits for the owner */
#define BOOKWORM_UNBIND                                                                  \
	"[<0>] vfio_unregister_group_dev+0x7d/0x110 [vfio]\n"                            \
	"[<0>] vfio_pci_core_unregister_device+0x19/0xb0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x15/0x20 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x3b/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x1b2/0x230\n"                             \
	"[<0>] unbind_store+0xe0/0x110\n" BOOKWORM_WRITE

/* and what came after it: a reset */
#define BOOKWORM_RESET                                                                   \
	"[<0>] pci_reset_function+0x24/0x70\n"                                           \
	"[<0>] reset_store+0x5f/0xb0\n" BOOKWORM_WRITE

/* cat driver_override */
#define BOOKWORM_OVERRIDE                                                                \
	"[<0>] driver_override_show+0x1e/0x50\n"                                         \
	"[<0>] dev_attr_show+0x15/0x40\n"                                                \
	"[<0>] sysfs_kf_seq_show+0xa0/0xe0\n"                                            \
	"[<0>] seq_read_iter+0x11f/0x450\n"                                              \
	"[<0>] vfs_read+0x23c/0x310\n"                                                   \
	"[<0>] ksys_read+0x6b/0xf0\n"                                                    \
	"[<0>] do_syscall_64+0x5d/0xb0\n"                                                \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x6e/0xd8\n"

/* the journal, for the message about the unbind */
#define BOOKWORM_UEVENT                                                                  \
	"[<0>] uevent_show+0x8f/0x110\n"                                                 \
	"[<0>] dev_attr_show+0x15/0x40\n"                                                \
	"[<0>] sysfs_kf_seq_show+0xa0/0xe0\n"                                            \
	"[<0>] seq_read_iter+0x11f/0x450\n"                                              \
	"[<0>] vfs_read+0x23c/0x310\n"                                                   \
	"[<0>] ksys_read+0x6b/0xf0\n"                                                    \
	"[<0>] do_syscall_64+0x5d/0xb0\n"                                                \
	"[<0>] entry_SYSCALL_64_after_hwframe+0x6e/0xd8\n"

/* device_del, ACPI */
#define BOOKWORM_ACPI_UNPLUG                                                             \
	"[<0>] vfio_unregister_group_dev+0x7d/0x110 [vfio]\n"                            \
	"[<0>] vfio_pci_core_unregister_device+0x19/0xb0 [vfio_pci_core]\n"              \
	"[<0>] vfio_pci_remove+0x15/0x20 [vfio_pci]\n"                                   \
	"[<0>] pci_device_remove+0x3b/0xb0\n"                                            \
	"[<0>] device_release_driver_internal+0x1b2/0x230\n"                             \
	"[<0>] pci_stop_bus_device+0x6c/0x90\n"                                          \
	"[<0>] pci_stop_and_remove_bus_device+0xe/0x20\n"                                \
	"[<0>] disable_slot+0x49/0x90\n"                                                 \
	"[<0>] acpiphp_disable_and_eject_slot+0x14/0x80\n"                               \
	"[<0>] acpiphp_hotplug_notify+0x156/0x270\n"                                     \
	"[<0>] acpi_device_hotplug+0x93/0x420\n"                                         \
	"[<0>] acpi_hotplug_work_fn+0x1a/0x30\n"                                         \
	"[<0>] process_one_work+0x1c4/0x380\n"                                           \
	"[<0>] worker_thread+0x4d/0x380\n"                                               \
	"[<0>] kthread+0xd7/0x100\n"                                                     \
	"[<0>] ret_from_fork+0x1f/0x30\n"

#endif
