/* audio_portaudio.c — the device, through PortAudio. The only file that knows PortAudio. */
#include "audio.h"
#include "burst_rt.h"

#include <fcntl.h>
#include <pa_jack.h>
#include <portaudio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SANE_LATENCY = 60 /* seconds */, USUAL_RATE = 48000 };

struct us_audio {
	struct us_player *player;
	PaStream *stream;
	uint32_t rate, ticket;
	struct us_burst burst;
	_Atomic uint32_t frames;       /* that the device takes at once */
	uint32_t heard;                /* channels of the input: 0, 1 or 2 */
	float both[2 * US_MAX_FRAMES]; /* a mono input, twice */
	char name[128];
};

/* ALSA's and JACK's libraries print pages about devices that do not exist; nobody can act on them. */
static PaError initialize_quietly(void)
{
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	setenv("JACK_NO_START_SERVER", "1", 1);
	fflush(stderr);
	if (saved >= 0 && null >= 0)
		dup2(null, STDERR_FILENO);
	PaError error = Pa_Initialize();
	if (saved >= 0) {
		dup2(saved, STDERR_FILENO);
		close(saved);
	}
	if (null >= 0)
		close(null);
	return error;
}

static const char *api_name(const PaDeviceInfo *info)
{
	const PaHostApiInfo *api = Pa_GetHostApiInfo(info->hostApi);
	return api ? api->name : "?";
}

static void print_device(FILE *f, PaDeviceIndex i)
{
	const PaDeviceInfo *d = Pa_GetDeviceInfo(i);
	fprintf(f, "%d\t%s\t%s\t%d\t%.0f\t%.1f\n", i, d->name, api_name(d), d->maxOutputChannels, d->defaultSampleRate,
	        d->defaultLowOutputLatency * 1000);
}

int us_portaudio_list(bool print)
{
	if (initialize_quietly() != paNoError)
		return 0;
	int outputs = 0;
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *d = Pa_GetDeviceInfo(i);
		if (!d || d->maxOutputChannels < 1)
			continue;
		outputs++;
		if (print)
			print_device(stdout, i);
	}
	Pa_Terminate();
	return outputs;
}

static int channels_of(const PaDeviceInfo *d, bool input)
{
	return !d ? 0 : input ? d->maxInputChannels : d->maxOutputChannels;
}

/* An exact name, an index, or the only name that contains the text. */
static PaDeviceIndex find(const char *wanted, bool input)
{
	char *end;
	long index = strtol(wanted, &end, 10);
	PaDeviceIndex found = paNoDevice;
	int matches = 0;
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *d = Pa_GetDeviceInfo(i);
		if (channels_of(d, input) < 1)
			continue;
		if (strcmp(d->name, wanted) == 0 || (*wanted && !*end && index == i))
			return i;
		if (strstr(d->name, wanted)) {
			found = i;
			matches++;
		}
	}
	return matches == 1 ? found : paNoDevice;
}

static bool runs_at(PaDeviceIndex device, double rate)
{
	const PaStreamParameters out = {.device = device,
	                                .channelCount = US_CHANNELS,
	                                .sampleFormat = paFloat32,
	                                .suggestedLatency = Pa_GetDeviceInfo(device)->defaultLowOutputLatency};
	return Pa_IsFormatSupported(NULL, &out, rate) == paFormatIsSupported;
}

bool us_portaudio_probe(const char *device, uint32_t *rate)
{
	if (initialize_quietly() != paNoError)
		return false;
	const PaDeviceIndex found = *device ? find(device, false) : Pa_GetDefaultOutputDevice();
	if (found != paNoDevice && !*rate)
		*rate = runs_at(found, USUAL_RATE) ? USUAL_RATE
		                                   : (uint32_t)(Pa_GetDeviceInfo(found)->defaultSampleRate + 0.5);
	Pa_Terminate();
	return found != paNoDevice;
}

static int refuse_device(const char *wanted, bool input, struct us_err *err)
{
	char names[160] = "";
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *d = Pa_GetDeviceInfo(i);
		size_t used = strlen(names);
		if (channels_of(d, input) > 0)
			snprintf(names + used, sizeof names - used, "%s'%s'", used ? ", " : "", d->name);
	}
	if (input)
		return us_fail(err, "no input device '%s'; there is %s", wanted, names[0] ? names : "none");
	if (!*wanted)
		return us_fail(err, "there is no default output device; --device null plays without one");
	return us_fail(err, "no output device '%s'; there is %s%snull", wanted, names, names[0] ? " and " : "only ");
}

static int call(const void *in, void *out, unsigned long frames, const PaStreamCallbackTimeInfo *time,
                PaStreamCallbackFlags flags, void *context)
{
	(void)flags;
	struct us_audio *a = context;
	const uint32_t period = us_burst_note(&a->burst, time ? time->currentTime : 0, (uint32_t)frames, 2 * a->rate);
	us_player_expect(a->player, a->ticket, period);
	atomic_store_explicit(&a->frames, period, memory_order_relaxed);
	const float *heard = a->heard ? in : NULL;
	if (a->heard == 1 && heard) {
		for (unsigned long i = 0; i < frames && i < US_MAX_FRAMES; i++)
			a->both[2 * i] = a->both[2 * i + 1] = heard[i];
		heard = frames <= US_MAX_FRAMES ? a->both : NULL;
	}
	us_player_process(a->player, a->ticket, heard, out, (uint32_t)frames);
	return paContinue;
}

/* Parameters of the input; with no channels if none is wanted. */
static int choose_input(struct us_audio *a, const struct us_audio_config *config, PaStreamParameters *in,
                        struct us_err *err)
{
	*in =
	    (PaStreamParameters){.sampleFormat = paFloat32, .suggestedLatency = (double)config->frames / config->rate};
	a->heard = 0;
	if (!config->input)
		return US_OK;
	in->device = *config->input ? find(config->input, true) : Pa_GetDefaultInputDevice();
	if (in->device == paNoDevice)
		return refuse_device(config->input, true, err);
	const int channels = channels_of(Pa_GetDeviceInfo(in->device), true);
	in->channelCount = channels < US_CHANNELS ? channels : US_CHANNELS;
	a->heard = (uint32_t)in->channelCount;
	return US_OK;
}

static int open_stream(struct us_audio *a, const struct us_audio_config *config, struct us_err *err)
{
	PaStreamParameters in;
	PaDeviceIndex device = *config->device ? find(config->device, false) : Pa_GetDefaultOutputDevice();
	if (device == paNoDevice)
		return refuse_device(config->device, false, err);
	if (choose_input(a, config, &in, err))
		return US_FAILED;
	const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
	const PaStreamParameters out = {.device = device,
	                                .channelCount = US_CHANNELS,
	                                .sampleFormat = paFloat32,
	                                .suggestedLatency = (double)config->frames / config->rate};
	snprintf(a->name, sizeof a->name, "%s (%s)", info->name, api_name(info));
	a->frames = config->frames;
	a->rate = config->rate;
	a->ticket = config->ticket;
	PaError error =
	    Pa_OpenStream(&a->stream, a->heard ? &in : NULL, &out, config->rate, config->frames, paNoFlag, call, a);
	if (error == paInvalidSampleRate)
		return us_fail(err, "%s does not run at %u frames per second; try --rate %.0f", a->name, config->rate,
		               info->defaultSampleRate);
	if (error != paNoError)
		return us_fail(err, "cannot open %s: %s", a->name, Pa_GetErrorText(error));
	return US_OK;
}

static int open_device(struct us_audio **audio, const struct us_audio_config *config, struct us_player *player,
                       struct us_err *err)
{
	struct us_audio *a = calloc(1, sizeof *a);
	if (!a)
		return us_fail(err, "no memory for the audio device");
	a->player = player;
	PaJack_SetClientName(config->client);
	PaError error = initialize_quietly();
	if (error != paNoError) {
		free(a);
		return us_fail(err, "PortAudio does not start: %s", Pa_GetErrorText(error));
	}
	if (open_stream(a, config, err)) {
		Pa_Terminate();
		free(a);
		return US_FAILED;
	}
	*audio = a;
	return US_OK;
}

static int start(struct us_audio *a, struct us_err *err)
{
	PaError error = Pa_StartStream(a->stream);
	if (error != paNoError)
		return us_fail(err, "cannot start %s: %s", a->name, Pa_GetErrorText(error));
	return US_OK;
}

static void stop(struct us_audio *a)
{
	if (Pa_IsStreamStopped(a->stream) == 0)
		Pa_AbortStream(a->stream);
}

static void close_device(struct us_audio *a)
{
	stop(a);
	Pa_CloseStream(a->stream);
	Pa_Terminate();
	free(a);
}

static void describe(const struct us_audio *a, char name[static 128], uint32_t *frames, uint32_t *latency_us)
{
	const PaStreamInfo *info = Pa_GetStreamInfo(a->stream);
	memcpy(name, a->name, sizeof a->name);
	*frames = atomic_load_explicit(&a->frames, memory_order_relaxed);
	/* PortAudio takes JACK's period from a latency that may be shorter, without a sign: 2^32 frames are none. */
	const double least = (double)*frames / a->rate, said = info ? info->outputLatency : 0;
	*latency_us = (uint32_t)((said >= 0 && said < SANE_LATENCY ? said : least) * 1e6);
}

const struct us_audio_backend us_audio_portaudio = {
    .open = open_device, .start = start, .stop = stop, .close = close_device, .describe = describe};
