// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the BPF object of dmabufctl by libbpf, and does nothing with it: what a list takes is
 * measured against that. dmabufctl itself lets the kernel do more of it.
 */
#include <bpf/libbpf.h>
#include <stdio.h>

#include "lib/observe/observe.skel.h"

int main(void)
{
	struct observe_bpf *skeleton = observe_bpf__open_and_load();

	if (!skeleton) {
		perror("lab-bpf-load: cannot load the BPF object");
		return 1;
	}
	observe_bpf__destroy(skeleton);
	return 0;
}
