import { foreign, type Html, html } from './html.ts';
import { counted, decimal } from './numbers.ts';

/** What a contact sheet shows of an example; pictures are `data:` URIs of PNG files, null where there is nothing to see. */
export type ShownExample =
  | { readonly kind: 'image'; readonly picture: string | null; readonly height?: number; readonly width?: number }
  | { readonly kind: 'text'; readonly text: string; readonly isCut?: boolean }
  | {
      readonly kind: 'sound';
      readonly waveform: string | null;
      readonly logMel?: string | null;
      readonly seconds?: number;
      readonly sampleRate?: number;
      readonly channels?: number;
    }
  | { readonly kind: 'features'; readonly picture: string | null; readonly frames?: number; readonly bands?: number }
  | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly isCut?: boolean };

/** An example beside what augmentations make of it: what `previewRows` of `@polytask/data` gives. JSON. */
export type ContactRow = {
  readonly id: string;
  readonly original: ShownExample;
  readonly augmented: readonly {
    readonly name: string;
    readonly copy?: number;
    /** Null where the augmentation is kept from this example. */
    readonly shown: ShownExample | null;
    readonly reason?: string;
  }[];
};

/** Originals and what augmentations make of them, side by side. */
export const contactSheet = (rows: readonly ContactRow[]): Html =>
  html`${rows.map(
    ({ id, original, augmented }) => html`<h3>${foreign(id)}</h3>
<div class="sheet">${card('original', original, id)}${augmented.map(({ name, copy = 0, shown, reason }) =>
      card(copy > 0 ? `${name} ${copy + 1}` : name, shown, id, reason),
    )}</div>`,
  )}`;

const card = (name: string, shown: ShownExample | null, id: string, reason?: string): Html =>
  html`<figure><figcaption>${name}</figcaption>${shown ? content(shown, `${name} of ${id}`) : html`<p class="quiet">${reason ?? 'Not applied.'}</p>`}</figure>`;

function content(shown: ShownExample, label: string): Html {
  switch (shown.kind) {
    case 'text':
      return html`<p>${foreign(shown.text)}${shown.isCut && '…'}</p>`;
    case 'ids':
      return html`<p>${shown.ids.join(' ')}${shown.isCut && ' …'}</p>`;
    case 'sound':
      return html`${picture(shown.waveform, `Waveform, ${label}`)}${shown.logMel && picture(shown.logMel, `Log-mel bands, ${label}`)}<p class="quiet">${shown.seconds !== undefined && `${decimal(shown.seconds)} s`}${shown.sampleRate !== undefined && ` at ${decimal(shown.sampleRate)} Hz`}${shown.channels !== undefined && `, ${counted(shown.channels, 'channel')}`}</p>`;
    case 'image':
      return html`${picture(shown.picture, `Image, ${label}`)}<p class="quiet">${size(shown.width, shown.height)}</p>`;
    case 'features':
      return html`${picture(shown.picture, `Features, ${label}`)}<p class="quiet">${size(shown.frames, shown.bands)}</p>`;
  }
}

const size = (width: number | undefined, height: number | undefined): string =>
  width === undefined || height === undefined ? '' : `${width} × ${height}`;

/** Only pictures that are part of the page: anything else is left out. */
export const picture = (source: string | null, label: string): Html =>
  source !== null && /^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+=*$/.test(source)
    ? html`<img src="${source}" alt="${label}" loading="lazy">`
    : html`<p class="quiet">Nothing to see.</p>`;
