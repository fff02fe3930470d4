/* SPDX-License-Identifier: MIT */
/*
 * watch_opens OUT FILE...: makes each FILE, then OUT, and appends a byte to OUT whenever anybody
 * opens one of them.  Ends when it is killed.
 */
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	int out, watch = inotify_init1(IN_CLOEXEC);

	if (argc < 3 || watch < 0)
		return 2;
	for (int i = 2; i < argc; i++) {
		int fd = open(argv[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0 || inotify_add_watch(watch, argv[i], IN_OPEN) < 0)
			return 1;
		close(fd);
	}
	out = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	/* Events of a watched file have no name, so that each is one struct. */
	for (;;) {
		ssize_t n = read(watch, events, sizeof(events));

		if (out < 0 || n <= 0)
			return 1;
		for (size_t i = 0; i < (size_t)n / sizeof(struct inotify_event); i++)
			if (write(out, "o", 1) < 0)
				return 1;
	}
}
