import type { Sound } from '../../audio/wav.ts';

/** The number of samples of a channel. @throws RangeError unless all channels have as many, finite ones, at a rate that is a positive integer. */
export function lengthOfSound({ sampleRate, channels }: Sound): number {
  if (!(Number.isInteger(sampleRate) && sampleRate > 0))
    throw new RangeError(`sampleRate: expected a positive integer. Found ${sampleRate}.`);
  const length = channels[0]?.length ?? 0;
  for (const [number, channel] of channels.entries()) {
    if (channel.length !== length)
      throw new RangeError(`channels: expected equal lengths. Found ${length} and ${channel.length}.`);
    for (let at = 0; at < length; at++) {
      if (!Number.isFinite(channel[at]!))
        throw new RangeError(`Expected finite samples. Found ${channel[at]} at ${at} of channel ${number + 1}.`);
    }
  }
  return length;
}

/** The mean of the squares of all samples of all channels, 0 of none. */
export function powerOf(channels: readonly Float32Array[]): number {
  let sum = 0;
  let count = 0;
  for (const channel of channels) {
    for (let at = 0; at < channel.length; at++) sum += channel[at]! ** 2;
    count += channel.length;
  }
  return count === 0 ? 0 : sum / count;
}
