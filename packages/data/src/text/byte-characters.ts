/**
 * The character that stands for each byte in byte-level vocabularies: printable Latin-1 characters for themselves, the others from U+0100 on.
 *
 * Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (the encoder published with it).
 */
export function byteCharacters(): readonly string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
