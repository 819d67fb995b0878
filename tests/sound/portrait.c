/* portrait.c — portrait FILE.wav [OUT.png]: what a recording looks and measures like. Prints "PEAK_DB RMS_DB
 * SILENT_SHARE MEAN_DB" (RMS of the seconds in which something is heard; the share of those in which nothing is; the
 * constant part, of the side that has more of it) and draws waveform and spectrogram. Fails on silence, on clipping and
 * on what is no number. Reads only what understudy writes: 32-bit float, stereo. */
#include <kissfft/kiss_fftr.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 960, WAVE = 96, SPECTRUM = 192, HEIGHT = WAVE + SPECTRUM, WINDOW = 4096 };

struct recording {
	float *frame; /* left, right */
	size_t frames;
	uint32_t rate;
};

static uint8_t image[HEIGHT][1 + 3 * WIDTH]; /* each row behind its filter byte, as PNG wants it */

static int read_wav(struct recording *r, const char *path)
{
	uint8_t head[12], chunk[8];
	FILE *f = fopen(path, "rb");
	if (!f || fread(head, sizeof head, 1, f) != 1 || memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4))
		return 1;
	while (fread(chunk, sizeof chunk, 1, f) == 1) {
		uint32_t bytes;
		memcpy(&bytes, chunk + 4, 4);
		if (!memcmp(chunk, "fmt ", 4)) {
			uint8_t format[64];
			if (bytes > sizeof format || fread(format, bytes, 1, f) != 1)
				return 1;
			memcpy(&r->rate, format + 4, 4);
		} else if (!memcmp(chunk, "data", 4)) {
			r->frames = bytes / 8;
			r->frame = malloc(bytes + 8);
			return !r->frame || fread(r->frame, 8, r->frames, f) != r->frames;
		} else if (fseek(f, (bytes + 1) / 2 * 2, SEEK_CUR)) {
			return 1;
		}
	}
	return 1;
}

static void dot(int x, int y, double r, double g, double b)
{
	uint8_t *p = &image[y][1 + 3 * x];
	p[0] = (uint8_t)(255 * fmin(1, fmax(0, r)));
	p[1] = (uint8_t)(255 * fmin(1, fmax(0, g)));
	p[2] = (uint8_t)(255 * fmin(1, fmax(0, b)));
}

static void draw_wave(const struct recording *r)
{
	for (int x = 0; x < WIDTH; x++) {
		double low = 0, high = 0;
		for (size_t i = r->frames * (size_t)x / WIDTH; i < r->frames * (size_t)(x + 1) / WIDTH; i++) {
			low = fmin(low, (double)fminf(r->frame[2 * i], r->frame[2 * i + 1]));
			high = fmax(high, (double)fmaxf(r->frame[2 * i], r->frame[2 * i + 1]));
		}
		for (int y = 0; y < WAVE; y++) {
			const double v = 1 - 2.0 * y / (WAVE - 1);
			const bool on = v <= high && v >= low;
			dot(x, y, on ? 0.25 : 0.07, on ? 0.75 : 0.08, on ? 0.85 : 0.11);
		}
	}
}

/* Logarithmic from 30 Hz to half the rate, from -100 dB up. */
static void draw_spectrum(const struct recording *r)
{
	static float in[WINDOW];
	static kiss_fft_cpx out[WINDOW / 2 + 1];
	kiss_fftr_cfg plan = kiss_fftr_alloc(WINDOW, 0, NULL, NULL);
	for (int x = 0; x < WIDTH && r->frames > WINDOW; x++) {
		const size_t at = (r->frames - WINDOW) * (size_t)x / WIDTH;
		for (int i = 0; i < WINDOW; i++)
			in[i] = (r->frame[2 * (at + (size_t)i)] + r->frame[2 * (at + (size_t)i) + 1]) *
			        (0.5f - 0.5f * cosf(2 * (float)M_PI * (float)i / WINDOW));
		kiss_fftr(plan, in, out);
		for (int y = 0; y < SPECTRUM; y++) {
			const double high = r->rate / 2.0, f0 = 30 * pow(high / 30, 1 - (y + 1.0) / SPECTRUM),
				     f1 = 30 * pow(high / 30, 1 - y / (double)SPECTRUM);
			double most = 0;
			for (int k = (int)(f0 * WINDOW / r->rate); k <= (int)(f1 * WINDOW / r->rate) && k <= WINDOW / 2;
			     k++)
				most = fmax(most, hypot((double)out[k].r, (double)out[k].i));
			const double db = 20 * log10(most * 2 / WINDOW + 1e-9), v = fmin(1, fmax(0, 1 + db / 100));
			dot(x, WAVE + y, v * v * 1.2, v * v * v * 1.1, 0.15 + 0.5 * v * (1.2 - v));
		}
	}
	free(plan);
}

/* --- PNG, with its data stored and not packed: no library, and who publishes it may pack it ---------------- */

static uint32_t crc(uint32_t c, const uint8_t *p, size_t n)
{
	for (c = ~c; n--; p++) {
		c ^= *p;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
	}
	return ~c;
}

static void put32(uint8_t *to, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(x >> (24 - 8 * i));
}

static void write_chunk(FILE *f, const char *name, const uint8_t *data, uint32_t bytes)
{
	uint8_t word[4];
	put32(word, bytes);
	fwrite(word, 4, 1, f);
	fwrite(name, 4, 1, f);
	fwrite(data, 1, bytes, f);
	put32(word, crc(crc(0, (const uint8_t *)name, 4), data, bytes));
	fwrite(word, 4, 1, f);
}

static int write_png(const char *path)
{
	static uint8_t packed[2 + HEIGHT * (5 + sizeof image[0]) + 4];
	uint8_t head[13] = {0}, *p = packed;
	uint32_t a = 1, b = 0;
	FILE *f = fopen(path, "wb");
	if (!f)
		return 1;
	*p++ = 0x78, *p++ = 0x01;
	for (int y = 0; y < HEIGHT; y++) {
		const uint16_t n = sizeof image[0];
		*p++ = y == HEIGHT - 1;
		*p++ = (uint8_t)n, *p++ = (uint8_t)(n >> 8), *p++ = (uint8_t)~n, *p++ = (uint8_t)(~n >> 8);
		memcpy(p, image[y], n);
		p += n;
		for (int i = 0; i < n; i++) {
			a = (a + image[y][i]) % 65521;
			b = (b + a) % 65521;
		}
	}
	put32(p, b << 16 | a);
	put32(head, WIDTH);
	put32(head + 4, HEIGHT);
	head[8] = 8, head[9] = 2; /* eight bits, three colours */
	fwrite("\x89PNG\r\n\x1a\n", 8, 1, f);
	write_chunk(f, "IHDR", head, sizeof head);
	write_chunk(f, "IDAT", packed, (uint32_t)(p + 4 - packed));
	write_chunk(f, "IEND", head, 0);
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	struct recording r = {0};
	double peak = 0, square = 0, heard = 0, here = 0, mean[2] = {0, 0};
	uint32_t seconds = 0, silent = 0;
	if (argc < 2 || read_wav(&r, argv[1])) {
		fprintf(stderr, "portrait: %s is no recording of understudy's\n", argc < 2 ? "nothing" : argv[1]);
		return 2;
	}
	for (size_t i = 0; i < 2 * r.frames; i++) {
		if (!isfinite(r.frame[i])) {
			fprintf(stderr, "portrait: frame %zu is not a number\n", i / 2);
			return 1;
		}
		peak = fmax(peak, (double)fabsf(r.frame[i]));
		here = fmax(here, (double)fabsf(r.frame[i]));
		square += (double)r.frame[i] * (double)r.frame[i];
		mean[i % 2] += (double)r.frame[i] / (double)r.frames;
		if ((i + 1) % (2 * r.rate) == 0) {
			seconds++;
			silent += here < 1e-4;
			heard += here < 1e-4 ? 0 : square;
			here = square = 0;
		}
	}
	printf("%.1f %.1f %.2f %.1f\n", 20 * log10(peak + 1e-9),
	       10 * log10(heard / (2.0 * r.rate * fmax(1, seconds - silent)) + 1e-18),
	       seconds ? silent / (double)seconds : 0, 20 * log10(fmax(fabs(mean[0]), fabs(mean[1])) + 1e-9));
	draw_wave(&r);
	draw_spectrum(&r);
	if (argc > 2 && write_png(argv[2]))
		return 2;
	return peak < 0.001 || peak >= 0.9999;
}
