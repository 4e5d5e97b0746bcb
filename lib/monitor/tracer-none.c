/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/monitor/tracer.h"

#include <errno.h>

int tracer_new(const struct root *root, event_function *put, void *context,
	       struct tracer **ret, const char **ret_why)
{
	(void)root;
	(void)put;
	(void)context;
	(void)ret;
	*ret_why = "this build has no BPF support";
	return -EOPNOTSUPP;
}

int tracer_renew(const struct root *root, struct tracer **tracer, const char **ret_why)
{
	(void)ret_why;
	(void)root;
	(void)tracer;
	return 0;
}

void tracer_free(struct tracer *tracer)
{
	(void)tracer;
}

int tracer_fd(const struct tracer *tracer)
{
	(void)tracer;
	return -EBADF;
}

int tracer_read(struct tracer *tracer)
{
	(void)tracer;
	return -EOPNOTSUPP;
}

unsigned int tracer_kinds(const struct tracer *tracer)
{
	(void)tracer;
	return 0;
}
