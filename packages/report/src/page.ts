import { type Html, type HtmlValue, html, textOf } from './html.ts';

export type PageSection = { readonly id: string; readonly title: string; readonly content: HtmlValue };

const style: Html = html`<style>:root{color-scheme:light dark;--text:#1b1f24;--quiet:#57606a;--ground:#fff;--panel:#f4f6f8;--rule:#d0d7de;--series-1:#2a6fb0;--series-2:#b4531a;--warn:#9a3a00;--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--quiet:#9da7b1;--ground:#12161b;--panel:#1b2128;--rule:#3a424b;--series-1:#6db1ee;--series-2:#f0a35e;--warn:#ffb27a;--link:#83bdf5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem;font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--ground)}
a{color:var(--link)}h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--rule);padding-bottom:.25rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:.5rem 0}
.quiet{color:var(--quiet)}.warn{color:var(--warn);font-weight:600}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
.wide{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;margin:.25rem 0 1rem;font-size:.92rem}caption{text-align:left;white-space:nowrap;color:var(--quiet);padding:.2rem 0}
th,td{padding:.15rem .75rem .15rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);font-weight:400;overflow-wrap:anywhere;max-width:32rem}
thead th{font-weight:600;color:var(--quiet)}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td bdi,th bdi{white-space:pre-wrap}
figure{margin:0 0 1rem;padding:.75rem;background:var(--panel);border-radius:6px;max-width:100%;break-inside:avoid}figcaption{font-weight:600;margin-bottom:.25rem}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(22rem,1fr));gap:1rem;align-items:start}
svg{display:block;max-width:100%}svg text{font-size:11px;fill:var(--quiet)}
.series-1{fill:var(--series-1)}.series-2{fill:var(--series-2)}.ground{fill:var(--rule);fill-opacity:.45}.axis{stroke:var(--quiet);fill:none}.line-2{stroke:var(--series-2);stroke-width:2;fill:none}
.key{font-weight:400;color:var(--quiet);font-size:.85rem}.key i{display:inline-block;width:.7em;height:.7em;margin:0 .25em 0 .5em}.box-1{background:var(--series-1)}.box-2{background:var(--series-2)}
.shade{display:block;padding:0 .35rem;background:color-mix(in srgb,var(--series-1) calc(var(--share)*45%),transparent)}
.findings{padding-left:1.2rem}.findings li{margin:.2rem 0}
.sheet{display:flex;flex-wrap:wrap;gap:.75rem;margin-bottom:1.25rem}.sheet figure{margin:0;max-width:26rem}.sheet img{display:block;max-width:100%;height:auto;image-rendering:auto}.sheet p{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.charts .bar{width:5.5rem;height:auto}.charts td,.charts th{padding-right:.5rem}
.explained{font-size:1.05rem;line-height:1.9;overflow-wrap:anywhere}.part-1,.part-2{padding:.1rem .2rem;border-radius:3px}.part-1{background:color-mix(in srgb,var(--series-1) calc(var(--share)*65%),transparent)}.part-2{background:color-mix(in srgb,var(--series-2) calc(var(--share)*65%),transparent);text-decoration:underline dotted}
.over{position:relative;display:inline-block;max-width:100%}.over img{display:block;width:20rem;max-width:100%;height:auto;image-rendering:pixelated}.over.sound img{width:40rem}.over svg{position:absolute;left:0;top:0;width:100%;height:100%}.over svg text{font-size:14px;fill:#fff;stroke:#000;stroke-width:3px;paint-order:stroke}.spike,.blank{fill:none;stroke:#ffd33d;stroke-width:1.5}.blank{stroke:#fff;stroke-opacity:.6;stroke-dasharray:3 3}
summary{cursor:pointer;color:var(--quiet)}
@media print{body{max-width:none;padding:0;font-size:11px}nav,.skip,details:not([open]){display:none}.wide{overflow:visible}h2{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}</style>`;

/** A whole page: no scripts, nothing from elsewhere, which its policy makes browsers enforce too. */
export function page(title: string, lead: HtmlValue, sections: readonly PageSection[]): string {
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${style}
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><h1>${title}</h1>${lead}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav></header>
<main id="content">
${sections.map(
  ({
    id,
    title: name,
    content,
  }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>
${content}
</section>
`,
)}</main>
</body>
</html>
`);
}
