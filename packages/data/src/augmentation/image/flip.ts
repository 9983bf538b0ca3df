import type { Augmentation } from '../augmentation.ts';
import { oneOf } from '../options.ts';
import { type Picture, pictureLike, sizeOfPicture } from './picture.ts';

export type FlipOptions = {
  /** `horizontal` swaps left and right, `vertical` top and bottom. Default: horizontal. */
  readonly axis?: 'horizontal' | 'vertical';
};

/**
 * Mirrors an image; its `probability` is that of the step. Not for tasks that read text, digits or directions.
 *
 * @throws RangeError for another axis.
 */
export function flip({ axis = 'horizontal' }: FlipOptions = {}): Augmentation<Picture> {
  oneOf('axis', axis, ['horizontal', 'vertical']);
  const isHorizontal = axis === 'horizontal';
  return {
    name: 'flip',
    options: { axis },
    touches: isHorizontal ? ['handedness', 'position'] : ['handedness', 'orientation', 'position'],
    apply(image) {
      const { height, width, channels } = sizeOfPicture(image);
      const result = new Float32Array(image.data.length);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const [y, x] = isHorizontal ? [row, width - 1 - column] : [height - 1 - row, column];
          const [to, from] = [(row * width + column) * channels, (y * width + x) * channels];
          for (let channel = 0; channel < channels; channel++) result[to + channel] = image.data[from + channel]!;
        }
      }
      return pictureLike(image, result);
    },
  };
}
