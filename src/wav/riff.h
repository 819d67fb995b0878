/* riff.h — the 80 bytes in front of a WAV file of floats: WAVE_FORMAT_EXTENSIBLE with a fact chunk, as the standard
 * wants it for what is not PCM. [any] wav.c alone writes it; pure. */
#ifndef US_RIFF_H
#define US_RIFF_H

#include <stdint.h>

enum { US_RIFF_BYTES = 80, US_RIFF_FRAME_BYTES = 8 };
/* So many frames are certain to fit: their sizes are numbers of 32 bits. */
#define US_RIFF_MOST_FRAMES ((UINT32_MAX - 4096u) / US_RIFF_FRAME_BYTES)
#define US_RIFF_UNKNOWN UINT64_MAX

/* With more frames than fit, or an unknown number, its lengths are all ones: read to the end. */
void us_riff_write(unsigned char to[static US_RIFF_BYTES], uint32_t rate, uint64_t frames);

#endif
