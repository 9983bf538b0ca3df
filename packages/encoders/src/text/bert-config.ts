import { didYouMean, PolytaskError, type Problem, quote } from '@polytask/base';

/** The sizes of a BERT encoder. */
export type BertSizes = {
  /** Rows of the table of tokens, of positions and of segments; models without segments have 0. */
  readonly tokens: number;
  readonly positions: number;
  readonly segments: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Units inside the feed-forward parts. */
  readonly hidden: number;
  /** `gelu` with the error function, `geluTanh` with its approximation, or `relu`. */
  readonly activation: 'gelu' | 'geluTanh' | 'relu';
  /** ε of the layer norms. */
  readonly epsilon: number;
};

const activations: Readonly<Record<string, BertSizes['activation']>> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  relu: 'relu',
};

/**
 * The sizes that a Hugging Face `config.json` of a BERT or DistilBERT model says; MiniLM is BERT.
 *
 * @throws PolytaskError data E2413 with everything that is missing or that this encoder does not have.
 */
export function bertSizes(config: unknown, file?: string): BertSizes {
  const given = (typeof config === 'object' && config !== null ? config : {}) as Readonly<Record<string, unknown>>;
  const problems: Problem[] = [];
  const add = (path: string, message: string, fix?: string) =>
    problems.push({
      code: 'E2413',
      path,
      message,
      ...(file !== undefined && { file }),
      ...(fix !== undefined && { fix }),
    });
  const type = given.model_type;
  const isDistil = type === 'distilbert';
  if (!isDistil && type !== 'bert') add('model_type', `Expected "bert" or "distilbert". Found ${quote(type)}.`);
  const count = (name: string, fallback?: number): number => {
    const value = given[name] ?? fallback;
    if (Number.isInteger(value) && (value as number) > 0) return value as number;
    add(name, `Expected a positive integer. Found ${quote(value)}.`);
    return 1;
  };
  const named = String((isDistil ? given.activation : given.hidden_act) ?? 'gelu');
  const activation = Object.hasOwn(activations, named) ? activations[named]! : 'gelu';
  if (!Object.hasOwn(activations, named))
    add(
      isDistil ? 'activation' : 'hidden_act',
      `Unknown activation ${quote(named)}.`,
      didYouMean(named, Object.keys(activations)),
    );
  const position = given.position_embedding_type ?? 'absolute';
  if (position !== 'absolute') add('position_embedding_type', `Expected "absolute". Found ${quote(position)}.`);
  const epsilon = Number(given.layer_norm_eps ?? 1e-12);
  if (!(epsilon > 0)) add('layer_norm_eps', `Expected a positive number. Found ${quote(given.layer_norm_eps)}.`);
  const sizes: BertSizes = {
    tokens: count('vocab_size'),
    positions: count('max_position_embeddings', 512),
    segments: isDistil ? 0 : count('type_vocab_size', 2),
    width: count(isDistil ? 'dim' : 'hidden_size'),
    layers: count(isDistil ? 'n_layers' : 'num_hidden_layers'),
    heads: count(isDistil ? 'n_heads' : 'num_attention_heads'),
    hidden: count(isDistil ? 'hidden_dim' : 'intermediate_size'),
    activation,
    epsilon,
  };
  if (problems.length === 0 && sizes.width % sizes.heads !== 0)
    add(isDistil ? 'n_heads' : 'num_attention_heads', `Expected a divisor of ${sizes.width}. Found ${sizes.heads}.`);
  if (problems.length > 0) throw new PolytaskError('data', problems);
  return sizes;
}

/**
 * The `config.json` of a model with these sizes, as Hugging Face reads it.
 *
 * @param kind what the weights beside it are of: the encoder alone, or with its masked-language-model head.
 */
export function bertConfig(
  { tokens, positions, segments, width, layers, heads, hidden, activation, epsilon }: BertSizes,
  kind: 'Model' | 'ForMaskedLM' = 'Model',
): object {
  const named = activation === 'geluTanh' ? 'gelu_new' : activation;
  const shared = { vocab_size: tokens, max_position_embeddings: positions };
  if (segments === 0)
    return {
      architectures: [`DistilBert${kind}`],
      model_type: 'distilbert',
      ...shared,
      dim: width,
      n_layers: layers,
      n_heads: heads,
      hidden_dim: hidden,
      activation: named,
      sinusoidal_pos_embds: false,
    };
  return {
    architectures: [`Bert${kind}`],
    model_type: 'bert',
    ...shared,
    type_vocab_size: segments,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: hidden,
    hidden_act: named,
    layer_norm_eps: epsilon,
  };
}
