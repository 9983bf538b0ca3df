import { type HostTensor, hostTensor, PolytaskError, type Problem } from '@polytask/base';
import type { Host } from '@polytask/core';
import type { BertSizes } from './bert-config.ts';
import type { BertBlockParams, BertParams } from './bert-layer.ts';
import type { MlmHeadParams } from './masked-language-model.ts';

/** Our name of a parameter, its name in the file, its shape there, and whether its axes change places. */
type Place = { readonly name: string; readonly shape: readonly number[]; readonly isTransposed: boolean };

/** Where the parameters of a block stand: Hugging Face's names for BERT and for DistilBERT. */
const blockNames = {
  bert: {
    query: 'attention.self.query',
    key: 'attention.self.key',
    value: 'attention.self.value',
    output: 'attention.output.dense',
    attentionNorm: 'attention.output.LayerNorm',
    inner: 'intermediate.dense',
    outer: 'output.dense',
    outputNorm: 'output.LayerNorm',
  },
  distilbert: {
    query: 'attention.q_lin',
    key: 'attention.k_lin',
    value: 'attention.v_lin',
    output: 'attention.out_lin',
    attentionNorm: 'sa_layer_norm',
    inner: 'ffn.lin1',
    outer: 'ffn.lin2',
    outputNorm: 'output_layer_norm',
  },
} as const;

/** Walks all parameters of a model: `visit` gives or takes each tensor. */
function walk(sizes: BertSizes, hasPooler: boolean, visit: (place: Place) => HostTensor): Host<BertParams> {
  const { tokens, positions, segments, width, hidden, layers } = sizes;
  const names = segments > 0 ? blockNames.bert : blockNames.distilbert;
  const blocks = segments > 0 ? 'encoder.layer' : 'transformer.layer';
  const plain = (name: string, shape: readonly number[]) => visit({ name, shape, isTransposed: false }) as never;
  const linear = (name: string, from: number, to: number) => ({
    weight: visit({ name: `${name}.weight`, shape: [to, from], isTransposed: true }),
    bias: plain(`${name}.bias`, [to]),
  });
  const norm = (name: string) => ({ scale: plain(`${name}.weight`, [width]), bias: plain(`${name}.bias`, [width]) });
  const table = (name: string, rows: number) => ({ table: plain(`embeddings.${name}.weight`, [rows, width]) });
  return {
    tokens: table('word_embeddings', tokens),
    positions: table('position_embeddings', positions),
    ...(segments > 0 && { segments: table('token_type_embeddings', segments) }),
    norm: norm('embeddings.LayerNorm'),
    blocks: Array.from({ length: layers }, (_, at): Host<BertBlockParams> => {
      const of = (part: keyof typeof names) => `${blocks}.${at}.${names[part]}`;
      return {
        attention: {
          query: linear(of('query'), width, width),
          key: linear(of('key'), width, width),
          value: linear(of('value'), width, width),
          output: linear(of('output'), width, width),
        },
        attentionNorm: norm(of('attentionNorm')),
        inner: linear(of('inner'), width, hidden),
        outer: linear(of('outer'), hidden, width),
        outputNorm: norm(of('outputNorm')),
      };
    }),
    ...(hasPooler && { pooler: linear('pooler.dense', width, width) }),
  } as Host<BertParams>;
}

/**
 * Parameters from tensors with Hugging Face's names, with or without the prefix `bert.` or `distilbert.`
 *
 * @returns the parameters (with a pooler where the file has one) and the names of the tensors that stand for nothing here, such as heads.
 * @throws PolytaskError data E2414 with every tensor that is missing or has another shape; nothing is loaded in part.
 */
export function bertFromTensors(
  tensors: ReadonlyMap<string, HostTensor>,
  sizes: BertSizes,
  file?: string,
): { readonly params: Host<BertParams>; readonly left: readonly string[] } {
  const prefix =
    ['', 'bert.', 'distilbert.'].find((start) => tensors.has(`${start}embeddings.word_embeddings.weight`)) ?? '';
  const problems: Problem[] = [];
  const used = new Set<string>();
  const params = walk(sizes, tensors.has(`${prefix}pooler.dense.weight`), ({ name, shape, isTransposed }) => {
    // checkpoints that were made from TensorFlow's call the parts of norms gamma and beta
    const own = [
      name,
      name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta'),
    ];
    const full = own.map((one) => prefix + one).find((one) => tensors.has(one)) ?? prefix + name;
    used.add(full);
    const found = tensors.get(full);
    if (!found || String(found.shape) !== String(shape)) {
      const expected = `[${shape.join(', ')}]`;
      const message = found
        ? `Expected the shape ${expected}. Found [${found.shape.join(', ')}].`
        : `Missing: expected a tensor of shape ${expected}.`;
      problems.push({ code: 'E2414', path: full, message, ...(file !== undefined && { file }) });
      return hostTensor('float32', shape, new Float32Array(shape.reduce((size, axis) => size * axis, 1)));
    }
    return isTransposed ? transposed(found) : found;
  });
  if (problems.length > 0) throw new PolytaskError('data', problems);
  return { params, left: [...tensors.keys()].filter((name) => !used.has(name)) };
}

/** The same parameters under Hugging Face's names, without a prefix. */
export function bertToTensors(params: Host<BertParams>, sizes: BertSizes): Map<string, HostTensor> {
  const tensors = new Map<string, HostTensor>();
  const places: Place[] = [];
  walk(sizes, params.pooler !== undefined, (place) => {
    places.push(place);
    return hostTensor('float32', [0], []);
  });
  const own = flat(params);
  for (const [at, { name, isTransposed }] of places.entries())
    tensors.set(name, isTransposed ? transposed(own[at]!) : own[at]!);
  return tensors;
}

/** Where the parts of a masked-language-model head stand. */
const headNames = {
  bert: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    bias: 'cls.predictions.bias',
  },
  distilbert: { dense: 'vocab_transform', norm: 'vocab_layer_norm', bias: 'vocab_projector.bias' },
} as const;

/** The parameters of an encoder and its head under Hugging Face's names: BertForMaskedLM or DistilBertForMaskedLM, whose decoder is the table of tokens. */
export function mlmToTensors(
  params: Host<BertParams>,
  head: Host<MlmHeadParams>,
  sizes: BertSizes,
): Map<string, HostTensor> {
  const kind = sizes.segments > 0 ? 'bert' : 'distilbert';
  const names = headNames[kind];
  return new Map([
    ...[...bertToTensors(params, sizes)].map(([name, tensor]): [string, HostTensor] => [`${kind}.${name}`, tensor]),
    [`${names.dense}.weight`, transposed(head.dense.weight)],
    [`${names.dense}.bias`, head.dense.bias!],
    [`${names.norm}.weight`, head.norm.scale],
    [`${names.norm}.bias`, head.norm.bias],
    [names.bias, head.bias],
  ]);
}

/** The head of a masked language model, undefined where the tensors have none that fits; `used` are the names of its tensors. */
export function mlmHeadFromTensors(
  tensors: ReadonlyMap<string, HostTensor>,
  { segments, width, tokens }: BertSizes,
): { readonly head: Host<MlmHeadParams>; readonly used: readonly string[] } | undefined {
  const names = headNames[segments > 0 ? 'bert' : 'distilbert'];
  const shapes: readonly (readonly [string, readonly number[]])[] = [
    [`${names.dense}.weight`, [width, width]],
    [`${names.dense}.bias`, [width]],
    [`${names.norm}.weight`, [width]],
    [`${names.norm}.bias`, [width]],
    [names.bias, [tokens]],
  ];
  if (shapes.some(([name, shape]) => String(tensors.get(name)?.shape) !== String(shape))) return undefined;
  const [weight, bias, scale, shift, own] = shapes.map(([name]) => tensors.get(name)! as HostTensor<'float32'>) as [
    HostTensor<'float32'>,
    HostTensor<'float32'>,
    HostTensor<'float32'>,
    HostTensor<'float32'>,
    HostTensor<'float32'>,
  ];
  const head = { dense: { weight: transposed(weight), bias }, norm: { scale, bias: shift }, bias: own };
  return { head, used: shapes.map(([name]) => name) };
}

/** All tensors in the order in which `walk` visits them. */
function flat({ tokens, positions, segments, norm, blocks, pooler }: Host<BertParams>): HostTensor[] {
  const linear = ({ weight, bias }: { readonly weight: HostTensor; readonly bias?: HostTensor }) => [weight, bias!];
  const both = ({ scale, bias }: { readonly scale: HostTensor; readonly bias: HostTensor }) => [scale, bias];
  return [
    tokens.table,
    positions.table,
    ...(segments ? [segments.table] : []),
    ...both(norm),
    ...blocks.flatMap(({ attention: { query, key, value, output }, attentionNorm, inner, outer, outputNorm }) => [
      ...[query, key, value, output].flatMap(linear),
      ...both(attentionNorm),
      ...linear(inner),
      ...linear(outer),
      ...both(outputNorm),
    ]),
    ...(pooler ? linear(pooler) : []),
  ];
}

/** PyTorch keeps [out, in]. */
function transposed({ shape, data }: HostTensor): HostTensor<'float32'> {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!;
  return hostTensor('float32', [columns, rows], turned);
}
