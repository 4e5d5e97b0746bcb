/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/elsewhere.h"

#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/host.h"
#include "cmd/dmabufctl/options.h"

bool is_elsewhere(const struct options *options)
{
	return options->host || options->daemon;
}

int elsewhere_ask(const struct options *options, struct json_object **ret)
{
	return options->host ? host_ask(options, ret) : client_ask(options, ret);
}

int elsewhere_nonsense(const struct options *options)
{
	if (options->host)
		return host_nonsense(options);
	return error_report(options, STATUS_FAILED,
			    "Are dmabufctl and dmabufd of the same version? 'systemctl "
			    "restart dmabufd' starts the one that is installed.",
			    "the answer of dmabufd makes no sense");
}
