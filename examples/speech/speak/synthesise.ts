import { type Phone, type PhoneName, phones } from './phones.ts';
import type { Manner, Speaker } from './voice.ts';

export const sampleRate = 16000;

/** Draws from 0 to 1. */
export type Share = () => number;

type Segment = { readonly phone: Phone; readonly start: number; readonly end: number };

/**
 * Speech by source and filter: pulses of the glottis and breath go through three resonances that glide from phone to phone; hisses and bursts are
 * noise through a resonance of their own.
 *
 * Fant, "Acoustic Theory of Speech Production", 1960; resonators as in Klatt, 1980.
 *
 * @param names null is a pause between words.
 */
export function synthesise(
  names: readonly (PhoneName | null)[],
  speaker: Speaker,
  manner: Manner,
  share: Share,
): Float32Array {
  const rate = speaker.rate * manner.rate;
  const segments: Segment[] = [];
  let time = 0.06 + 0.1 * share();
  for (const name of names) {
    if (name === null) {
      time += (0.07 + 0.08 * share()) / rate;
      continue;
    }
    const phone: Phone = phones[name];
    time += (phone.closure ?? 0) / rate;
    const seconds = (phone.seconds * (0.85 + 0.3 * share())) / rate;
    segments.push({ phone, start: time, end: time + seconds });
    time += seconds;
  }
  const total = time + 0.08 + 0.1 * share();
  const samples = new Float32Array(Math.ceil(total * sampleRate));
  const [one, two, three, hiss] = [resonator(), resonator(), resonator(), resonator()];
  const wave = { phase: share() * 6, speed: 2.5 + 2 * share() };
  const breath = Math.max(0.01, speaker.breathiness + manner.breathiness);
  let [phase, period, before, at] = [0, 1, 0, 0];
  for (let index = 0; index < samples.length; index++) {
    const now = index / sampleRate;
    if (index % 40 === 0) {
      // what the vocal tract does changes a few hundred times a second
      while (at < segments.length - 1 && now > segments[at]!.end) at++;
      const [f1, f2, f3] = formantsAt(segments, at, now).map((formant) => formant * speaker.formantScale);
      one.set(f1!, 70);
      two.set(f2!, 100);
      three.set(f3!, 150);
      const centre = segments[at]!.phone.noise?.centre;
      if (centre !== undefined) hiss.set(Math.min(7600, centre * Math.sqrt(speaker.formantScale)), 900);
    }
    const { phone, start, end } = segments[at]!;
    const isOn = now >= start && now <= end;
    const edge = Math.min(1, Math.max(0, (now - start) / 0.012), Math.max(0, (end - now) / 0.012));
    const place = now / total;
    const octaves =
      manner.slope * (place - 0.5) + manner.range * Math.sin(wave.phase + wave.speed * 2 * Math.PI * place);
    const pitch = speaker.pitch * manner.pitch * 2 ** octaves;
    phase += pitch / sampleRate / period;
    if (phase >= 1) {
      phase -= 1;
      period = 1 + manner.jitter * (2 * share() - 1);
    }
    // Rosenberg's pulse: opening, closing, closed; a shorter opening has more high frequencies
    const open = 0.55 + 0.3 * Math.min(1, breath * 2);
    const flow = phase < open ? (1 - Math.cos((2 * Math.PI * phase) / open)) / 2 : 0;
    const noise = 2 * share() - 1;
    const loud = isOn ? phone.voice * (phone.voice === 1 ? 1 : edge) : 0;
    const source = loud * ((flow - before) * 6 + breath * noise * (0.3 + 0.7 * flow));
    before = flow;
    const voiced = three.next(two.next(one.next(source)));
    const hissed = hiss.next(isOn && phone.noise ? noise * phone.noise.level * edge : 0);
    samples[index] = manner.energy * (voiced * 0.25 + hissed * 0.5);
  }
  return samples;
}

/** The formants of a phone in its middle, and what lies between them in between: neighbours are heard in each other. */
function formantsAt(segments: readonly Segment[], at: number, now: number): readonly number[] {
  const { phone, start, end } = segments[at]!;
  const middle = (start + end) / 2;
  const other = segments[now < middle ? at - 1 : at + 1];
  if (!other) return phone.formants;
  const away = (other.start + other.end) / 2;
  const share = Math.min(0.5, Math.max(0, (now - middle) / (away - middle)) ** 1.5);
  return phone.formants.map((formant, number) => formant + (other.phone.formants[number]! - formant) * share);
}

/** A second-order resonance: y[n] = a x[n] + b y[n − 1] + c y[n − 2]. */
function resonator() {
  let [a, b, c, last, lastButOne] = [0, 0, 0, 0, 0];
  return {
    set(frequency: number, bandwidth: number) {
      c = -Math.exp((-2 * Math.PI * bandwidth) / sampleRate);
      b = 2 * Math.exp((-Math.PI * bandwidth) / sampleRate) * Math.cos((2 * Math.PI * frequency) / sampleRate);
      a = 1 - b - c;
    },
    next(x: number): number {
      const y = a * x + b * last + c * lastButOne;
      lastButOne = last;
      last = y;
      return y;
    },
  };
}
