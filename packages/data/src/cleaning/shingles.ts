/** What sets of texts are made of: runs of `size` characters (UTF-16 units) or words. */
export type Shingles = { readonly unit: 'characters' | 'words'; readonly size: number };

/** The distinct shingles of a text as ascending 32-bit hashes; a text shorter than a shingle is one, an empty text has none. */
export function shinglesOf(text: string, { unit, size }: Shingles): Int32Array {
  if (text.length === 0) return new Int32Array(0);
  const hashes = unit === 'characters' ? characterRuns(text, size) : wordRuns(text, size);
  hashes.sort();
  let kept = 0;
  for (let at = 0; at < hashes.length; at++) {
    if (at === 0 || hashes[at] !== hashes[at - 1]) hashes[kept++] = hashes[at]!;
  }
  return hashes.slice(0, kept);
}

/** |A ∩ B| / |A ∪ B| of ascending distinct numbers (Jaccard 1901); 1 for two empty sets. */
export function jaccard(first: Int32Array, second: Int32Array): number {
  let a = 0;
  let b = 0;
  let shared = 0;
  while (a < first.length && b < second.length) {
    const difference = first[a]! - second[b]!;
    if (difference === 0) shared++;
    if (difference <= 0) a++;
    if (difference >= 0) b++;
  }
  const union = first.length + second.length - shared;
  return union === 0 ? 1 : shared / union;
}

function characterRuns(text: string, size: number): Int32Array {
  const count = Math.max(1, text.length - size + 1);
  const hashes = new Int32Array(count);
  for (let start = 0; start < count; start++) {
    const end = Math.min(start + size, text.length);
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hashes[start] = mix(hash);
  }
  return hashes;
}

function wordRuns(text: string, size: number): Int32Array {
  const words = text.split(' ');
  const count = Math.max(1, words.length - size + 1);
  const hashes = new Int32Array(count);
  for (let start = 0; start < count; start++) {
    let hash = 0x811c9dc5;
    for (let word = start; word < Math.min(start + size, words.length); word++) {
      const letters = words[word]!;
      for (let at = 0; at < letters.length; at++) hash = Math.imul(hash ^ letters.charCodeAt(at), 0x01000193);
      hash = Math.imul(hash ^ 32, 0x01000193);
    }
    hashes[start] = mix(hash);
  }
  return hashes;
}

/** The finaliser of MurmurHash3 (Appleby 2011): every bit of the hash depends on every bit of the input. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
