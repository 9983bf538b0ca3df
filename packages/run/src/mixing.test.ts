import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, type HostTensor, hostTensor, key, uniform } from '@polytask/base';
import { encodePng, encodeWav } from '@polytask/data';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { takeEpoch } from './testing/take-batches.fixture.ts';
import { failure, temporaryFolder, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();

/** 24 images, 8 with a colour, 8 with a number, 8 with both. */
async function images(mix: object, changes: Partial<RunFile> = {}): Promise<RunFile> {
  const rows = [];
  for (let at = 0; at < 24; at++) {
    const isRed = at % 2 === 0;
    const pixels = Uint8Array.from(uniform(fold(key(1), at), 8 * 8 * 3), (value, place) =>
      place % 3 === (isRed ? 0 : 2) ? 200 + 50 * value : 20 * value,
    );
    writeFileSync(join(folder, `${at}.png`), await encodePng(hostTensor('uint8', [8, 8, 3], pixels)));
    const kind = Math.floor(at / 8);
    rows.push({ file: `${at}.png`, colour: kind === 1 ? null : isRed ? 'red' : 'blue', light: kind === 0 ? null : at });
  }
  return {
    version: 1,
    name: 'mixed',
    data: { source: writeRows(join(folder, 'rows.jsonl'), rows) },
    split: { by: 'random', fractions: [1, 0, 0] },
    inputs: {
      picture: {
        type: 'image',
        column: 'file',
        size: 8,
        encoder: { type: 'cnn', filters: [4], units: 8 },
        mix: mix as never,
      },
    },
    tasks: { colour: { type: 'classify', column: 'colour' }, light: { type: 'regress', column: 'light' } },
    train: { epochs: 2, batch: 6 },
    ...changes,
  };
}

const dataOf = (tensor: unknown) => [...(tensor as HostTensor).data];

describe('inputs.picture.mix', () => {
  it.each([{ type: 'mixup', alpha: 1 }, { type: 'cutmix' }])('mixes rows and their labels: $type', async (mix) => {
    const { batches } = await prepare(defineRun(await images(mix)));
    const { batches: plain } = await prepare(defineRun(await images({ type: 'mixup', probability: 0 })));
    const [own, unmixed] = [await takeEpoch(batches), await takeEpoch(plain)];
    for (const [at, { targets, counts, inputs }] of own.entries()) {
      const { colour, light } = targets as Record<string, Record<string, HostTensor>>;
      // no label is lost: a row is mixed with one that has labels of the same tasks
      expect(counts.colour).toBeCloseTo(unmixed[at]!.counts.colour!, 5);
      expect(counts.light).toBe(unmixed[at]!.counts.light);
      const shares = dataOf(colour!.shares);
      for (let row = 0; row < 6; row++) {
        const sum = shares[2 * row]! + shares[2 * row + 1]!;
        expect(Math.min(Math.abs(sum), Math.abs(sum - 1))).toBeLessThan(1e-6);
      }
      expect(dataOf(light!.values).every(Number.isFinite)).toBe(true);
      expect(dataOf((inputs as Record<string, HostTensor>).pixels)).not.toEqual(
        dataOf((unmixed[at]!.inputs as Record<string, HostTensor>).pixels),
      );
    }
    expect(
      own
        .flatMap(({ targets }) => dataOf((targets.colour as Record<string, HostTensor>).shares))
        .some((share) => share > 0.01 && share < 0.99),
    ).toBe(true);
  });

  it('leaves rows alone that have labels of a task it is unsafe for', async () => {
    const { batches } = await prepare(defineRun(await images({ type: 'mixup', unsafeFor: ['light'] })));
    const { batches: plain } = await prepare(defineRun(await images({ type: 'mixup', probability: 0 })));
    const lights = async (source: typeof batches) =>
      (await takeEpoch(source)).flatMap(({ targets }) => dataOf((targets.light as Record<string, HostTensor>).values));
    expect(await lights(batches)).toEqual(await lights(plain));
  });

  it('ends with the same numbers when training was interrupted within an epoch and resumed', async () => {
    const run = await images({ type: 'mixup', alpha: 1 }, { split: { by: 'random', fractions: [0.8, 0.2, 0] } });
    const whole = await trainRun(defineRun(run), { out: folder });
    const controller = new AbortController();
    const cut = await trainRun(defineRun(run), {
      out: folder,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 2) controller.abort();
      },
    });
    expect((await resumeRun(cut.folder)).validation).toEqual(whole.validation);
  });

  it('is refused where labels cannot be mixed', async () => {
    const given = await images({ type: 'mixup', unsafeFor: ['nobody'] });
    const { problems } = await failure(() => defineRun(given));
    expect(problems).toMatchObject([{ code: 'E1209', path: 'inputs.picture.mix.unsafeFor.0' }]);
  });
});

it('specAugment masks the features of sounds, in other ways in every epoch and after a restore in the same', async () => {
  const rows = Array.from({ length: 6 }, (_, at) => {
    const tone = Float32Array.from({ length: 8000 }, (_, time) => 0.3 * Math.sin(time * (0.05 + at / 20)));
    writeFileSync(join(folder, `${at}.wav`), encodeWav({ sampleRate: 16000, channels: [tone] }));
    return { file: `${at}.wav`, pitch: at % 2 ? 'high' : 'low' };
  });
  const of = async (augment?: readonly object[]) =>
    (
      await prepare(
        defineRun({
          version: 1,
          name: 'masked',
          data: { source: writeRows(join(folder, 'sounds.jsonl'), rows) },
          split: { by: 'random', fractions: [1, 0, 0] },
          inputs: { sound: { type: 'speech', column: 'file', ...(augment && { augment: augment as never }) } },
          tasks: { pitch: { type: 'classify', column: 'pitch' } },
          train: { epochs: 2, batch: 6 },
        }),
      )
    ).batches;
  const zeros = async (source: Awaited<ReturnType<typeof of>>) => {
    const [batch] = await takeEpoch(source);
    return dataOf((batch!.inputs as Record<string, HostTensor>).frames).filter((value) => value === 0).length;
  };
  const [plain, masked] = [await of(), await of([{ type: 'specAugment', frequencyWidth: 20, timeWidth: 10 }])];
  const start = masked.state();
  const none = await zeros(plain);
  const [first, second] = [await zeros(masked), await zeros(masked)];
  expect(first).toBeGreaterThan(none + 100);
  expect(second).not.toBe(first);
  masked.restore(start);
  expect(await zeros(masked)).toBe(first);
});
