/** The tags of a page with their attributes, in order; throws where tags are not closed in order. */
export function tagsOf(
  markup: string,
): { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[] {
  const void_ = new Set(['meta', 'br', 'img', '!doctype']);
  const open: string[] = [];
  const tags: { name: string; attributes: Record<string, string> }[] = [];
  let at = 0;
  while (at < markup.length) {
    const start = markup.indexOf('<', at);
    if (start < 0) break;
    const found = /^<(\/?)([!a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/i.exec(
      markup.slice(start, start + 1e6),
    );
    if (!found) throw new Error(`no tag at ${markup.slice(start, start + 80)}`);
    const [whole, closing, name = '', attributes = '', selfClosed] = found;
    at = start + whole.length;
    if (closing) {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last}> at ${markup.slice(start, start + 80)}`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)].map(([, key, value]) => [key!, value ?? '']);
    tags.push({ name, attributes: Object.fromEntries(pairs) as Record<string, string> });
    if (name === 'style') at = markup.indexOf('</style>', at);
    if (!selfClosed && !void_.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return tags;
}
