/* SPDX-License-Identifier: MIT */
/* Whatever stands in a file of namespace.conf(5), reading it ends in entries or in an error. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/namespace_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct namespace_conf conf = {0};
	int fd = memfd_create("namespace.conf", MFD_CLOEXEC);
	char path[40];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)namespace_conf_read(&conf, path);
	namespace_conf_done(&conf);
	close(fd);
	return 0;
}
