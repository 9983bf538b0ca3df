import { type Canvas, type Colour, canvas, type Draw, mixed, noise } from './canvas.ts';

export const styles = ['oil', 'sketch', 'watercolour'] as const;
export type Style = (typeof styles)[number];

/** Kinds of brush, pencil and paper of each style. The last one is the test part's alone. */
export const brushes = 3;
export const heldOutBrush = 2;

const colourAt = ({ size, pixels }: Canvas, x: number, y: number): Colour => {
  const [column, row] = [
    Math.max(0, Math.min(size - 1, Math.round(x))),
    Math.max(0, Math.min(size - 1, Math.round(y))),
  ];
  const at = 3 * (row * size + column);
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
};

const lightness = ([red, green, blue]: Colour): number => 0.3 * red + 0.59 * green + 0.11 * blue;

function blend({ size, pixels }: Canvas, x: number, y: number, colour: Colour, share: number): void {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || row < 0 || column >= size || row >= size) return;
  const at = 3 * (row * size + column);
  for (let channel = 0; channel < 3; channel++)
    pixels[at + channel]! += (colour[channel]! - pixels[at + channel]!) * share;
}

/** Each style renders any picture, in any colours: what tells them apart is how the paint lies. */
const render: Readonly<Record<Style, (from: Canvas, brush: number, draw: Draw) => Canvas>> = {
  /** Short thick strokes along the edges of things, each of one colour with a bright and a dark side. */
  oil(from, brush, draw) {
    const { size } = from;
    const made = { size, pixels: from.pixels.slice() };
    const unit = size / 128;
    const [length, width] = [
      [7, 2.2],
      [10, 3.4],
      [8.5, 2.8],
    ][brush] as [number, number];
    const flow = noise(draw.integer(1e6));
    for (let count = Math.round((size * size) / (length * width * unit * unit * 0.55)); count > 0; count--) {
      const [x, y] = [draw.between(0, size), draw.between(0, size)];
      const gradient = [1, 0].map(
        (dx) =>
          lightness(colourAt(from, x + dx * 2, y + (1 - dx) * 2)) -
          lightness(colourAt(from, x - dx * 2, y - (1 - dx) * 2)),
      );
      const steep = Math.hypot(gradient[0]!, gradient[1]!);
      const angle =
        steep > 0.08
          ? Math.atan2(gradient[1]!, gradient[0]!) + Math.PI / 2
          : flow((x / size) * 4, (y / size) * 4) * 2 * Math.PI;
      const colour = mixed(colourAt(from, x, y), draw.chance(0.5) ? [1, 1, 1] : [0, 0, 0], draw.between(0, 0.14));
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const [long, wide] = [length * unit * draw.between(0.6, 1.2), width * unit];
      for (let along = -long / 2; along <= long / 2; along += 0.7) {
        for (let across = -wide / 2; across <= wide / 2; across += 0.7) {
          const ridge = across / wide; // light falls from one side
          const lit = mixed(colour, ridge < 0 ? [1, 1, 1] : [0, 0, 0], Math.abs(ridge) * 0.22);
          blend(made, x + along * cos - across * sin, y + along * sin + across * cos, lit, 0.85);
        }
      }
    }
    return made;
  },
  /** Coloured pencil on tinted paper: outlines, and hatching that is denser where it is darker. */
  sketch(from, brush, draw) {
    const { size } = from;
    const made = canvas(size);
    const unit = size / 128;
    const paper: Colour = mixed(
      averageColour(from),
      [draw.between(0.2, 1), draw.between(0.2, 1), draw.between(0.2, 1)],
      0.45,
    );
    const isDarkPaper = lightness(paper) < 0.45;
    const grain = noise(draw.integer(1e6));
    const [spacing, angles] = (
      [
        [3.2, [0.8]],
        [4.4, [0.6, 2.2]],
        [3.8, [1, 2.5]],
      ] as const
    )[brush]!;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const own = colourAt(from, column, row);
        const across = Math.abs(
          lightness(colourAt(from, column + unit, row)) - lightness(colourAt(from, column - unit, row)),
        );
        const down = Math.abs(
          lightness(colourAt(from, column, row + unit)) - lightness(colourAt(from, column, row - unit)),
        );
        const outline = Math.min(1, Math.max(0, (across + down - 0.06) * 5));
        const tone = isDarkPaper ? lightness(own) : 1 - lightness(own);
        let hatched = 0;
        for (const [at, angle] of angles.entries()) {
          const wobble = grain(column * 0.06, row * 0.06) * 1.5;
          const phase = ((column * Math.cos(angle) + row * Math.sin(angle)) / unit + wobble) / spacing;
          const line = Math.abs(phase - Math.floor(phase) - 0.5) * 2;
          if (line < tone * 1.15 - at * 0.3) hatched = Math.max(hatched, 0.75);
        }
        const ink = mixed(own, isDarkPaper ? [1, 1, 1] : [0, 0, 0], 0.25);
        const strength = Math.max(hatched, outline) * (0.6 + 0.4 * grain(column * 0.9, row * 0.9));
        const mixedIn = mixed(paper, ink, strength);
        made.pixels.set(mixedIn, 3 * (row * size + column));
      }
    }
    return made;
  },
  /** Thin washes of few tones that run over their edges, darker where they end, on rough paper. */
  watercolour(from, brush, draw) {
    const { size } = from;
    const made = canvas(size);
    const unit = size / 128;
    const [reach, tones, radius] = [
      [2.5, 9, 2],
      [3.5, 7, 2.5],
      [3, 8, 2.2],
    ][brush] as [number, number, number];
    const [bleedX, bleedY, paper, pool] = [0, 1, 2, 3].map(() => noise(draw.integer(1e6))) as [
      ReturnType<typeof noise>,
      ReturnType<typeof noise>,
      ReturnType<typeof noise>,
      ReturnType<typeof noise>,
    ];
    const soft = blurred(from, Math.round(radius * unit));
    const washed = (x: number, y: number): Colour => {
      const [u, v] = [x / unit, y / unit];
      const [dx, dy] = [(bleedX(u * 0.11, v * 0.11) - 0.5) * 2 * reach, (bleedY(u * 0.11, v * 0.11) - 0.5) * 2 * reach];
      return colourAt(soft, x + dx * unit, y + dy * unit).map((value) => Math.round(value * tones) / tones) as never;
    };
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const own = washed(column, row);
        const beside = [washed(column + 2 * unit, row), washed(column, row + 2 * unit)];
        const rim = beside.some((other) => other.some((value, at) => Math.abs(value - own[at]!) > 1e-6)) ? 0.22 : 0;
        const granule = (paper((column / unit) * 0.8, (row / unit) * 0.8) - 0.5) * 0.12;
        const flood = (pool((column / unit) * 0.05, (row / unit) * 0.05) - 0.5) * 0.25;
        const value = own.map((channel) => Math.max(0, Math.min(1, channel + granule + flood - rim * channel)));
        made.pixels.set(value, 3 * (row * size + column));
      }
    }
    return made;
  },
};

export const paintIn = (style: Style, from: Canvas, brush: number, draw: Draw): Canvas =>
  render[style](from, brush, draw);

function averageColour({ pixels }: Canvas): Colour {
  const sums = [0, 0, 0];
  for (let at = 0; at < pixels.length; at++) sums[at % 3]! += pixels[at]!;
  return sums.map((sum) => (3 * sum) / pixels.length) as never;
}

/** The mean over a square around each pixel, rows and columns one after the other. */
function blurred({ size, pixels }: Canvas, radius: number): Canvas {
  const pass = (source: Float32Array, step: number, line: number) => {
    const made = new Float32Array(source.length);
    for (let other = 0; other < size; other++) {
      for (let place = 0; place < size; place++) {
        for (let channel = 0; channel < 3; channel++) {
          let [sum, count] = [0, 0];
          for (let offset = -radius; offset <= radius; offset++) {
            const at = place + offset;
            if (at < 0 || at >= size) continue;
            sum += source[3 * (other * line + at * step) + channel]!;
            count++;
          }
          made[3 * (other * line + place * step) + channel] = sum / count;
        }
      }
    }
    return made;
  };
  return { size, pixels: pass(pass(pixels, 1, size), size, 1) };
}
