import { fold, key } from '@polytask/base';
import { type Canvas, type Colour, canvas, type Draw, drawFrom, mixed, noise, paint } from './canvas.ts';
import { type Box, boxAround, capsule, ellipse, type Shape, triangle, union } from './shapes.ts';

export const species = ['cat', 'dog'] as const;
export type Species = (typeof species)[number];

/** What differs between pictures besides species and style; some values are kept for the test part. */
export type Factors = { readonly palette: number; readonly tilt: 'level' | 'tilted'; readonly brush: number };

/** Colours of fur, its markings and the background: cats and dogs have the same. */
export type Palette = { readonly fur: Colour; readonly marks: Colour; readonly around: readonly Colour[] };

const mixedByHand: readonly Palette[] = [
  {
    fur: [0.85, 0.55, 0.25],
    marks: [0.6, 0.33, 0.12],
    around: [
      [0.35, 0.55, 0.3],
      [0.7, 0.8, 0.55],
    ],
  },
  {
    fur: [0.25, 0.24, 0.26],
    marks: [0.62, 0.6, 0.6],
    around: [
      [0.75, 0.7, 0.6],
      [0.55, 0.45, 0.35],
    ],
  },
  {
    fur: [0.92, 0.9, 0.86],
    marks: [0.65, 0.6, 0.55],
    around: [
      [0.25, 0.35, 0.55],
      [0.4, 0.5, 0.65],
    ],
  },
  {
    fur: [0.55, 0.42, 0.32],
    marks: [0.9, 0.85, 0.75],
    around: [
      [0.75, 0.85, 0.9],
      [0.5, 0.65, 0.5],
    ],
  },
  {
    fur: [0.6, 0.6, 0.63],
    marks: [0.4, 0.4, 0.45],
    around: [
      [0.8, 0.55, 0.45],
      [0.9, 0.8, 0.6],
    ],
  },
  {
    fur: [0.9, 0.8, 0.62],
    marks: [0.75, 0.6, 0.4],
    around: [
      [0.3, 0.25, 0.35],
      [0.45, 0.35, 0.5],
    ],
  },
  {
    fur: [0.5, 0.22, 0.12],
    marks: [0.85, 0.6, 0.45],
    around: [
      [0.6, 0.7, 0.85],
      [0.8, 0.85, 0.7],
    ],
  },
  {
    fur: [0.35, 0.38, 0.42],
    marks: [0.15, 0.16, 0.2],
    around: [
      [0.85, 0.75, 0.4],
      [0.65, 0.7, 0.45],
    ],
  },
  // the test part's alone
  {
    fur: [0.7, 0.35, 0.2],
    marks: [0.95, 0.9, 0.85],
    around: [
      [0.5, 0.6, 0.7],
      [0.2, 0.3, 0.3],
    ],
  },
  {
    fur: [0.45, 0.5, 0.55],
    marks: [0.85, 0.85, 0.88],
    around: [
      [0.85, 0.8, 0.5],
      [0.6, 0.35, 0.3],
    ],
  },
];
export const heldOutPalettes = [8, 9];

const distance = (one: Colour, other: Colour) => Math.hypot(...one.map((value, at) => value - other[at]!));

/** Any colours, but fur that shows before its background and is not that of a palette of the test part. */
function drawnPalette(draw: Draw): Palette {
  const colour = (): Colour => [draw.between(0.1, 0.95), draw.between(0.1, 0.95), draw.between(0.1, 0.95)];
  for (;;) {
    const made = { fur: colour(), marks: colour(), around: [colour(), colour()] };
    const isSeen = made.around.every((other) => distance(made.fur, other) > 0.3);
    const isNew = heldOutPalettes.every((held) => distance(made.fur, mixedByHand[held]!.fur) > 0.25);
    if (isSeen && isNew) return made;
  }
}

export const palettes: readonly Palette[] = [
  ...mixedByHand,
  ...Array.from({ length: 40 }, (_, at) => drawnPalette(drawFrom(fold(key(0), `palette ${at}`)))),
];

type Layer = { readonly shape: Shape; readonly kind: 'fur' | 'marks' | 'dark' | 'light' };

/** A cat has pointed ears, a short face and a long thin tail; a dog hanging ears, a muzzle and a short thick tail. */
function animal(kind: Species, draw: Draw): Layer[] {
  const isCat = kind === 'cat';
  const girth = isCat ? draw.between(0.72, 1) : draw.between(0.9, 1.25);
  const leg = isCat ? draw.between(0.22, 0.34) : draw.between(0.3, 0.42);
  const head = draw.between(0.23, 0.29);
  const layers: Layer[] = [];
  const add = (kind: Layer['kind'], ...shapes: Shape[]) => layers.push({ kind, shape: union(...shapes) });
  const face = (x: number, y: number, isFront: boolean) => {
    const ears = draw.between(1, 1.35);
    if (isCat) {
      for (const side of [-1, 1])
        add(
          'fur',
          triangle(
            [x + side * head * 0.95, y - head * 0.35],
            [x + side * head * 0.15, y - head * 0.85],
            [x + side * head * 0.75, y - head * (0.75 + 0.8 * ears)],
          ),
        );
    }
    add('fur', ellipse(x, y, head * (isCat ? 1.05 : 0.95), head));
    if (!isCat) {
      for (const side of isFront ? [-1, 1] : [-0.3])
        add(
          'marks',
          ellipse(x + side * head * 0.95, y + head * 0.25 * ears, head * 0.4, head * 0.85 * ears, side * -0.3),
        );
      if (isFront) add('light', ellipse(x, y + head * 0.4, head * 0.5, head * 0.42));
      else add('fur', ellipse(x + head * 1.05, y + head * 0.25, head * 0.8, head * 0.4, 0.1));
    }
    const nose = isFront ? x : isCat ? x + head * 0.85 : x + head * 1.6;
    add(
      'dark',
      ellipse(nose, y + head * (isCat ? 0.3 : isFront ? 0.25 : 0.12), head * (isCat ? 0.11 : 0.17), head * 0.1),
    );
    for (const side of isFront ? [-1, 1] : [0.75])
      add('dark', ellipse(x + side * head * 0.42, y - head * 0.15, head * 0.12, head * 0.14));
  };
  const tail = (x: number, y: number, side: number) => {
    const lift = draw.between(0.15, 0.5);
    if (!isCat) return add('fur', capsule(x, y, x + side * 0.24, y - lift * 0.7, 0.075));
    const [mx, my] = [x + side * draw.between(0.2, 0.34), y - lift];
    add('fur', capsule(x, y, mx, my, 0.045), capsule(mx, my, mx + side * draw.between(-0.15, 0.12), my - 0.3, 0.04));
  };
  if (draw.chance(0.5)) {
    // standing, seen from the side
    tail(-0.58, -0.06, -1);
    for (const x of [-0.5, -0.38, 0.14, 0.28])
      add('fur', capsule(x, 0.1, x + draw.between(-0.06, 0.06), 0.12 + leg, isCat ? 0.055 : 0.08));
    add('fur', ellipse(-0.12, 0, 0.52, 0.22 * girth));
    add('fur', capsule(0.26, -0.05, 0.4, -0.25, 0.13));
    face(0.44, -0.3, draw.chance(0.4));
  } else {
    // sitting, seen from the front
    tail(draw.chance(0.5) ? 0.22 : -0.22, 0.42, draw.chance(0.5) ? 1 : -1);
    add('fur', ellipse(0, 0.14, 0.3 * girth, 0.4));
    for (const side of [-1, 1]) add('fur', capsule(side * 0.13, 0.2, side * 0.15, 0.5, 0.08));
    face(draw.between(-0.06, 0.06), -0.34, true);
  }
  if (draw.chance(0.5)) {
    for (let mark = 0; mark < 4; mark++)
      layers.splice(-3, 0, {
        kind: 'marks',
        shape: ellipse(
          draw.between(-0.3, 0.3),
          draw.between(-0.1, 0.3),
          draw.between(0.03, 0.1),
          draw.between(0.06, 0.14),
        ),
      });
  }
  return layers;
}

/** An animal before a background with clutter, some of it in front. Species, pose, place and colours are drawn apart from each other. */
export function scene(kind: Species, { palette, tilt }: Factors, size: number, draw: Draw): Canvas {
  const picture = canvas(size);
  // every picture has its own shade of its palette
  const shaded = () => {
    const hue = [0, 1, 2].map(() => draw.between(-0.2, 0.2));
    return (colour: Colour) => colour.map((value, at) => Math.max(0, value + hue[at]!)) as unknown as Colour;
  };
  const [own, behind] = [shaded(), shaded()];
  const around = palettes[palette]!.around.map(behind);
  const fur = own(palettes[palette]!.fur);
  // lighter or darker than the fur, whatever its colour
  const marks = mixed(own(palettes[palette]!.marks), draw.chance(0.5) ? [1, 1, 1] : [0, 0, 0], draw.between(0.1, 0.5));
  const [top, bottom] = draw.chance(0.5) ? [around[0]!, around[1]!] : [around[1]!, around[0]!];
  const horizon = draw.between(-0.4, 0.6);
  const light = draw.between(0.75, 1.2);
  const lit = (colour: Colour): Colour =>
    [colour[0] * light, colour[1] * light, colour[2] * light].map((v) => Math.min(1, v)) as never;
  paint(
    picture,
    () => 1,
    (_, y) => lit(mixed(top, bottom, 1 / (1 + Math.exp(-12 * (y - horizon))))),
  );
  const edge = 3 / size;
  const lay = (shape: Shape, colour: Parameters<typeof paint>[2]) => {
    const [left, top, right, bottom] = shape.box;
    paint(picture, coverOf(shape), colour, [left - edge, top - edge, right + edge, bottom + edge]);
  };
  const coverOf = (shape: Shape) => (x: number, y: number) =>
    Math.max(0, Math.min(1, 0.5 - shape.distance(x, y) / edge));
  const thing = (most: number): Shape => {
    const [x, y, rx, ry] = [
      draw.between(-1, 1),
      draw.between(-1, 1),
      draw.between(0.05, most),
      draw.between(0.05, most),
    ];
    return draw.chance(0.5)
      ? ellipse(x, y, rx, ry, draw.between(0, 3))
      : triangle([x, y - ry], [x - rx, y + ry], [x + rx, y + ry * 0.6]);
  };
  const anyColour = (): Colour => [draw.between(0.05, 0.95), draw.between(0.05, 0.95), draw.between(0.05, 0.95)];
  for (let count = draw.integer(4); count > 0; count--) lay(thing(0.22), anyColour());

  const scale = draw.between(1.05, 1.35);
  const flip = draw.chance(0.5) ? -1 : 1;
  const angle = (tilt === 'level' ? draw.between(-0.15, 0.15) : draw.between(0.2, 0.3)) * (draw.chance(0.5) ? 1 : -1);
  const [cx, cy] = [draw.between(-0.18, 0.18), draw.between(-0.12, 0.12)];
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const coat = noise(draw.integer(1e6));
  const shade = (colour: Colour) => (x: number, y: number) =>
    mixed(colour, [0, 0, 0], 0.25 * coat(x * 9, y * 9) + 0.12 * Math.max(0, y)) as Colour;
  const colours = { fur, marks, dark: [0.06, 0.05, 0.05], light: mixed(fur, [1, 1, 1], 0.5) } as const;
  for (const { shape, kind: layer } of animal(kind, draw)) {
    const placed: Shape = {
      box: boxAround(
        corners(shape.box).map(([x, y]) => {
          const [u, v] = [x * scale * flip, y * scale];
          const [px, py] = [
            u * Math.cos(angle) - v * Math.sin(angle) + cx,
            u * Math.sin(angle) + v * Math.cos(angle) + cy,
          ];
          return [px, py, px, py];
        }),
      ),
      distance: (x, y) => {
        const [dx, dy] = [x - cx, y - cy];
        return shape.distance(flip * (dx * cos + dy * sin), dy * cos - dx * sin) * scale;
      },
    };
    lay(placed, shade(lit(colours[layer])));
  }
  if (draw.chance(0.3)) lay(thing(0.12), anyColour());
  return picture;
}

const corners = ([left, top, right, bottom]: Box): (readonly [number, number])[] => [
  [left, top],
  [right, top],
  [left, bottom],
  [right, bottom],
];
