/**
 * How far a point lies outside a shape, negative inside; and a box around it. Coordinates are those of the animal: 1 is about the length of its
 * body.
 */
export type Shape = {
  readonly distance: (x: number, y: number) => number;
  readonly box: Box;
};
export type Box = readonly [left: number, top: number, right: number, bottom: number];

export function ellipse(cx: number, cy: number, rx: number, ry: number, angle = 0): Shape {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.max(rx, ry);
  return {
    box: [cx - reach, cy - reach, cx + reach, cy + reach],
    distance: (x, y) => {
      const [dx, dy] = [x - cx, y - cy];
      const u = (dx * cos + dy * sin) / rx;
      const v = (dy * cos - dx * sin) / ry;
      return (Math.hypot(u, v) - 1) * Math.min(rx, ry);
    },
  };
}

/** A line with round ends. */
export function capsule(x0: number, y0: number, x1: number, y1: number, radius: number): Shape {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const squared = dx * dx + dy * dy || 1;
  return {
    box: [Math.min(x0, x1) - radius, Math.min(y0, y1) - radius, Math.max(x0, x1) + radius, Math.max(y0, y1) + radius],
    distance: (x, y) => {
      const share = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / squared));
      return Math.hypot(x - x0 - share * dx, y - y0 - share * dy) - radius;
    },
  };
}

type Point = readonly [number, number];

export function triangle(a: Point, b: Point, c: Point): Shape {
  const corners = [a, b, c];
  const turn = Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) || 1;
  const sides = corners.map(([x0, y0], at) => {
    const [x1, y1] = corners[(at + 1) % 3]!;
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    return { x0, y0, nx: (turn * (y1 - y0)) / length, ny: (-turn * (x1 - x0)) / length };
  });
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return {
    box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
    distance: (x, y) => {
      let furthest = Number.NEGATIVE_INFINITY;
      for (const { x0, y0, nx, ny } of sides) furthest = Math.max(furthest, (x - x0) * nx + (y - y0) * ny);
      return furthest;
    },
  };
}

export const union = (...shapes: readonly Shape[]): Shape => ({
  box: boxAround(shapes.map(({ box }) => box)),
  distance: (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (const { distance } of shapes) nearest = Math.min(nearest, distance(x, y));
    return nearest;
  },
});

export const boxAround = (boxes: readonly Box[]): Box => [
  Math.min(...boxes.map(([left]) => left)),
  Math.min(...boxes.map(([, top]) => top)),
  Math.max(...boxes.map(([, , right]) => right)),
  Math.max(...boxes.map(([, , , bottom]) => bottom)),
];
