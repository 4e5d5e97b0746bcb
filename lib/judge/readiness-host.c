/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "lib/judge/readiness-internal.h"

static int check_libvirt(struct check *check)
{
	const struct device *device = check->device;
	const struct finding note = { .kind = NOTE_LIBVIRT };
	struct finding obstacle = { .kind = OBSTACLE_LIBVIRT };
	struct shell_word word;
	const char *name;
	char remedy[640];

	if (!device->libvirt_domain)
		return 0;
	if (!device->libvirt_running)
		return readiness_note(check->findings, &note,
				      "libvirt takes it when its domain %s starts",
				      device->libvirt_domain);
	name = shell_word(device->libvirt_domain, &word);
	(void)snprintf(remedy, sizeof(remedy), "virsh detach-device%s%s, or shut it down",
		       name ? " " : " of that domain", name ? name : "");
	obstacle.remedy = remedy;
	return readiness_obstacle(
		check->findings, &obstacle, "libvirt's running domain %s has it%s",
		device->libvirt_domain,
		device->libvirt_managed
			? ", managed: libvirt gives it its old driver back afterwards"
			: "");
}

static int check_override(struct check *check)
{
	const struct device *device = check->device;
	struct finding finding = { .kind = OBSTACLE_OVERRIDE, .bounded = true };
	char remedy[96];

	if (!device->saved_override)
		return 0;
	(void)snprintf(remedy, sizeof(remedy), "driverctl unset-override %s",
		       device->address);
	finding.remedy = remedy;
	return readiness_obstacle(
		check->findings, &finding,
		"driverctl has saved an override: it binds the device to "
		"%s whenever it appears",
		device->saved_override);
}

int check_settings(struct check *check)
{
	int r = check_libvirt(check);

	return r < 0 ? r : check_override(check);
}

/* What is used, as a sentence about the device. */
static const char *use_text(enum host_use_kind kind)
{
	switch (kind) {
	case HOST_USE_MOUNT:
		return "is mounted";
	case HOST_USE_SWAP:
		return "is swap";
	case HOST_USE_STACKED:
		return "is part of";
	case HOST_USE_NETWORK:
		return "is a network interface";
	case HOST_USE_CONSOLE:
		return "is a console";
	case HOST_USE_NODE:
		return "is open";
	case HOST_USE_USB:
		return "is plugged in";
	case HOST_USE_UNREADABLE:
		break;
	}
	return "could not be read, and counts as used";
}

/* What takes a name: before it, and what to do where no name can be given. */
static void name_remedy(const char *command, const char *name, const char *otherwise,
			char *text, size_t size)
{
	struct shell_word room;
	const char *word = shell_word(name, &room);

	(void)snprintf(text, size, "%s%s", word ? command : otherwise, word ? word : "");
}

static void use_remedy(const struct host_use *use, char *text, size_t size)
{
	struct process_text remedy;

	switch (use->kind) {
	case HOST_USE_MOUNT:
		name_remedy("umount ", use->detail, "unmount it", text, size);
		return;
	case HOST_USE_SWAP:
		name_remedy("swapoff /dev/", use->name, "swapoff, of that device", text,
			    size);
		return;
	case HOST_USE_STACKED:
		(void)snprintf(text, size, "take %s apart first",
			       use->detail ? use->detail : "what is on it");
		return;
	case HOST_USE_NETWORK:
		name_remedy(
			"free it of addresses and masters, then: ip link set down dev ",
			use->name, "take the interface down", text, size);
		return;
	case HOST_USE_NODE:
		(void)snprintf(text, size, "%s", process_remedy(use->process, &remedy));
		return;
	case HOST_USE_CONSOLE:
		(void)snprintf(text, size, "give the console to another device");
		return;
	case HOST_USE_USB:
		(void)snprintf(text, size,
			       "unplug it, or leave it without its controller");
		return;
	case HOST_USE_UNREADABLE:
		break;
	}
	(void)snprintf(text, size, "look as root, in the initial namespaces");
}

static int check_use(struct check *check, const struct host_use *use)
{
	struct process_text name;
	char remedy[640];
	struct finding finding = { .kind = OBSTACLE_HOST_USE, .remedy = remedy };

	use_remedy(use, remedy, sizeof(remedy));
	finding_set_process(&finding, use->process);
	return readiness_obstacle(check->findings, &finding, "%s %s%s%s%s%s", use->name,
				  use_text(use->kind), use->detail ? ": " : "",
				  use->detail ? use->detail : "",
				  use->process ? ", by " : "",
				  use->process ? process_text(use->process, &name) : "");
}

static int check_imports(struct check *check)
{
	char remedy[128];
	const struct finding finding = {
		.kind = OBSTACLE_HOST_USE,
		.remedy = remedy,
	};

	(void)snprintf(remedy, sizeof(remedy),
		       "'dmabufctl list --device=%s' names them and their users",
		       check->device->address);
	return readiness_obstacle(check->findings, &finding,
				  "its driver %s imports %zu buffer%s",
				  check->device->driver, check->device->n_imports,
				  check->device->n_imports == 1 ? "" : "s");
}

static int unseen_uses(struct check *check)
{
	const struct finding finding = {
		.kind = OBSTACLE_HOST_USE,
		.remedy = "'dmabufctl status' says what could not be read, and why",
	};

	return readiness_obstacle(check->findings, &finding,
				  "whether the host uses it could not be read, so it "
				  "counts as used");
}

int check_host_use(struct check *check)
{
	const struct device *device = check->device;
	int r = 0;

	for (size_t i = 0; r == 0 && i < device->n_uses; i++)
		r = check_use(check, &device->uses[i]);
	if (r < 0 || device->state != DEVICE_HOST || !text_equals(device->bus, "pci"))
		return r;
	if (device->driver && device->n_imports > 0)
		r = check_imports(check);
	if (r == 0 && !(check->snapshot->seen & SEEN_USES))
		r = unseen_uses(check);
	return r;
}

int check_unseen(struct check *check)
{
	const struct finding finding = { .kind = NOTE_UNSEEN };
	int r = 0;

	if (!(check->snapshot->seen & SEEN_TASKS))
		r = readiness_note(check->findings, &finding,
				   "tasks that sleep in the kernel were not all read: a "
				   "release under way may be missing");
	if (r == 0 && !(check->snapshot->seen & SEEN_SETTINGS))
		r = readiness_note(check->findings, &finding,
				   "the settings of driverctl and libvirt were not all "
				   "read");
	return r;
}
