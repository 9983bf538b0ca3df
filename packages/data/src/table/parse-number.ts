/** How a column writes fractions: what stands before them. */
export type DecimalSign = '.' | ',';

/** What a number's text says about the sign before fractions: nothing, one of them, or that it depends (`1,234`). */
export type ParsedNumber = { readonly value: number; readonly decimal?: DecimalSign; readonly ambiguous?: boolean };

const ZERO = 48;
const NINE = 57;
const powersOfTen = Array.from({ length: 16 }, (_, power) => Number(`1e${power}`));

/**
 * A number written plainly, `[+-]digits[.digits][e[+-]digits]`, spaces around it allowed; NaN for anything else.
 *
 * Neither hexadecimal nor `Infinity` counts, and no regular expression runs: this is the hot path.
 */
export function plainNumber(text: string): number {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  let at = start;
  const sign = text.charCodeAt(at);
  if (sign === 43 || sign === 45) at++;
  let digits = 0;
  let value = 0;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    value = value * 10 + (code - ZERO);
    digits++;
  }
  if (at === end && digits > 0 && digits <= 15) return sign === 45 ? -value : value;
  if (at < end && text.charCodeAt(at) === 46) {
    const whole = digits;
    at++;
    for (; at < end && isDigit(text, at); at++) {
      value = value * 10 + (text.charCodeAt(at) - ZERO);
      digits++;
    }
    // both are exact, so their quotient is rounded once, as the standard says
    if (at === end && digits > 0 && digits <= 15) {
      const size = value / powersOfTen[digits - whole]!;
      return sign === 45 ? -size : size;
    }
  }
  if (digits === 0) return Number.NaN;
  if (at < end && (text.charCodeAt(at) | 32) === 101) {
    at++;
    if (text.charCodeAt(at) === 43 || text.charCodeAt(at) === 45) at++;
    const first = at;
    while (at < end && isDigit(text, at)) at++;
    if (at === first) return Number.NaN;
  }
  if (at !== end) return Number.NaN;
  const number = Number(text); // rounds as the standard says
  return Number.isFinite(number) ? number : Number.NaN;
}

const isDigit = (text: string, at: number) => text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE;

const longest = 40; // numbers are not longer, and hostile cells cost nothing
const someDigit = /\d/; // most words are told by it alone
const grouped = /^\d{1,3}([.,' ])\d{3}(?:\1\d{3})*$/;
const groupedFraction = /^\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*([.,])\d+$/;
const comma = /^\d*,\d+$/;

/**
 * A number as people write it: `1 234`, `1'234.5`, `1,5`, `1.234,5`, `−3` with Unicode minus or spaces; undefined for anything else.
 *
 * `decimal` decides what depends on it: `1,234` is 1.234 with `,` and 1234 otherwise, `1.234` is 1234 with `,`.
 */
export function looseNumber(text: string, decimal?: DecimalSign): ParsedNumber | undefined {
  if (text.length > longest || !someDigit.test(text)) return undefined;
  let digits = text
    .trim()
    .replace(/[\u00a0\u2007\u2009\u202f]/g, ' ')
    .replace(/[’]/g, "'");
  let sign = 1;
  if (/^[+\-−]/.test(digits)) {
    if (digits[0] !== '+') sign = -1;
    digits = digits.slice(1).trimStart();
  }
  const read = (plain: string) => sign * plainNumber(plain);
  const fraction = groupedFraction.exec(digits);
  if (fraction && fraction[1] !== fraction[2]) {
    const sep = fraction[2] as DecimalSign;
    return { value: read(digits.replaceAll(fraction[1]!, '').replace(',', '.')), decimal: sep };
  }
  const groups = grouped.exec(digits);
  if (groups) {
    const mark = groups[1]!;
    const whole = read(digits.replaceAll(mark, ''));
    if (mark === ' ' || mark === "'") return { value: whole };
    const once = digits.indexOf(mark) === digits.lastIndexOf(mark);
    if (!once) return { value: whole, decimal: mark === '.' ? ',' : '.' };
    const part = read(digits.replace(mark, '.'));
    if (digits[0] === '0') return { value: part, decimal: mark as DecimalSign }; // nobody groups 0,123
    if (mark === ',') return { value: decimal === ',' ? part : whole, ambiguous: true };
    return { value: decimal === ',' ? whole : part, ambiguous: true };
  }
  if (comma.test(digits)) return { value: read(`0${digits.replace(',', '.')}`), decimal: ',' };
  const value = read(digits);
  if (Number.isNaN(value) || /^[+-]/.test(digits)) return undefined;
  return digits.includes('.') ? { value, decimal: '.' } : { value };
}
