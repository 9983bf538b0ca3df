import { expect } from 'vitest';
import { tagsOf } from './tags.fixture.ts';

const tagNames = new Set(
  '!doctype html head meta title style body a header h1 h2 h3 p nav ul li main section div span table caption thead tbody tr th td bdi em i br svg rect path text figure figcaption details summary code img'.split(
    ' ',
  ),
);
const attributeNames = new Set(
  'lang charset http-equiv content name class href id aria-label aria-labelledby aria-hidden role tabindex scope viewbox width height x y rx d fill-opacity text-anchor style src alt loading html'.split(
    ' ',
  ),
);

/** Expects that a page holds nothing but our own tags and asks for nothing from elsewhere. */
export function expectInert(page: string): void {
  for (const { name, attributes } of tagsOf(page)) {
    expect(tagNames).toContain(name);
    for (const [key, value] of Object.entries(attributes)) {
      expect(attributeNames).toContain(key.toLowerCase());
      if (key === 'href') expect(value).toMatch(/^#[a-z]+$/);
      if (key === 'src') expect(value).toMatch(/^data:image\/png;base64,/);
      if (key === 'style') expect(value).toMatch(/^--share:\d\.\d{3}$/);
    }
  }
}
