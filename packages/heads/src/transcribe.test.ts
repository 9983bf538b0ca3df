import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key, PolytaskError } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { beamDecode, frameScores, greedyDecode } from './ctc-decoding.ts';
import { transcribable, transcribe } from './transcribe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));

/** Every path, added up by what it becomes. */
function bruteForce({ frames, classes, logarithms }: ReturnType<typeof frameScores>): Map<string, number> {
  const found = new Map<string, number>();
  for (let path = 0; path < classes ** frames; path++) {
    const labels: number[] = [];
    let [rest, before, score] = [path, 0, 0];
    for (let frame = 0; frame < frames; frame++) {
      const at = rest % classes;
      rest = Math.floor(rest / classes);
      score += logarithms[frame * classes + at]!;
      if (at !== 0 && at !== before) labels.push(at);
      before = at;
    }
    found.set(String(labels), (found.get(String(labels)) ?? 0) + Math.exp(score));
  }
  return found;
}

describe('decoding', () => {
  const logits = [0.1, 0.6, 0.1, 0.1, 0.2, 0.1, 0.7, -0.3, 1, 0, 0, 0.5, -0.5, 0.3, 0.2, 0.9, 0, 0, 2, 0];
  const scores = frameScores(logits, 0, 5, 4);

  test('the best path is not the best text', () => {
    const greedy = greedyDecode(scores);
    expect(greedy.labels).toEqual([1, 2, 3, 2]);
    expect(bruteForce(scores).get('1,2,3,2')).toBeCloseTo(0.056114689, 8);
    expect(Math.exp(greedy.logProbability)).toBeCloseTo(0.018621607, 8); // of that one path
    const [first, second] = beamDecode(scores, { width: 64 });
    expect([first!.labels, second!.labels]).toEqual([
      [2, 3, 2],
      [1, 3, 2],
    ]);
    expect(Math.exp(first!.logProbability)).toBeCloseTo(0.081438746, 8);
    expect(Math.exp(second!.logProbability)).toBeCloseTo(0.081282145, 8);
  });

  test('narrow beams score what they have kept', () => {
    expect(beamDecode(scores, { width: 1 })[0]!.labels).toEqual([1, 3, 2]);
    expect(beamDecode(scores, { width: 2 })[0]!.labels).toEqual([1, 2, 3, 2]);
    expect(Math.exp(beamDecode(scores, { width: 4 })[0]!.logProbability)).toBeCloseTo(0.037749741, 8);
    expect(Math.exp(beamDecode(scores, { width: 16 })[0]!.logProbability)).toBeCloseTo(0.06669545, 8);
    expect(() => beamDecode(scores, { width: 0 })).toThrow('width: expected a positive integer. Found 0.');
  });

  test('two frames of blank .6 and a .4: the best path is empty, the best text is not', () => {
    const two = frameScores([Math.log(0.6), Math.log(0.4), Math.log(0.6), Math.log(0.4)], 0, 2, 2);
    expect(greedyDecode(two).labels).toEqual([]);
    const [best] = beamDecode(two, { width: 8 });
    expect(best!.labels).toEqual([1]);
    expect(Math.exp(best!.logProbability)).toBeCloseTo(0.64, 12);
  });

  test('a beam that is wide enough is exact', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 12, maxLength: 12 }), (values) => {
        const given = frameScores(values, 0, 4, 3);
        const exact = bruteForce(given);
        for (const { labels, logProbability } of beamDecode(given, { width: 1000 }))
          expect(Math.exp(logProbability)).toBeCloseTo(exact.get(String(labels)) ?? 0, 10);
      }),
      { numRuns: 20 },
    );
  });
});

describe('transcribe', () => {
  const head = transcribe();
  const spec = head.fit(['Ab  a', null, 'cab']);

  test('the characters are those of the training texts, spaces among them', () => {
    expect(spec).toEqual({ characters: [' ', 'a', 'b', 'c'], beam: 1, lowercase: true });
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(transcribe({ lowercase: false }).fit(['Ab']).characters).toEqual(['A', 'b']);
    const empty = () => head.fit([null, ' ']);
    expect(empty).toThrow('Expected at least one text in the training split.');
    expect(catching(empty)).toMatchObject({ kind: 'data', code: 'E2304' });
  });

  test('targets are classes from 1 on, in columns of a multiple of 8; unknown characters are left out', () => {
    const { tensors, count } = head.target(['a bx', null, 'CAB'], spec);
    expect(tensors.labels.shape).toEqual([3, 8]);
    expect(Array.from(tensors.labels.data).slice(0, 4)).toEqual([2, 1, 3, 0]);
    expect([...tensors.lengths.data, ...tensors.present.data, count]).toEqual([3, 0, 3, 1, 0, 1, 6]);
  });

  test('a text needs as many frames as it has characters and equal neighbours', () => {
    expect(transcribable('aab', 3, spec)).toBe(false);
    expect(transcribable('aab', 4, spec)).toBe(true);
  });

  test('scores of a perfect model become the text again, whatever stands behind its frames', () => {
    const classes = [2, 2, 0, 2, 1, 3, 3, 4, 4]; // "aa b" and behind it "c", which does not count
    const logits = Float32Array.from({ length: classes.length * 5 }, (_, at) =>
      classes[Math.floor(at / 5)] === at % 5 ? 9 : 0,
    );
    const outputs = {
      logits: hostTensor('float32', [1, classes.length, 5], logits),
      lengths: hostTensor('int32', [1], [7]),
    };
    expect(head.decode(outputs, spec)[0]!.text).toBe('aa b');
    expect(head.decode(outputs, { ...spec, beam: 8 })[0]!.text).toBe('aa b');
    expect(() => head.decode(outputs, { ...spec, characters: ['a'] })).toThrow('expected logits [batch, time, 2]');
  });

  test('the loss is that per character, and rows without a text have no part in it', () => {
    const { layer, loss } = head.task(spec);
    const params = toTensors(layer.init(key(2), [6, 3]).params as object) as never;
    const values = tf.tensor(
      Float32Array.from({ length: 36 }, (_, at) => Math.sin(at)),
      [2, 6, 3],
    );
    const outputs = layer.apply(params, { values, lengths: tf.tensor1d([6, 4], 'int32') }, infer);
    const lossOf = (labels: (string | null)[]) => {
      const { sum, count } = loss(outputs, toTensors(head.target(labels, spec).tensors) as never);
      return [sum.dataSync()[0]!, count.dataSync()[0]!];
    };
    const [both, first, second] = [lossOf(['ab', 'ca']), lossOf(['ab', null]), lossOf([null, 'ca'])];
    expect(both[0]).toBeCloseTo(first[0]! + second[0]!, 4);
    expect([both[1], first[1], second[1]]).toEqual([4, 2, 2]);
    expect(lossOf([null, null])).toEqual([0, 0]);
  });

  test('a representation that is no sequence is refused', () => {
    expect(() => head.task(spec).layer.init(key(1), [3])).toThrow('expected a sequence [time, features]. Found [3].');
  });
});

function catching(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return {
      ...(error as object),
      ...(PolytaskError.is(error) && { kind: error.kind, code: error.problems[0]!.code }),
    };
  }
}
