import { words } from '@polytask/base';
import type { Aspect, Augmentation } from '../augmentation.ts';
import { draw, within } from '../options.ts';
import { clip, type Picture, pictureLike, sizeOfPicture, whiteOf } from './picture.ts';

/** The greatest changes: of factors drawn from [1 − x, 1 + x], at most 1; of the hue, in turns, at most ½. */
export type ColourJitterOptions = {
  /** Default: 0.2. */
  readonly brightness?: number;
  /** Default: 0.2. */
  readonly contrast?: number;
  /** Default: 0.2. */
  readonly saturation?: number;
  /** Default: 0. */
  readonly hue?: number;
};

const luma = [0.299, 0.587, 0.114] as const; // ITU-R BT.601

/**
 * Changes the colours of an image, in this order, each cut at black and white: brightness, f·x; contrast, about the mean grey m, m + f·(x − m);
 * saturation, about the grey g of each pixel, g + f·(x − g); hue, turned in HSV.
 *
 * Images of one or two channels are grey: they have neither saturation nor hue. A second or fourth channel is transparency and stays.
 *
 * @throws RangeError when an option is out of range; applied, for more than four channels or numbers outside of [0, 1].
 */
export function colourJitter({
  brightness = 0.2,
  contrast = 0.2,
  saturation = 0.2,
  hue = 0,
}: ColourJitterOptions = {}): Augmentation<Picture> {
  for (const [name, value] of Object.entries({ brightness, contrast, saturation })) within(name, value, 0, 1);
  within('hue', hue, 0, 0.5);
  const touches: Aspect[] = [];
  if (brightness > 0 || contrast > 0) touches.push('brightness');
  if (saturation > 0 || hue > 0) touches.push('colour');
  return {
    name: 'colourJitter',
    options: { brightness, contrast, saturation, hue },
    touches,
    apply(image, key) {
      const { height, width, channels } = sizeOfPicture(image, { unit: true });
      if (channels < 1 || channels > 4)
        throw new RangeError(`Expected an image of 1 to 4 channels. Found ${channels}.`);
      const next = words(key);
      const [bright, strong, vivid] = [brightness, contrast, saturation].map((x) => draw(next, [1 - x, 1 + x])) as [
        number,
        number,
        number,
      ];
      const turn = draw(next, [-hue, hue]);
      const white = whiteOf(image);
      const values = Float64Array.from(image.data);
      const colours = channels <= 2 ? 1 : 3;
      const change = (change: (value: number, start: number) => number) => {
        for (let start = 0; start < values.length; start += channels)
          for (let channel = 0; channel < colours; channel++)
            values[start + channel] = Math.max(0, Math.min(white, change(values[start + channel]!, start)));
      };
      const greyAt = (start: number) =>
        colours === 1
          ? values[start]!
          : luma[0] * values[start]! + luma[1] * values[start + 1]! + luma[2] * values[start + 2]!;
      if (brightness > 0) change((value) => bright * value);
      if (contrast > 0) {
        let sum = 0;
        for (let start = 0; start < values.length; start += channels) sum += greyAt(start);
        const mean = sum / Math.max(1, height * width);
        change((value) => mean + strong * (value - mean));
      }
      for (let start = 0; colours === 3 && start < values.length; start += channels) {
        if (saturation > 0) {
          const grey = greyAt(start);
          for (let at = start; at < start + 3; at++) values[at] = grey + vivid * (values[at]! - grey);
          clip(values.subarray(start, start + 3), white);
        }
        if (hue > 0) turnHue(values, start, turn);
      }
      return pictureLike(image, values);
    },
  };
}

/** Turns the hue of a pixel; its largest and smallest value, and so value and saturation of HSV, stay. */
function turnHue(values: Float64Array, start: number, turn: number): void {
  const [red, green, blue] = [values[start]!, values[start + 1]!, values[start + 2]!];
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const range = most - least;
  if (range === 0) return;
  const sixth =
    most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  const turned = (((sixth + 6 * turn) % 6) + 6) % 6;
  for (const [channel, offset] of [5, 3, 1].entries()) {
    const place = (offset + turned) % 6;
    values[start + channel] = most - range * Math.max(0, Math.min(place, 4 - place, 1));
  }
}
