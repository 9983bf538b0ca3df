import type { HostTensor } from '@polytask/base';

/** Mean and standard deviation per channel, that is along the last axis. JSON. */
export type ChannelMoments = { readonly mean: readonly number[]; readonly deviation: readonly number[] };

/**
 * The mean and standard deviation (divided by n) of each channel over all tensors: images [height, width, channels] or features [frames,
 * features] of the training part. Bytes count as 0 to 1 (x / 255). Values that are not finite are left out.
 *
 * @throws RangeError when there is no tensor, or two differ in their channels.
 */
export function fitChannelMoments(tensors: Iterable<HostTensor>): ChannelMoments {
  let counts: Float64Array | undefined;
  let means = new Float64Array(0);
  let squares = new Float64Array(0);
  for (const { shape, data, dtype } of tensors) {
    const channels = shape.at(-1) ?? 0;
    if (counts === undefined) {
      counts = new Float64Array(channels);
      means = new Float64Array(channels);
      squares = new Float64Array(channels);
    }
    if (channels !== counts.length) throw new RangeError(`Expected ${counts.length} channels. Found ${channels}.`);
    const unit = dtype === 'uint8' ? 1 / 255 : 1;
    for (let channel = 0; channel < channels; channel++) {
      // one tensor after the other (Chan, Golub & LeVeque 1979): its own moments first, then both together
      let count = 0;
      let sum = 0;
      for (let at = channel; at < data.length; at += channels) {
        const value = data[at]! * unit;
        if (!Number.isFinite(value)) continue;
        count++;
        sum += value;
      }
      if (count === 0) continue;
      const mean = sum / count;
      let square = 0;
      for (let at = channel; at < data.length; at += channels) {
        const value = data[at]! * unit - mean;
        if (Number.isFinite(value)) square += value * value;
      }
      const before = counts[channel]!;
      const total = before + count;
      const delta = mean - means[channel]!;
      means[channel]! += (delta * count) / total;
      squares[channel]! += square + (delta * delta * before * count) / total;
      counts[channel] = total;
    }
  }
  if (counts === undefined) throw new RangeError('Expected at least one tensor. Found none.');
  const deviation = Array.from(squares, (square, at) => Math.sqrt(square / Math.max(1, counts[at]!)));
  return { mean: [...means], deviation };
}

/** (x − mean) / deviation per channel as float32; bytes count as 0 to 1, channels without spread become 0. @throws RangeError when the channels differ. */
export function standardiseChannels(tensor: HostTensor, moments: ChannelMoments): HostTensor<'float32'> {
  const channels = checkChannels(tensor, moments);
  const unit = tensor.dtype === 'uint8' ? 1 / 255 : 1;
  const { mean, deviation } = moments;
  const data = new Float32Array(tensor.data.length);
  for (let channel = 0; channel < channels; channel++) {
    const center = mean[channel]!;
    const scale = deviation[channel]! > 0 ? 1 / deviation[channel]! : 1;
    for (let at = channel; at < data.length; at += channels) data[at] = (tensor.data[at]! * unit - center) * scale;
  }
  return { dtype: 'float32', shape: tensor.shape, data };
}

/** x · deviation + mean per channel: the way back, bytes as 0 to 1. @throws RangeError when the channels differ. */
export function restoreChannels(tensor: HostTensor, moments: ChannelMoments): HostTensor<'float32'> {
  const channels = checkChannels(tensor, moments);
  const { mean, deviation } = moments;
  const data = new Float32Array(tensor.data.length);
  for (let channel = 0; channel < channels; channel++) {
    const scale = deviation[channel]! > 0 ? deviation[channel]! : 1;
    for (let at = channel; at < data.length; at += channels) data[at] = tensor.data[at]! * scale + mean[channel]!;
  }
  return { dtype: 'float32', shape: tensor.shape, data };
}

/**
 * Cepstral mean (and variance) normalisation of one recording's features [frames, features]: each feature less its mean over the frames, by its
 * standard deviation when `variance` is true (default). Nothing is fitted.
 */
export function cmvn(
  features: HostTensor,
  { variance = true }: { readonly variance?: boolean } = {},
): HostTensor<'float32'> {
  const { mean, deviation } = fitChannelMoments([features]);
  return standardiseChannels(features, { mean, deviation: variance ? deviation : deviation.map(() => 1) });
}

function checkChannels({ shape }: HostTensor, { mean }: ChannelMoments): number {
  const channels = shape.at(-1) ?? 0;
  if (channels !== mean.length) throw new RangeError(`Expected ${mean.length} channels. Found ${channels}.`);
  return channels;
}
