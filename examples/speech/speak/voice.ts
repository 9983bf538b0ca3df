/** What differs from speaker to speaker. */
export type Speaker = {
  /** Hz. */
  readonly pitch: number;
  /** Of all formants: short vocal tracts have higher ones. */
  readonly formantScale: number;
  readonly breathiness: number;
  readonly rate: number;
};

export const emotions = ['neutral', 'happy', 'sad', 'angry'] as const;
export type Emotion = (typeof emotions)[number];

/** How an emotion changes a voice, as far as shares of the speaker's own values say it. */
export type Manner = {
  /** Of the pitch, and of how far it moves around it (in octaves). */
  readonly pitch: number;
  readonly range: number;
  /** Octaves from the first to the last moment. */
  readonly slope: number;
  readonly rate: number;
  readonly energy: number;
  /** Added to the speaker's. */
  readonly breathiness: number;
  /** Irregularity of the glottal pulses, as a share of the period. */
  readonly jitter: number;
};

/** Directions after Scherer, "Vocal communication of emotion", Speech Communication 40, 2003; the sizes are our own. */
export const manners: Readonly<Record<Emotion, Manner>> = {
  neutral: { pitch: 1, range: 0.12, slope: -0.15, rate: 1, energy: 1, breathiness: 0, jitter: 0.005 },
  happy: { pitch: 1.25, range: 0.38, slope: 0.25, rate: 1.12, energy: 1.2, breathiness: 0.02, jitter: 0.005 },
  sad: { pitch: 0.88, range: 0.05, slope: -0.3, rate: 0.75, energy: 0.6, breathiness: 0.3, jitter: 0.015 },
  angry: { pitch: 1.15, range: 0.22, slope: -0.4, rate: 1.2, energy: 1.6, breathiness: -0.03, jitter: 0.04 },
};
