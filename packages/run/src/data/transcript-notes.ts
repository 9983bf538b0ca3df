import { type Problem, quote } from '@polytask/base';
import { type TranscribeSpec, transcribable } from '@polytask/heads';
import type { EncodedExamples } from '../batches.ts';
import { labelOf } from '../batches.ts';
import type { RunConfig } from '../config/schema.ts';
import type { Parts, Specs } from '../specs.ts';

/**
 * Transcripts that are too long for their sounds (E2335): connectionist temporal classification needs a frame for each character, and one more between
 * equal neighbours. The loss leaves them out, which nobody would see.
 */
export function transcriptNotes({ tasks }: RunConfig, parts: Parts, specs: Specs, encoded: EncodedExamples): Problem[] {
  const framesOf = parts.encoder.framesOf;
  if (!framesOf) return [];
  return Object.entries(tasks).flatMap(([task, { type }]): Problem[] => {
    if (type !== 'transcribe') return [];
    const texts = encoded.examples.flatMap((example, at) => {
      const text = labelOf(example, task);
      return text === null ? [] : [{ id: example.id, text, frames: framesOf(encoded.lengths[at]!) }];
    });
    const long = texts.filter(({ text, frames }) => !transcribable(text, frames, specs.heads[task] as TranscribeSpec));
    const [first] = long;
    if (!first) return [];
    const isOne = long.length === 1;
    return [
      {
        code: 'E2335',
        path: `tasks.${task}`,
        message: `${long.length} of ${texts.length} transcripts in training ${isOne ? 'is longer than its sound' : 'are longer than their sounds'}: the first, ${quote(first.text)} of ${quote(first.id)}, has ${first.frames} frames. ${isOne ? 'It teaches' : 'They teach'} nothing.`,
        fix: 'Look whether sound and transcript belong together; fewer convolutions (encoder.filters) leave more frames.',
      },
    ];
  });
}
