/* SPDX-License-Identifier: MIT */
/* images DIR FILE...: writes the image of each policy below DIR, as inputs of fuzz_image. */
#include <stdio.h>
#include <stdlib.h>

#include "policy/image.h"
#include "policy/load.h"

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		struct pol_report report = {0};
		struct pol_image *image = NULL;
		char path[512];
		FILE *f;

		if (policy_load(argv[i], POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &image,
				&report) < 0)
			return 1;
		(void)snprintf(path, sizeof(path), "%s/%d", argv[1], i);
		f = fopen(path, "we");
		if (!f || fwrite(image, image->size, 1, f) != 1 || fclose(f) != 0)
			return 1;
		policy_report_done(&report);
		free(image);
	}
	return 0;
}
