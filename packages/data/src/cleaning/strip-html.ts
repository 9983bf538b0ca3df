const tags = new Set(
  (
    'a abbr address article aside audio b blockquote body br button canvas caption center cite code col dd del details div dl dt em embed ' +
    'fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main ' +
    'mark meta nav nobr noscript object ol option p param picture pre q s samp script section select small source span strike strong style ' +
    'sub summary sup svg table tbody td textarea tfoot th thead time title tr tt u ul var video wbr'
  ).split(' '),
);

// Words on both sides of these are words of their own.
const inline = new Set(
  'a abbr b cite code del em font i ins kbd mark nobr q s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  bull: '•',
  cent: '¢',
  copy: '©',
  deg: '°',
  euro: '€',
  gt: '>',
  hellip: '…',
  laquo: '«',
  ldquo: '“',
  lsquo: '‘',
  lt: '<',
  mdash: '—',
  middot: '·',
  nbsp: '\u00a0',
  ndash: '–',
  pound: '£',
  quot: '"',
  raquo: '»',
  rdquo: '”',
  reg: '®',
  rsquo: '’',
  trade: '™',
};

/**
 * A text without HTML: known tags and comments taken out, `script` and `style` with what is in them, character references read.
 *
 * `a < b` and `<unknown>` stay as they are. The time is linear in the length. References are read once: `&amp;lt;` becomes `&lt;`.
 */
export function stripHtml(text: string): string {
  return text.includes('<') ? readReferences(withoutTags(text)) : readReferences(text);
}

function withoutTags(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  let at = text.indexOf('<');
  let lastComment = true; // whether comments may still end
  const open = new Set<string>(); // elements known not to end any more
  let wasted = 0; // characters read in vain, so that hostile texts take linear time
  while (at >= 0) {
    let end = -1;
    let between = ' ';
    if (text.startsWith('<!--', at)) {
      const closing: number = lastComment ? text.indexOf('-->', at + 4) : -1;
      lastComment = closing >= 0;
      end = closing < 0 ? -1 : closing + 3;
    } else {
      const name = tagName(text, at);
      if (name !== undefined) {
        end = tagEnd(text, at + 1, wasted > text.length ? 256 : 100_000);
        if (end < 0) {
          wasted -= end;
          end = -1;
        }
        between = inline.has(name) ? '' : ' ';
        const whole = (name === 'script' || name === 'style') && text[at + 1] !== '/' && !open.has(name);
        if (end >= 0 && whole) {
          const close = afterElement(text, end, name);
          if (close < 0) open.add(name);
          else end = close;
        }
      }
    }
    if (end >= 0) {
      parts.push(text.slice(kept, at), between);
      kept = end;
    }
    at = text.indexOf('<', end >= 0 ? end : at + 1);
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(kept);
}

// The name of a known tag that opens or closes at `at`.
function tagName(text: string, at: number): string | undefined {
  const found = /^<\/?([a-z][a-z0-9]{0,11})(?=[\s/>])/i.exec(text.slice(at, at + 16))?.[1]?.toLowerCase();
  if (found !== undefined && tags.has(found)) return found;
  return /^<!doctype\s/i.test(text.slice(at, at + 10)) ? 'html' : undefined;
}

// Past the `>` of a tag; minus the characters read when a `<` comes before it or none is near. Quoted values may hold `>`.
function tagEnd(text: string, start: number, longest: number): number {
  let quoted = '';
  const limit = Math.min(text.length, start + longest);
  let at = start;
  for (; at < limit; at++) {
    const character = text[at]!;
    if (quoted !== '') {
      if (character === quoted) quoted = '';
    } else if (character === '>') return at + 1;
    else if (character === '<') break;
    else if ((character === '"' || character === "'") && text[at - 1] === '=') quoted = character;
  }
  return start - at - 1;
}

// Past the end tag of an element, or −1 when there is none.
function afterElement(text: string, start: number, name: string): number {
  const endTag = new RegExp(`</${name}\\s{0,9}>`, 'gi');
  endTag.lastIndex = start;
  const found: RegExpExecArray | null = endTag.exec(text);
  return found ? found.index + found[0].length : -1;
}

function readReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name]! : whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}
