/**
 * What a phone does to the voice: three formants in Hz (those of a mean adult voice), how loud the voice is in it, and noise around a frequency.
 *
 * Vowels: Peterson & Barney, "Control Methods Used in a Study of the Vowels", 1952, means of men and women; the others are rough values after
 * Klatt, "Software for a cascade/parallel formant synthesizer", 1980.
 */
export type Phone = {
  readonly formants: readonly [number, number, number];
  /** 0 to 1. */
  readonly voice: number;
  /** Hiss or burst: centre in Hz, and loudness. */
  readonly noise?: { readonly centre: number; readonly level: number };
  /** Seconds at the usual rate. */
  readonly seconds: number;
  /** Silence before a burst. */
  readonly closure?: number;
};

const vowel = (f1: number, f2: number, f3: number, seconds = 0.13): Phone => ({
  formants: [f1, f2, f3],
  voice: 1,
  seconds,
});
const nasal = (f2: number): Phone => ({ formants: [270, f2, 2500], voice: 0.45, seconds: 0.07 });
const glide = (f1: number, f2: number, f3: number): Phone => ({ formants: [f1, f2, f3], voice: 0.7, seconds: 0.06 });
const hiss = (centre: number, level: number, voice: number, f2: number): Phone => ({
  formants: [300, f2, 2500],
  voice,
  noise: { centre, level },
  seconds: 0.1,
});
const stop = (centre: number, f2: number, isVoiced: boolean): Phone => ({
  formants: [280, f2, 2500],
  voice: isVoiced ? 0.35 : 0,
  noise: { centre, level: isVoiced ? 0.25 : 0.45 },
  seconds: isVoiced ? 0.025 : 0.045,
  closure: 0.05,
});

export const phones = {
  iy: vowel(290, 2540, 3160),
  ih: vowel(410, 2230, 2830, 0.1),
  eh: vowel(570, 2090, 2740, 0.11),
  ae: vowel(760, 1880, 2630),
  aa: vowel(790, 1160, 2630),
  ao: vowel(580, 880, 2560),
  uh: vowel(455, 1090, 2460, 0.1),
  uw: vowel(335, 910, 2450),
  ah: vowel(700, 1300, 2590, 0.1),
  er: vowel(495, 1490, 1820),
  m: nasal(1000),
  n: nasal(1600),
  l: glide(360, 1050, 2700),
  r: glide(340, 1200, 1600),
  w: glide(310, 700, 2300),
  y: glide(280, 2300, 3100),
  s: hiss(6200, 0.5, 0, 1700),
  z: hiss(5800, 0.3, 0.4, 1700),
  sh: hiss(3200, 0.5, 0, 1900),
  f: hiss(7000, 0.18, 0, 1100),
  v: hiss(6500, 0.1, 0.45, 1100),
  th: hiss(6800, 0.16, 0, 1400),
  h: hiss(1500, 0.22, 0, 1500),
  p: stop(900, 900, false),
  b: stop(800, 900, true),
  t: stop(4200, 1750, false),
  d: stop(3900, 1750, true),
  k: stop(2100, 2000, false),
  g: stop(2000, 2000, true),
} as const satisfies Readonly<Record<string, Phone>>;

export type PhoneName = keyof typeof phones;
