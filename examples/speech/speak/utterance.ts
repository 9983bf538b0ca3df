import { fold, type Key, words as randomWords } from '@polytask/base';
import { sampleRate, synthesise } from './synthesise.ts';
import { type Emotion, emotions, type Manner, manners, type Speaker } from './voice.ts';
import { phonesOf, type Word, words } from './words.ts';

export type Utterance = {
  readonly transcript: string;
  readonly emotion: Emotion;
  readonly speaker: string;
  readonly sound: { readonly sampleRate: number; readonly channels: readonly [Float32Array] };
};

/** Pitches and formant scales of the speakers of the training part; those of the test part lie between and beyond. */
const known = { pitches: [95, 125, 155, 190, 225], scales: [0.9, 0.97, 1.04, 1.11] };
const heldOut = { pitches: [88, 110, 140, 172, 208], scales: [0.935, 1.005, 1.075, 1.14] };

/**
 * A phrase of one to three words by a speaker in an emotion. The test part has speakers of its own, and phrases of several words whose pairs of
 * neighbours training never has: those whose places in the vocabulary add up to a multiple of four.
 */
export function utterance(key: Key, { isTest }: { readonly isTest: boolean }): Utterance {
  const next = randomWords(key);
  const share = () => next() / 2 ** 32;
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(share() * list.length)]!;
  const vary = (value: number, by: number) => value * (1 + by * (2 * share() - 1));
  const { pitches, scales } = isTest ? heldOut : known;
  const [pitch, scale] = [Math.floor(share() * pitches.length), Math.floor(share() * scales.length)];
  // what one speaker has, whatever is said
  const ownNext = randomWords(fold(fold(fold(key0, `${isTest}`), pitch), scale));
  const own = () => ownNext() / 2 ** 32;
  const speaker: Speaker = {
    pitch: pitches[pitch]!,
    formantScale: scales[scale]!,
    breathiness: 0.03 + 0.12 * own(),
    rate: 0.9 + 0.25 * own(),
  };
  const emotion = pick(emotions);
  const typical = manners[emotion];
  const manner: Manner = {
    pitch: vary(typical.pitch, 0.04),
    range: vary(typical.range, 0.2),
    slope: typical.slope + 0.1 * (2 * share() - 1),
    rate: vary(typical.rate, 0.06),
    energy: vary(typical.energy, 0.25),
    breathiness: typical.breathiness + 0.03 * (2 * share() - 1),
    jitter: typical.jitter,
  };
  const said = phrase(1 + Math.floor(share() * 3), isTest, pick);
  const spoken = said.flatMap((word, at) => [...(at > 0 ? [null] : []), ...phonesOf(word)]);
  const samples = synthesise(spoken, speaker, manner, share);
  // microphones stand near and far, in rooms more and less noisy
  const gain = 10 ** ((-10 + 14 * share()) / 20);
  const noise = 0.0015 + 0.006 * share();
  for (let at = 0; at < samples.length; at++)
    samples[at] = Math.max(-1, Math.min(1, samples[at]! * gain + noise * (2 * share() - 1)));
  return {
    transcript: said.join(' '),
    emotion,
    speaker: `${isTest ? 'test' : 'train'}-${pitches[pitch]}-${scales[scale]}`,
    sound: { sampleRate, channels: [samples] },
  };
}

const key0: Key = { key: [17, 4] };
const vocabulary = Object.keys(words) as Word[];

function phrase(length: number, isTest: boolean, pick: <Value>(list: readonly Value[]) => Value): Word[] {
  const said: Word[] = [];
  while (said.length < length) {
    const word = pick(vocabulary);
    const before = said.at(-1);
    const isHeldOut = before !== undefined && (vocabulary.indexOf(before) + vocabulary.indexOf(word)) % 4 === 0;
    if (before === undefined || isHeldOut === isTest) said.push(word);
  }
  return said;
}
