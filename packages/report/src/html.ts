const markup = Symbol('markup');

/** Markup that was made by `html`. JSON cannot hold one: whatever comes from data is text. */
export type Html = { readonly [markup]: string };

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Markup with values in it: texts are escaped, lists joined, and nothing stands for null, undefined and false. */
export const html = (parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => ({
  [markup]: parts.map((part, at) => (at === 0 ? part : rendered(values[at - 1]) + part)).join(''),
});

/** The text of markup. */
export const textOf = (made: Html): string => made[markup];

/** Foreign text: its direction stays its own, whatever characters are in it. */
export const foreign = (text: string | number): Html => html`<bdi>${text}</bdi>`;

function rendered(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return escaped(String(value));
  return markup in value ? value[markup] : value.map(rendered).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

// Control characters and lone surrogates are no text that a page may hold.
const escaped = (text: string): string =>
  text.replace(/[&<>"'`]/g, (sign) => entities[sign]!).replace(/(?![\t\n\r])\p{Cc}|\p{Cs}/gu, '\ufffd');
