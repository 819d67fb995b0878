/* faust — plays what the Faust compiler made of voice.dsp (FAUST_FILE) for some seconds, in blocks of 64 frames.
 * usage: faust SECONDS. The peak goes to stderr, so that nothing is optimised away. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FAUSTFLOAT float
typedef struct {
	void *uiInterface;
	void (*openVerticalBox)(void *interface, const char *label);
	void (*closeBox)(void *interface);
} UIGlue;
typedef struct {
	void *metaInterface;
	void (*declare)(void *interface, const char *key, const char *value);
} MetaGlue;
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#include FAUST_FILE

enum { RATE = 48000, BLOCK = 64 };

int main(int argc, char **argv)
{
	const long blocks = argc > 1 ? atol(argv[1]) * RATE / BLOCK : 0;
	static float left[BLOCK], right[BLOCK];
	float *const outputs[] = {left, right}, peak = 0;
	mydsp *dsp = newmydsp();
	initmydsp(dsp, RATE);
	for (long n = 0; n < blocks; n++) {
		computemydsp(dsp, BLOCK, NULL, (float **)outputs);
		for (int i = 0; i < BLOCK; i++)
			peak = fmaxf(peak, fabsf(left[i]));
	}
	fprintf(stderr, "peak %.3f\n", (double)peak);
	deletemydsp(dsp);
	return 0;
}
