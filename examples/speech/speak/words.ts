import type { PhoneName } from './phones.ts';

/** Thirty words and how they are spoken. */
export const words = {
  yes: 'y eh s',
  no: 'n ao uh',
  stop: 's t aa p',
  go: 'g ao uh',
  left: 'l eh f t',
  right: 'r aa ih t',
  up: 'ah p',
  down: 'd aa uh n',
  on: 'aa n',
  off: 'ao f',
  one: 'w ah n',
  two: 't uw',
  three: 'th r iy',
  four: 'f ao r',
  five: 'f aa ih v',
  six: 's ih k s',
  seven: 's eh v ah n',
  eight: 'eh ih t',
  nine: 'n aa ih n',
  ten: 't eh n',
  red: 'r eh d',
  blue: 'b l uw',
  green: 'g r iy n',
  open: 'ao uh p ah n',
  close: 'k l ao uh z',
  home: 'h ao uh m',
  light: 'l aa ih t',
  door: 'd ao r',
  music: 'm y uw z ih k',
  play: 'p l eh ih',
} as const satisfies Readonly<Record<string, string>>;

export type Word = keyof typeof words;

export const phonesOf = (word: Word): PhoneName[] => words[word].split(' ') as PhoneName[];
