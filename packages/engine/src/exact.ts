/** A number as text that tells −0 from 0, which `String` and JSON do not, and infinities and NaN, which JSON does not. */
export const exactNumber = (value: number | bigint): string => (Object.is(value, -0) ? '-0' : String(value));

/** Attributes as text: equal for equal numbers only, whatever the order of the names. */
export const exactAttributes = (attributes: object): string =>
  JSON.stringify(
    Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, entry) => (typeof entry === 'number' ? `#${exactNumber(entry)}` : entry),
  );

/** Entries as text: by their bits, so that −0 is not 0 and NaN is NaN; short where all are the same. */
export function exactEntries(data: Float32Array | Int32Array | Uint8Array): string {
  const bits = data instanceof Float32Array ? new Uint32Array(data.buffer, data.byteOffset, data.length) : data;
  const [first] = bits;
  return bits.every((entry) => entry === first) ? `all ${first}` : bits.join();
}
