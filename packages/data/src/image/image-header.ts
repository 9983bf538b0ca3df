import { concatBytes } from '@polytask/base';

/** What the header of an image file says. 0 × 0 where it is cut off. */
export type ImageHeader = {
  readonly type: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
  /** EXIF's number, 1 where there is none. */
  readonly orientation: number;
  /** The most bytes that a PNG's packed data may unpack to. */
  readonly unpacked: number;
};

/** Reads the size of a PNG or JPEG image without decoding it; undefined for other files. */
export function imageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (png.every((byte, at) => bytes[at] === byte)) return pngHeader(view);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return jpegHeader(view);
  return undefined;
}

function pngHeader(view: DataView): ImageHeader {
  const none = { type: 'png', width: 0, height: 0, orientation: 1, unpacked: 0 } as const;
  if (view.byteLength < 33) return none;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour] = [view.getUint8(24), view.getUint8(25)];
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] ?? 4;
  // each row begins with the number of its filter; an interlaced image has up to 15 rows for 8
  const unpacked = 2 * height * (Math.ceil((width * channels * depth) / 8) + 1) + 1024;
  return { ...none, width, height, unpacked };
}

function jpegHeader(view: DataView): ImageHeader {
  const found = { type: 'jpeg', width: 0, height: 0, orientation: 1, unpacked: 0 } as const;
  let orientation = 1;
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) break;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // filling
      continue;
    }
    const size = view.getUint16(at + 2);
    if (marker === 0xe1) orientation = exifOrientation(view, at + 4, Math.min(size - 2, view.byteLength - at - 4));
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { ...found, height: view.getUint16(at + 5), width: view.getUint16(at + 7), orientation };
    if (marker === 0xda || size < 2) break;
    at += 2 + size;
  }
  return found;
}

function exifOrientation(view: DataView, start: number, size: number): number {
  const [exif, orientationTag] = [0x45786966, 0x0112];
  if (size < 20 || view.getUint32(start) !== exif) return 1;
  const tiff = start + 6;
  const end = start + size;
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > end) return 1;
  const count = view.getUint16(directory, little);
  for (let entry = 0; entry < count; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > end) return 1;
    if (view.getUint16(at, little) !== orientationTag) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/**
 * Whether a PNG's packed data unpack to more than its header says, which would fill the memory. Data so short that they cannot unpack to
 * much are not looked at, nor is anything in a browser, which has no bounded unpacking of its own.
 */
export function packedPixels(bytes: Uint8Array, { type, unpacked }: ImageHeader): 'fine' | 'too many' {
  if (type !== 'png') return 'fine';
  const parts = dataChunks(bytes);
  const [highestRatio, harmless] = [1032, 2 ** 27];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');
  if (length * highestRatio <= Math.max(harmless, unpacked) || !zlib) return 'fine';
  try {
    zlib.inflateSync(concatBytes(parts), { maxOutputLength: unpacked });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'too many';
    // other damage is told by the decoder
  }
  return 'fine';
}

function dataChunks(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  const idat = 0x49444154;
  for (let at = 8; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at);
    if (view.getUint32(at + 4) === idat) found.push(bytes.subarray(at + 8, at + 8 + size));
    at += 12 + size;
  }
  return found;
}
