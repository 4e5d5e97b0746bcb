/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/wish.h"

#include <string.h>

bool driver_name_is_valid(const char *name)
{
	size_t length =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789_-");

	return length > 0 && length < WISH_DRIVER_TEXT && name[length] == '\0' &&
	       name[0] != '-';
}
