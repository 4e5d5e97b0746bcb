/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/observe/libvirt-domain.h"
#include "lib/observe/observers.h"
#include "tests/unit/records.h"

struct scene {
	struct tree tree;
	struct recording recording;
};

static int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	tree_begin(&scene->tree);
	recording_begin(&scene->recording);
	*state = scene;
	return 0;
}

static int scene_end(void **state)
{
	struct scene *scene = *state;

	recording_end(&scene->recording);
	tree_end(&scene->tree);
	free(scene);
	return 0;
}

static void observe(struct scene *scene)
{
	observe_settings(&scene->tree.root, scene->recording.sink);
	recording_read(&scene->recording);
}

static bool is_complete(const struct scene *scene)
{
	struct record_pass pass;

	return FIND(&scene->recording, RECORD_PASS, 0, &pass) &&
	       pass.pass == PASS_SETTINGS;
}

static void nothing_configured_is_normal(void **state)
{
	struct scene *scene = *state;

	observe(scene);
	assert_true(is_complete(scene));
	assert_int_equal(recording_count(&scene->recording, RECORD_SAVED_OVERRIDE), 0);
	assert_int_equal(recording_count(&scene->recording, RECORD_LIBVIRT), 0);
}

static void overrides_of_pci_devices_are_read(void **state)
{
	struct scene *scene = *state;
	struct record_saved_override override;

	tree_file(&scene->tree, "etc/driverctl.d/pci-0000:03:00.0", "vfio-pci\nmore\n");
	tree_file(&scene->tree, "etc/driverctl.d/pci-0000:04:00.0", "");
	tree_file(&scene->tree, "etc/driverctl.d/pci-0000:05:00.0", "\n");
	tree_file(&scene->tree, "etc/driverctl.d/pci-05:00.0", "vfio-pci\n");
	tree_file(&scene->tree, "etc/driverctl.d/0000:06:00.0", "vfio-pci\n");
	tree_file(&scene->tree, "etc/driverctl.d/vmbus-0000:06:00.0", "uio\n");
	tree_file(&scene->tree, "etc/driverctl.d/README", "vfio-pci\n");
	observe(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_SAVED_OVERRIDE), 1);
	assert_true(FIND(&scene->recording, RECORD_SAVED_OVERRIDE, 0, &override));
	assert_string_equal(override.device, "0000:03:00.0");
	assert_string_equal(override.driver, "vfio-pci");
	assert_true(is_complete(scene));
}

static void an_override_that_cannot_be_read_leaves_the_pass_open(void **state)
{
	struct scene *scene = *state;

	tree_directory(&scene->tree, "etc/driverctl.d/pci-0000:03:00.0");
	observe(scene);
	assert_false(is_complete(scene));
}

/* Shortened from what libvirt 9.0 writes; the devices are made up. */
#define DEVICES                                                                          \
	"  <devices>\n"                                                                  \
	"    <hostdev mode='subsystem' type='pci' managed='yes'>\n"                      \
	"      <driver name='vfio'/>\n"                                                  \
	"      <source>\n"                                                               \
	"        <address domain='0x0000' bus='0x03' slot='0x00' function='0x1'/>\n"     \
	"      </source>\n"                                                              \
	"      <address type='pci' domain='0x0000' bus='0x06' slot='0x00'"               \
	" function='0x0'/>\n"                                                            \
	"    </hostdev>\n"                                                               \
	"    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'>\n"     \
	"      <source><address "                                                        \
	"uuid='83B8F4F2-509f-382f-3c1e-e6bfe0fa1001'/></source>\n"                       \
	"    </hostdev>\n"                                                               \
	"    <hostdev mode='subsystem' type='usb'>\n"                                    \
	"      <source><address bus='1' device='2'/></source>\n"                         \
	"    </hostdev>\n"                                                               \
	"  </devices>\n"

static void the_devices_of_a_running_domain_are_read(void **state)
{
	struct scene *scene = *state;
	struct record_libvirt one;

	tree_file(&scene->tree, "run/libvirt/qemu/guest.xml",
		  "<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE.\n-->\n"
		  "<domstatus state='running' reason='booted' pid='4711'>\n"
		  "<devices><device alias='net0'/></devices>\n"
		  "<domain type='kvm' id='1'>\n  <name>a &amp; b</name>\n"
		  "  <metadata><x:devices "
		  "xmlns:x='y'><hostdev/></x:devices></metadata>\n" DEVICES
		  "</domain>\n</domstatus>\n");
	tree_directory(&scene->tree, "run/libvirt/qemu/channel");
	tree_file(&scene->tree, "run/libvirt/qemu/guest.pid", "4711");
	observe(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_LIBVIRT), 2);
	assert_true(FIND(&scene->recording, RECORD_LIBVIRT, 0, &one));
	assert_string_equal(one.device, "0000:03:00.1");
	assert_string_equal(one.domain, "a & b");
	assert_int_equal(one.running, 1);
	assert_int_equal(one.managed, 1);
	assert_true(FIND(&scene->recording, RECORD_LIBVIRT, 1, &one));
	assert_string_equal(one.device, "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	assert_int_equal(one.managed, 0);
	assert_true(is_complete(scene));
}

static void a_configured_domain_does_not_run(void **state)
{
	struct scene *scene = *state;
	struct record_libvirt one;

	tree_file(&scene->tree, "etc/libvirt/qemu/guest.xml",
		  "<domain type='kvm'><name>guest</name>" DEVICES "</domain>\n");
	tree_file(&scene->tree, "etc/libvirt/qemu/networks/default.xml", "<network/>");
	tree_file(&scene->tree, "etc/libvirt/qemu/broken.xml", "<domain><name>");
	observe(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_LIBVIRT), 2);
	assert_true(FIND(&scene->recording, RECORD_LIBVIRT, 0, &one));
	assert_string_equal(one.domain, "guest");
	assert_int_equal(one.running, 0);
	assert_true(is_complete(scene));
}

static void a_running_domain_that_cannot_be_read_leaves_the_pass_open(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, "run/libvirt/qemu/broken.xml", "<domstatus><domain>");
	observe(scene);
	assert_false(is_complete(scene));
}

static void document_types_and_huge_files_are_refused(void **state)
{
	static const char start[] = "<domain><name>guest</name>" DEVICES;
	const size_t size = 5 * 1024 * 1024;
	struct scene *scene = *state;
	char *huge = malloc(size);

	assert_non_null(huge);
	tree_file(&scene->tree, "etc/libvirt/qemu/one.xml",
		  "<!DOCTYPE domain [<!ENTITY a 'aaaa'>]>\n"
		  "<domain><name>&a;</name>" DEVICES "</domain>");
	observe(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_LIBVIRT), 0);
	assert_false(is_complete(scene));
	memset(huge, ' ', size);
	memcpy(huge, start, strlen(start));
	memcpy(huge + size - 9, "</domain>", 9);
	tree_file_bytes(&scene->tree, "etc/libvirt/qemu/one.xml", huge, size);
	free(huge);
	observe(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_LIBVIRT), 0);
	assert_false(is_complete(scene));
}

static void too_many_files_are_refused(void **state)
{
	struct scene *scene = *state;
	char path[64];

	for (int i = 0; i < 1001; i++) {
		(void)snprintf(path, sizeof(path), "etc/libvirt/qemu/%d.xml", i);
		tree_file(&scene->tree, path, "<domain><name>x</name></domain>");
	}
	observe(scene);
	assert_false(is_complete(scene));
}

/* Parses a domain with these devices; how many it takes, and the first. */
static size_t parse_devices(const char *devices, struct libvirt_device *first)
{
	struct libvirt_domain domain = { 0 };
	char text[2048];
	size_t n;

	(void)snprintf(text, sizeof(text),
		       "<domain><name>x</name><devices>%s</devices></domain>", devices);
	assert_int_equal(libvirt_domain_parse(text, strlen(text), &domain), 0);
	n = domain.n_devices;
	*first = n > 0 ? domain.devices[0] : (struct libvirt_device){ .managed = false };
	libvirt_domain_free(&domain);
	return n;
}

#define HOSTDEV(address)                                                                 \
	"<hostdev mode='subsystem' type='pci'><source><address " address                 \
	"/></source></hostdev>"

static void addresses_are_read_as_libvirt_does(void **state)
{
	static const struct {
		const char *devices, *name;
	} cases[] = {
		{ HOSTDEV("domain='0' bus='129' slot='31' function='7'"),
		  "0000:81:1f.7" },
		{ HOSTDEV("bus='0X0a' slot='010'"), "0000:0a:08.0" },
		{ HOSTDEV("domain='0x10000' bus='1'"), "10000:01:00.0" },
		{ HOSTDEV("bus='256'"), NULL },
		{ HOSTDEV("bus='1' slot='32'"), NULL },
		{ HOSTDEV("bus='1' function='8'"), NULL },
		{ HOSTDEV("bus='-1'"), NULL },
		{ HOSTDEV("bus='1x'"), NULL },
		{ HOSTDEV("bus='99999999999999999999'"), NULL },
		{ HOSTDEV(""), NULL },
		{ "<hostdev mode='capabilities' type='pci'><source><address bus='1'/>"
		  "</source></hostdev>",
		  NULL },
		{ "<hostdev mode='subsystem' type='mdev'><source>"
		  "<address uuid='../../../../../../../../../../../../'/></source>"
		  "</hostdev>",
		  NULL },
	};
	struct libvirt_device device;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t n = parse_devices(cases[i].devices, &device);

		assert_int_equal(n, cases[i].name != NULL);
		if (cases[i].name)
			assert_string_equal(device.name, cases[i].name);
		assert_false(device.managed);
	}
}

static void interfaces_and_disks_take_devices_too(void **state)
{
	struct libvirt_device device;

	(void)state;
	assert_int_equal(parse_devices("<interface type='hostdev' managed='yes'><source>"
				       "<address type='pci' bus='0x3' slot='0x10'/>"
				       "</source></interface>",
				       &device),
			 1);
	assert_string_equal(device.name, "0000:03:10.0");
	assert_true(device.managed);
	assert_int_equal(
		parse_devices("<interface type='network'><source network='pool'/>"
			      "<actual type='hostdev' managed='yes'><source>"
			      "<address type='pci' bus='0x3' slot='0x10'/></source>"
			      "</actual></interface>",
			      &device),
		1);
	assert_true(device.managed);
	assert_int_equal(
		parse_devices("<disk type='nvme' device='disk'><source type='pci'"
			      " managed='yes' namespace='1'><address bus='0x4'/></source>"
			      "</disk>"
			      "<disk type='file'><source><address bus='0x5'/></source>"
			      "</disk>",
			      &device),
		1);
	assert_string_equal(device.name, "0000:04:00.0");
	assert_true(device.managed);
}

static void strange_documents_do_no_harm(void **state)
{
	static const char *const texts[] = {
		"",
		"<",
		"<network><name>x</name></network>",
		"<domain/>",
		"<domain><name/></domain>",
		"<domain><name>x</name></domain>trailing",
		"<a><domain><name>x</name></domain></a>",
		"<domain><name>\xff</name></domain>",
	};
	struct libvirt_domain domain = { 0 };
	char deep[4096] = "", *end = deep;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(
			libvirt_domain_parse(texts[i], strlen(texts[i]), &domain),
			-EBADMSG);
	for (int i = 0; i < 500; i++)
		end = stpcpy(end, "<domain>");
	assert_int_equal(libvirt_domain_parse(deep, strlen(deep), &domain), -EBADMSG);
	assert_null(domain.devices);
}

static void a_name_is_cut_to_fit(void **state)
{
	struct libvirt_domain domain = { 0 };
	char text[512], name[201];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(text, sizeof(text),
		       "<domain><name>%s</name><devices></devices></domain>", name);
	assert_int_equal(libvirt_domain_parse(text, strlen(text), &domain), 0);
	assert_int_equal(strlen(domain.name), sizeof(domain.name) - 1);
	libvirt_domain_free(&domain);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(nothing_configured_is_normal),
		SCENE(overrides_of_pci_devices_are_read),
		SCENE(an_override_that_cannot_be_read_leaves_the_pass_open),
		SCENE(the_devices_of_a_running_domain_are_read),
		SCENE(a_configured_domain_does_not_run),
		SCENE(a_running_domain_that_cannot_be_read_leaves_the_pass_open),
		SCENE(document_types_and_huge_files_are_refused),
		SCENE(too_many_files_are_refused),
		cmocka_unit_test(addresses_are_read_as_libvirt_does),
		cmocka_unit_test(interfaces_and_disks_take_devices_too),
		cmocka_unit_test(strange_documents_do_no_harm),
		cmocka_unit_test(a_name_is_cut_to_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
