/* SPDX-License-Identifier: MIT */
/* Architectures that have a libpam and no module */
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"

/* Where distributions have libpam, one directory for each architecture. */
#define LIBPAM "{/usr,}/lib{,32,64,x32,/*-linux-*}/libpam.so.0"

static bool architectures_has_module(const char *libpam)
{
	int len = (int)(strrchr(libpam, '/') - libpam);
	char path[400];

	text_fmt(path, sizeof(path), "%.*s/security/pam_nsisolate.so", len, libpam);
	if (access(path, F_OK) == 0)
		return true;
	/* Debian 12 has libpam below /lib, and modules there or below /usr/lib. */
	text_fmt(path, sizeof(path), "/usr%.*s/security/pam_nsisolate.so", len, libpam);
	return strncmp(libpam, "/usr/", 5) != 0 && access(path, F_OK) == 0;
}

/* Of merged /usr, one of the two names: /lib/x is /usr/lib/x. */
static bool architectures_is_same_again(const char *libpam)
{
	char usr[400];

	text_fmt(usr, sizeof(usr), "/usr%s", libpam);
	return strncmp(libpam, "/usr/", 5) != 0 && access(usr, F_OK) == 0;
}

void doctor_architectures(struct doctor *d)
{
	glob_t libraries = {0};
	char what[700];

	if (d->ctl->pamdir || access(NSI_MODULE, F_OK) != 0)
		return; /* another system, or no module at all, which is reported already */
	if (glob(LIBPAM, GLOB_BRACE, NULL, &libraries) != 0)
		libraries.gl_pathc = 0;
	for (size_t i = 0; i < libraries.gl_pathc; i++) {
		const char *libpam = libraries.gl_pathv[i];

		if (architectures_is_same_again(libpam) || architectures_has_module(libpam))
			continue;
		text_fmt(what, sizeof(what),
			 "%.300s: it has no pam_nsisolate.so beside it, so programs of its "
			 "architecture that open a session refuse everybody, root, too",
			 libpam);
		doctor_find(d, FIND_ARCHITECTURE_MODULE, what, "%s",
			    strstr(libpam, "i386") ? "apt-get install libpam-nsisolate:i386"
						   : "install the module of that architecture");
	}
	globfree(&libraries);
}
