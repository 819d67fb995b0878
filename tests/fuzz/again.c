/* again.c — a fuzzer without libFuzzer: runs its target over every file of the directories that are named, with any
 * compiler. What was found once is tried in each `make test`. Prints "N passed, 0 failed"; a failure is a crash. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MOST_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static int run(const char *path)
{
	struct stat st;
	FILE *f = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "r") : NULL;
	if (!f)
		return 0;
	uint8_t *data = malloc(MOST_BYTES);
	if (!data)
		abort();
	const size_t bytes = fread(data, 1, MOST_BYTES, f);
	fclose(f);
	uint8_t *exact = malloc(bytes ? bytes : 1);
	if (!exact)
		abort();
	for (size_t i = 0; i < bytes; i++)
		exact[i] = data[i];
	fprintf(stderr, "%s\n", path); /* the last one is the one that did it */
	LLVMFuzzerTestOneInput(exact, bytes);
	free(exact);
	free(data);
	return 1;
}

int main(int argc, char **argv)
{
	int ran = 0;
	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);
		if (!directory) {
			perror(argv[i]);
			return 1;
		}
		for (const struct dirent *d; (d = readdir(directory));) {
			char path[1024];
			snprintf(path, sizeof path, "%.500s/%.500s", argv[i], d->d_name);
			ran += run(path);
		}
		closedir(directory);
	}
	printf("%d passed, %d failed\n", ran, ran ? 0 : 1);
	return ran ? 0 : 1;
}
