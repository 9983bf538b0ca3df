/** A rectangle: its upper left corner and its size, in any unit. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A box that was predicted. */
export type Detection<Label extends string = string> = Box & { readonly label: Label; readonly score: number };

/** A box that is there. */
export type TrueBox<Label extends string = string> = Box & {
  readonly label: Label;
  /** Whether finding it counts for nothing, nor does missing it: VOC's `difficult`. */
  readonly difficult?: boolean;
  /** Whether it is a group of objects: detections within it count for nothing, however many they are. COCO's `iscrowd`. */
  readonly crowd?: boolean;
};

/** The area that two boxes share; 0 where they only touch. */
export function intersection(left: Box, right: Box): number {
  const width = Math.min(left.x + left.width, right.x + right.width) - Math.max(left.x, right.x);
  const height = Math.min(left.y + left.height, right.y + right.height) - Math.max(left.y, right.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * How far two boxes cover each other: |A ∩ B| / |A ∪ B|, 0 to 1; 0 for two boxes without any area.
 *
 * Jaccard, "The distribution of the flora in the alpine zone", 1912.
 */
export function intersectionOverUnion(left: Box, right: Box): number {
  const shared = intersection(left, right);
  const union = left.width * left.height + right.width * right.height - shared;
  return union > 0 ? shared / union : 0;
}
