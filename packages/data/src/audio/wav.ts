import { PolytaskError } from '@polytask/base';

/** A recording: one array per channel, of numbers in [−1, 1]. */
export type Sound = { readonly sampleRate: number; readonly channels: readonly Float32Array[] };

export type WavOptions = {
  /** What stands for the file in messages. */
  readonly name?: string;
  /** The longest sound, in samples of one channel. Default: 2²⁷, 2.3 hours at 16 kHz. */
  readonly maxSamples?: number;
};

const ascii = (view: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)));

/** How a sample is read: by the number of the format and its bits. */
const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  'pcm 8': (view, at) => (view.getUint8(at) - 128) / 128,
  'pcm 16': (view, at) => view.getInt16(at, true) / 2 ** 15,
  'pcm 24': (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 2 ** 23,
  'pcm 32': (view, at) => view.getInt32(at, true) / 2 ** 31,
  'float 32': (view, at) => view.getFloat32(at, true),
};

/**
 * The sound in the bytes of a WAV file: PCM of 8, 16, 24 and 32 bits and 32-bit float, any number of channels, also with an extensible header.
 *
 * A `data` chunk that claims more bytes than there are, as recorders leave behind when they are cut off, is read up to the end of the file;
 * a last frame that is not whole is left out. Numbers of a float file that are not finite are refused. Sounds of no samples are sounds.
 * Format: IBM & Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991.
 *
 * @throws PolytaskError E2400 not a WAV file · E2401 a header that is cut off or contradicts itself · E2402 an encoding that is not read ·
 * E2403 longer than `maxSamples` · E2404 a sample that is not a finite number.
 */
export function decodeWav(bytes: Uint8Array, { name, maxSamples = 2 ** 27 }: WavOptions = {}): Sound {
  const fail = (code: string, message: string) =>
    new PolytaskError('data', { code, ...(name !== undefined && { file: name }), message });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || ascii(view, 0) !== 'RIFF' || ascii(view, 8) !== 'WAVE')
    throw fail('E2400', 'Expected a WAV file, which begins with RIFF and WAVE.');
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const chunk = ascii(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (chunk === 'fmt ') format = readFormat(view, start, Math.min(size, bytes.length - start), fail);
    if (chunk === 'data') {
      if (!format) throw fail('E2401', 'The samples come before their format.');
      return samples(view, start, Math.min(size, bytes.length - start), format, maxSamples, fail);
    }
    at = start + size + (size % 2); // chunks begin at even places
  }
  throw fail('E2401', format ? 'The file has no data chunk.' : 'The file has no format.');
}

/** In Hz: twice what any device records. Headers that say more lie, and a filter from there to speech has as many taps as they say. */
const highestRate = 1_536_000;

type Format = {
  readonly sampleRate: number;
  readonly channels: number;
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
};
type Fail = (code: string, message: string) => PolytaskError;

function readFormat(view: DataView, start: number, size: number, fail: Fail): Format {
  if (size < 16) throw fail('E2401', `The format has ${size} bytes. Expected 16 or more.`);
  const [extensible, integers, floats] = [0xfffe, 1, 3];
  const tag = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const frame = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  const kind = tag === extensible && size >= 26 ? view.getUint16(start + 24, true) : tag;
  if (channels === 0 || sampleRate === 0 || sampleRate > highestRate)
    throw fail('E2401', `The format says ${channels} channels at ${sampleRate} Hz.`);
  const read = readers[`${kind === integers ? 'pcm' : kind === floats ? 'float' : 'other'} ${bits}`];
  if (!read) {
    const message = `Expected PCM of 8, 16, 24 or 32 bits or 32-bit float. Found format ${kind} of ${bits} bits.`;
    throw fail('E2402', message);
  }
  if (frame !== (channels * bits) / 8)
    throw fail('E2401', `The format says ${frame} bytes for ${channels} samples of ${bits} bits.`);
  return { sampleRate, channels, width: bits / 8, read };
}

function samples(view: DataView, start: number, size: number, format: Format, maxSamples: number, fail: Fail): Sound {
  const { channels: count, width, read, sampleRate } = format;
  const length = Math.floor(size / (width * count));
  if (length > maxSamples)
    throw fail('E2403', `The sound has ${length} samples. The limit of maxSamples is ${maxSamples}.`);
  const channels = Array.from({ length: count }, () => new Float32Array(length));
  for (const [channel, target] of channels.entries()) {
    const stride = width * count;
    let at = start + channel * width;
    for (let index = 0; index < length; index++, at += stride) target[index] = read(view, at);
    const bad = target.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail('E2404', `Sample ${bad} of channel ${channel + 1} is ${target[bad]}.`);
  }
  return { sampleRate, channels };
}

/**
 * A WAV file of 16-bit PCM, or of 32-bit float. Samples beyond [−1, 1] are clipped in PCM.
 *
 * @throws RangeError without a channel, with channels of different lengths, or for a rate that is no positive integer.
 */
export function encodeWav({ sampleRate, channels }: Sound, encoding: 'pcm16' | 'float32' = 'pcm16'): Uint8Array {
  const length = channels[0]?.length;
  if (length === undefined || channels.some((channel) => channel.length !== length))
    throw new RangeError('channels: expected one or more of equal length.');
  if (!(Number.isInteger(sampleRate) && sampleRate > 0))
    throw new RangeError(`sampleRate: expected a positive integer. Found ${sampleRate}.`);
  const [tag, width] = encoding === 'pcm16' ? [1, 2] : [3, 4];
  const size = length * width * channels.length;
  const bytes = new Uint8Array(44 + size);
  const view = new DataView(bytes.buffer);
  const write = (text: string, at: number) => bytes.set(new TextEncoder().encode(text), at);
  write('RIFF', 0);
  view.setUint32(4, 36 + size, true);
  write('WAVEfmt ', 8);
  view.setUint32(16, 16, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * width * channels.length, true);
  view.setUint16(32, width * channels.length, true);
  view.setUint16(34, 8 * width, true);
  write('data', 36);
  view.setUint32(40, size, true);
  let at = 44;
  for (let index = 0; index < length; index++) {
    for (const channel of channels) {
      const value = channel[index]!;
      if (encoding === 'pcm16')
        view.setInt16(at, Math.round(Math.max(-1, Math.min(32767 / 32768, value)) * 32768), true);
      else view.setFloat32(at, value, true);
      at += width;
    }
  }
  return bytes;
}

/** The mean of the channels. */
export function mono({ channels }: Sound): Float32Array {
  if (channels.length === 1) return channels[0]!;
  return Float32Array.from(
    channels[0] ?? [],
    (_, index) => channels.reduce((sum, channel) => sum + channel[index]!, 0) / channels.length,
  );
}
