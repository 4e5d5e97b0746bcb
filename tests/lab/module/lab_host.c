// SPDX-License-Identifier: GPL-2.0-or-later
/* A host driver that takes any device it is given by driver_override, and leaves it be. */
#include <linux/module.h>
#include <linux/pci.h>

static int lab_host_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return 0;
}

static const struct pci_device_id lab_host_ids[] = { {} };

static struct pci_driver lab_host = {
	.name = "lab_host",
	.id_table = lab_host_ids,
	.probe = lab_host_probe,
};
module_pci_driver(lab_host);

MODULE_DESCRIPTION("A host driver that does nothing, for tests");
MODULE_LICENSE("GPL");
