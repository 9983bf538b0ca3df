export type NormalizeOptions = {
  /** Default: true. */
  readonly lowercase?: boolean;
};

/** A text in Unicode form NFKC, lower-cased, white space and control characters made single spaces, trimmed. */
export function normalizeText(text: string, { lowercase = true }: NormalizeOptions = {}): string {
  const folded = lowercase ? text.normalize('NFKC').toLowerCase().normalize('NFKC') : text.normalize('NFKC');
  return folded.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
