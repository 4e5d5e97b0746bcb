/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/backoff.h"

void backoff_looked(struct backoff *backoff, uint64_t now_ms)
{
	backoff->looked_ms = now_ms;
	backoff->delay_ms = backoff->next_ms;
	backoff->next_ms *= 2;
	if (backoff->next_ms > BACKOFF_MAX_MS)
		backoff->next_ms = BACKOFF_MAX_MS;
}

void backoff_event(struct backoff *backoff)
{
	backoff->delay_ms = BACKOFF_MIN_MS;
	backoff->next_ms = BACKOFF_MIN_MS;
}

uint64_t backoff_due(const struct backoff *backoff)
{
	return backoff->looked_ms + backoff->delay_ms;
}
