import { type ContactRow, contactSheet } from './contact-sheet.ts';
import { dataTable, folded } from './data-table.ts';
import { foreign, type Html, html } from './html.ts';
import { counted, grouped } from './numbers.ts';
import { type PageSection, page } from './page.ts';

/** The first rows of a data set as a model sees them: what `previewRun` of `@polytask/run` gives. JSON. */
export type DataPreview = {
  readonly name: string;
  readonly encoder: string;
  readonly rows: readonly {
    readonly id: string;
    readonly part: string | null;
    readonly text: { readonly raw: string; readonly cleaned: string | null };
    readonly setAside?: string;
    readonly encoded?: {
      readonly ids: readonly number[];
      readonly tokens?: readonly string[];
      readonly length: number;
      readonly paddedTo: number;
    };
    readonly labels: readonly {
      readonly task: string;
      readonly raw: string | null;
      readonly cleaned: string | null;
      readonly class: number | null;
    }[];
  }[];
  readonly augmented: readonly ContactRow[];
};

type Row = DataPreview['rows'][number];

const [mostIds, mostCharacters] = [400, 2000];

/** One page of the first rows: each as it is in the data, after cleaning, and as ids and classes; and a contact sheet of augmentations. */
export function dataPreview({ name, encoder, rows, augmented }: DataPreview): string {
  const sections: PageSection[] = [
    { id: 'rows', title: 'Rows', content: table(rows) },
    { id: 'encoded', title: `As the encoder ${encoder} gives them to the model`, content: rows.map(encoding) },
    ...(augmented.length > 0 ? [{ id: 'sheet', title: 'Contact sheet', content: contactSheet(augmented) }] : []),
  ];
  return page(
    `Data preview: ${name}`,
    html`<p>The first ${counted(rows.length, 'row')} of the data. Cleaning, vocabulary and classes are those of the training part.</p>`,
    sections,
  );
}

const table = (rows: DataPreview['rows']): Html =>
  dataTable(
    'The first rows: raw, cleaned, and the classes of their labels',
    [
      { title: 'id' },
      { title: 'part' },
      { title: 'text' },
      { title: 'after cleaning' },
      ...(rows[0]?.labels ?? []).map(({ task }) => ({ title: foreign(task) })),
    ],
    rows.map((row) => [
      foreign(row.id),
      row.part ?? html`<em>none</em>`,
      foreign(cut(row.text.raw)),
      cleaned(row),
      ...row.labels.map(label),
    ]),
  );

function cleaned({ text, setAside }: Row): Html {
  if (setAside !== undefined) return html`<span class="warn">set aside: ${foreign(setAside)}</span>`;
  if (text.cleaned === null || text.cleaned === text.raw) return html`<em>the same</em>`;
  return foreign(cut(text.cleaned));
}

function label({ raw, cleaned: is, class: place }: Row['labels'][number]): Html {
  if (is === null) return raw === null ? html`<em>missing</em>` : html`${foreign(raw)} → <em>missing</em>`;
  const change = raw === is ? '' : html`${raw === null ? html`<em>missing</em>` : foreign(raw)} → `;
  return html`${change}${foreign(is)} ${place === null ? html`<span class="warn">not in training</span>` : html`<span class="quiet">class ${place}</span>`}`;
}

function encoding({ id, encoded }: Row): Html | undefined {
  if (encoded === undefined) return undefined;
  const { ids, tokens, length, paddedTo } = encoded;
  const more = ids.length > mostIds && ' …';
  return html`<h3>${foreign(id)}</h3>
<p class="quiet">${counted(length, 'item')}, padded to ${grouped(paddedTo)} in a batch</p>
${tokens && html`<p>${tokens.slice(0, mostIds).map((token) => html`<code>${foreign(token)}</code> `)}${more}</p>`}
${ids.length > 0 && folded('Ids', html`<p>${ids.slice(0, mostIds).join(' ')}${more}</p>`)}`;
}

const cut = (text: string): string => (text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`);
