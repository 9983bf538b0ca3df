const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * The place of the LF that ends the record which starts at `at`; -1 when text follows a closing quote, or the text ends within quotes, or
 * a CR stands alone. RFC 4180, section 2.
 */
export function endOfRecord(text: string, at: number, delimiter: string): number {
  const separator = delimiter.charCodeAt(0);
  let fieldStarts = true;
  for (let place = at; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === QUOTE && fieldStarts) {
      place = afterQuoted(text, place);
      if (place < 0) return -1;
      const next = text.charCodeAt(place);
      if (next !== separator && next !== LF && next !== CR) return -1;
      place--;
      fieldStarts = false;
      continue;
    }
    if (code === LF) return place;
    if (code === CR) return text.charCodeAt(place + 1) === LF ? place + 1 : -1;
    fieldStarts = code === separator;
  }
  return -1;
}

/** The place after the quote that closes the one at `at`, -1 when there is none. */
export function afterQuoted(text: string, at: number): number {
  for (let place = text.indexOf('"', at + 1); place >= 0; place = text.indexOf('"', place + 2)) {
    if (text.charCodeAt(place + 1) !== QUOTE) return place + 1;
  }
  return -1;
}
