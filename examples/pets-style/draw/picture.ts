import { fold, type HostTensor, hostTensor, type Key } from '@polytask/base';
import { drawFrom } from './canvas.ts';
import { type Factors, heldOutPalettes, palettes, type Species, scene, species } from './scene.ts';
import { brushes, heldOutBrush, paintIn, type Style, styles } from './styles.ts';

export type Picture = {
  readonly species: Species;
  readonly style: Style;
  readonly factors: Factors;
  readonly image: HostTensor<'uint8'>;
};

/**
 * A picture of its own for every key. Species and style are drawn apart from all else; the test part has palettes, tilts and brushes that the
 * training part has not.
 */
export function picture(key: Key, { size, isTest }: { readonly size: number; readonly isTest: boolean }): Picture {
  const draw = drawFrom(fold(key, 'factors'));
  const kind = draw.pick(species);
  const style = draw.pick(styles);
  const known = palettes.map((_, at) => at).filter((at) => heldOutPalettes.includes(at) === isTest);
  const factors: Factors = {
    palette: draw.pick(known),
    tilt: isTest ? 'tilted' : 'level',
    brush: isTest ? heldOutBrush : draw.integer(brushes - 1),
  };
  const drawn = scene(kind, factors, size, drawFrom(fold(key, 'scene')));
  const { pixels } = paintIn(style, drawn, factors.brush, drawFrom(fold(key, 'style')));
  const bytes = Uint8Array.from(pixels, (value) => Math.round(Math.max(0, Math.min(1, value)) * 255));
  return { species: kind, style, factors, image: hostTensor('uint8', [size, size, 3], bytes) };
}
