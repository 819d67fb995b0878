/* fuzz_lengths.c — libFuzzer over the headers of sound files: a length that is put right lies in the file, and says no
 * more than there is. */
#include "wav/lengths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	unsigned char copy[64];
	const int fd = memfd_create("sound", 0);
	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	const struct us_length l = us_length_mend(fd, (int64_t)bytes);
	if (l.bytes > sizeof l.value || (l.bytes && (l.at < 0 || l.at + (int64_t)l.bytes > (int64_t)bytes)))
		abort();
	for (size_t at = 0; at < bytes; at += sizeof copy) {
		const size_t n = bytes - at < sizeof copy ? bytes - at : sizeof copy;
		memcpy(copy, data + at, n);
		us_length_lay(&l, (int64_t)at, copy, n);
	}
	close(fd);
	return 0;
}
