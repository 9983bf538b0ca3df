import type { HostTensor } from '@polytask/base';
import { frameScores, type TranscribeSpec } from '@polytask/heads';

/** JSON: how probable each character is in each frame of a sound. */
export type Spikes = {
  readonly frames: number;
  /** Those that are probable anywhere; the first is the blank, ''. */
  readonly characters: readonly string[];
  /** By character and frame. */
  readonly posteriors: readonly (readonly number[])[];
};

/** Characters that never get as probable are left out. */
const least = 0.05;

/** Posteriors of a transcript's characters, p(c | frame) = softmax of its logits, from the outputs of a batch of one. */
export function spikesOf(
  { logits, lengths }: { readonly logits: HostTensor; readonly lengths: HostTensor },
  { characters }: Pick<TranscribeSpec, 'characters'>,
): Spikes {
  const frames = lengths.data[0]! as number;
  const classes = characters.length + 1;
  const { logarithms } = frameScores(logits.data as Float32Array, 0, frames, classes);
  const rows = ['', ...characters].map((character, at) => ({
    character,
    posteriors: Array.from({ length: frames }, (_, frame) =>
      Number(Math.exp(logarithms[frame * classes + at]!).toFixed(4)),
    ),
  }));
  const shown = rows.filter(({ character, posteriors }) => character === '' || posteriors.some((p) => p >= least));
  return {
    frames,
    characters: shown.map(({ character }) => character),
    posteriors: shown.map(({ posteriors }) => posteriors),
  };
}
