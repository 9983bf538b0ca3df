/** Why a kernel is refused, and what to write instead. */
export type Refusal = { readonly because: string; readonly instead?: string };

const each = (names: readonly string[], refusal: Refusal) => Object.fromEntries(names.map((name) => [name, refusal]));

/** The kernels of tfjs-core that cannot stand in a compiled program. */
export const refused: Readonly<Record<string, Refusal>> = {
  ...each(
    [
      ...['NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'RaggedGather', 'RaggedRange'],
      ...['RaggedTensorToTensor', 'SparseFillEmptyRows', 'SparseReshape', 'SparseSegmentMean', 'SparseSegmentSum'],
      'Unique',
    ],
    {
      because: 'the shape of its result depends on values, and a program has fixed shapes',
      instead: 'Do it outside the program, or with masks of a fixed shape.',
    },
  ),
  ...each(['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'], {
    because: 'programs have no complex numbers',
    instead: 'Compute spectra before the program: they are data.',
  }),
  ...each(['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'], {
    because: 'programs have no strings',
    instead: 'Encode texts before the program.',
  }),
  ...each(['Draw', 'FromPixels'], {
    because: 'images of the host are no tensors',
    instead: 'Make tensors of them before the program.',
  }),
  Multinomial: {
    because: 'it draws random numbers of its own, which no key repeats',
    instead:
      'Give the program a Key; the class that is largest after adding −log(−log u) of its uniform numbers u to the logits is such a draw.',
  },
};

/** Kernels that have a name in tfjs-core and are never called: the operation of that name is made of others, which compile. */
export const neverCalled: Readonly<Record<string, string>> = {
  BroadcastTo: 'tf.broadcastTo calls Tile',
  LogSoftmax: 'tf.logSoftmax calls Max, Sub, Exp, Sum and Log',
  LogicalXor: 'tf.logicalXor calls LogicalOr, LogicalAnd and LogicalNot',
  LowerBound: 'tf.lowerBound calls SearchSorted',
  MatrixBandPart: 'tf.linalg.bandPart calls Unpack, Select and Pack',
  Pool: 'tf.pool calls MaxPool or AvgPool between SpaceToBatchND and BatchToSpaceND',
  UpperBound: 'tf.upperBound calls SearchSorted',
};
