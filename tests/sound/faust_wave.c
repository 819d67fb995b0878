/* faust_wave.c — two seconds of what the Faust compiler made of one oscillator (FAUST_FILE), as 32-bit floats on
 * stdout. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FAUSTFLOAT float
typedef struct {
	void *uiInterface;
} UIGlue;
typedef struct {
	void *metaInterface;
	void (*declare)(void *interface, const char *key, const char *value);
} MetaGlue;
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#include FAUST_FILE

int main(void)
{
	static float sound[96000];
	float *outputs[] = {sound};
	mydsp *dsp = newmydsp();
	initmydsp(dsp, 48000);
	computemydsp(dsp, 96000, NULL, outputs);
	return fwrite(sound, sizeof *sound, 96000, stdout) != 96000;
}
