/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/proc-visibility.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

/* PROC_PID_INIT_INO, linux/proc_ns.h */
#define INITIAL_PID_NAMESPACE "pid:[4026531836]"

enum { MOUNTINFO_MAX = 16 * 1024 * 1024 };

static bool may_trace_all(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(CAP_SYS_PTRACE)].effective & CAP_TO_MASK(CAP_SYS_PTRACE);
}

/*
 * hidepid= of a proc mounted at /proc: 2 or "invisible", 4 or "ptraceable" (proc(5)).
 * With 1 or "noaccess" processes are seen, and counted as unreadable.
 */
static bool line_hides(const char *line, size_t length)
{
	const char *option, *end = line + length;

	option = memmem(line, length, " - proc ", 8);
	if (!option || !memmem(line, (size_t)(option - line), " /proc ", 7))
		return false;
	option = memmem(option, (size_t)(end - option), "hidepid=", 8);
	return option && option + 8 < end && strchr("24ip", option[8]);
}

bool mountinfo_hides_processes(const char *mountinfo)
{
	bool hides = false;

	/* The last mount at a place is the one that is seen. */
	while (*mountinfo) {
		size_t length = strcspn(mountinfo, "\n");

		if (memmem(mountinfo, length, " /proc ", 7))
			hides = line_hides(mountinfo, length);
		mountinfo += length + (mountinfo[length] != '\0');
	}
	return hides;
}

static bool is_hidden(const struct root *root)
{
	_cleanup_free_ char *mountinfo = NULL;

	if (may_trace_all() || root_read(root, root->fd, "proc/self/mountinfo",
					 MOUNTINFO_MAX, &mountinfo, NULL) < 0)
		return false;
	return mountinfo_hides_processes(mountinfo);
}

bool pid_namespace_is_initial(const struct root *root)
{
	_cleanup_free_ char *namespace = NULL;

	return root_read_link(root, root->fd, "proc/self/ns/pid", &namespace) < 0 ||
	       strcmp(namespace, INITIAL_PID_NAMESPACE) == 0;
}

const char *proc_hidden_why(const struct root *root)
{
	if (root->captured)
		return NULL;
	if (!pid_namespace_is_initial(root))
		return "only this container's processes are visible";
	return is_hidden(root) ? "/proc is mounted with hidepid" : NULL;
}
