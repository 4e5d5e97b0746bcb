/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/model/unit-name.h"

static void is(const char *unit, enum unit_tenant_kind kind, const char *name)
{
	struct unit_tenant tenant;

	unit_tenant(unit, &tenant);
	if (tenant.kind != kind || strcmp(tenant.name, name) != 0)
		fail_msg("%s: kind %d, name \"%s\"", unit, (int)tenant.kind, tenant.name);
}

static void virtual_machines_of_libvirt(void **state)
{
	(void)state;
	is("machine-qemu\\x2d1\\x2dweb.scope", UNIT_TENANT_LIBVIRT, "web");
	is("machine-qemu\\x2d12\\x2dmy\\x2dvm.scope", UNIT_TENANT_LIBVIRT, "my-vm");
	is("machine-qemu\\x2d3\\x2d1.scope", UNIT_TENANT_LIBVIRT, "1");
}

static void other_machines(void **state)
{
	(void)state;
	is("machine-trixie.scope", UNIT_TENANT_MACHINE, "trixie");
	is("machine-a\\x2db.scope", UNIT_TENANT_MACHINE, "a-b");
	/* what only begins like one of libvirt's */
	is("machine-qemu.scope", UNIT_TENANT_MACHINE, "qemu");
	is("machine-qemu\\x2dweb.scope", UNIT_TENANT_MACHINE, "qemu-web");
	is("machine-qemu\\x2d1\\x2d.scope", UNIT_TENANT_MACHINE, "qemu-1-");
	is("machine-qemu\\x2d\\x2dweb.scope", UNIT_TENANT_MACHINE, "qemu--web");
}

static void containers(void **state)
{
	(void)state;
	is("docker-0123abcd.scope", UNIT_TENANT_CONTAINER, "0123abcd");
	is("libpod-0123abcd.scope", UNIT_TENANT_CONTAINER, "0123abcd");
	is("crio-0123abcd.scope", UNIT_TENANT_CONTAINER, "0123abcd");
	is("cri-containerd-0123abcd.scope", UNIT_TENANT_CONTAINER, "0123abcd");
	is("lxc-web.scope", UNIT_TENANT_CONTAINER, "web");
}

static void users(void **state)
{
	(void)state;
	is("session-3.scope", UNIT_TENANT_USER, "");
	is("user@1000.service", UNIT_TENANT_USER, "");
}

static void everything_else_is_a_service(void **state)
{
	(void)state;
	is("spdk.service", UNIT_TENANT_SERVICE, "");
	is("run-u1.scope", UNIT_TENANT_SERVICE, "");
	is("docker.service", UNIT_TENANT_SERVICE, "");
	is("docker-cleanup.service", UNIT_TENANT_SERVICE, "");
	is("machine-.scope", UNIT_TENANT_SERVICE, "");
	is("docker-.scope", UNIT_TENANT_SERVICE, "");
	is("", UNIT_TENANT_SERVICE, "");
}

static void broken_escapes_stay_as_they_are(void **state)
{
	(void)state;
	is("machine-a\\x2.scope", UNIT_TENANT_MACHINE, "a\\x2");
	is("machine-a\\x.scope", UNIT_TENANT_MACHINE, "a\\x");
	is("machine-a\\xzz.scope", UNIT_TENANT_MACHINE, "a\\xzz");
	is("machine-a\\.scope", UNIT_TENANT_MACHINE, "a\\");
	is("machine-a\\x2D.scope", UNIT_TENANT_MACHINE, "a-");
	/* a NUL in the middle ends the name, and nothing else */
	is("machine-a\\x00b.scope", UNIT_TENANT_MACHINE, "a");
}

static void some_units_are_essential(void **state)
{
	static const char *const essential[] = {
		"systemd-logind.service",  "dbus.service",     "sshd@4-a:b.service",
		"sshd-session.service",	   "libvirtd.service", "containerd.service",
		"snap.lxd.daemon.service", "ssh.service",
	};
	static const char *const others[] = {
		"vm.service",	 "dbus-monitor.service", "docker-0123abcd.scope",
		"sshd2.service", "my-libvirtd.service",	 "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(essential); i++)
		if (!unit_is_essential(essential[i]))
			fail_msg("%s", essential[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (unit_is_essential(others[i]))
			fail_msg("%s", others[i]);
}

static void long_names_are_cut(void **state)
{
	struct unit_tenant tenant;
	char unit[600] = "machine-";

	(void)state;
	memset(unit + strlen("machine-"), 'a', 500);
	strcpy(unit + strlen("machine-") + 500, ".scope");
	unit_tenant(unit, &tenant);
	assert_int_equal(tenant.kind, UNIT_TENANT_MACHINE);
	assert_int_equal(strlen(tenant.name), sizeof(tenant.name) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_machines_of_libvirt),
		cmocka_unit_test(other_machines),
		cmocka_unit_test(containers),
		cmocka_unit_test(users),
		cmocka_unit_test(everything_else_is_a_service),
		cmocka_unit_test(broken_escapes_stay_as_they_are),
		cmocka_unit_test(some_units_are_essential),
		cmocka_unit_test(long_names_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
