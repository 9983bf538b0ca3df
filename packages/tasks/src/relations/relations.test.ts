import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistent } from './consistent.ts';
import { contradictions } from './contradictions.ts';
import { type Parent, relations } from './relations.ts';

const under = { sport: ['football', 'tennis'], money: ['stocks'] };
const tasks = ['kind', 'topic', 'tone', 'urgency', 'mood'];

describe('relations', () => {
  it('put parents before children and read tasks before readers, else as listed', () => {
    const made = relations({
      tasks,
      hierarchy: { kind: { parent: 'topic', under } },
      reads: { topic: ['urgency'] },
      correlated: [['tone', 'mood']],
    });
    expect(made.order).toEqual(['tone', 'urgency', 'topic', 'kind', 'mood']);
    expect(made.connected).toEqual([
      ['kind', 'topic', 'urgency'],
      ['tone', 'mood'],
    ]);
    expect(made.independent).toEqual([]);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('know independent tasks', () => {
    const made = relations({ tasks, reads: { tone: ['mood'] } });
    expect(made.independent).toEqual(['kind', 'topic', 'urgency']);
  });

  it('name a cycle, over hierarchy and reads alike', () => {
    expect(() =>
      relations({ tasks, hierarchy: { kind: { parent: 'topic', under } }, reads: { topic: ['tone'], tone: ['kind'] } }),
    ).toThrow(new RangeError('relations: expected no cycle. Found kind → topic → tone → kind.'));
    expect(() => relations({ tasks, reads: { tone: ['tone'] } })).toThrow('Found tone → tone.');
  });

  it('refuse unknown tasks, tasks twice, lonely correlations and labels that no parent has', () => {
    expect(() => relations({ tasks, reads: { tone: ['modd'] } })).toThrow('Did you mean "mood"?');
    expect(() => relations({ tasks: ['a', 'a'] })).toThrow('Found "a" twice');
    expect(() => relations({ tasks, correlated: [['tone']] })).toThrow('at least two tasks');
    expect(() => relations({ tasks, hierarchy: { kind: { parent: 'topic', under: {} } } })).toThrow('Found none');
    const hierarchy = { topic: { parent: 'tone', under: { good: ['sport'] } }, kind: { parent: 'topic', under } };
    expect(() => relations({ tasks, hierarchy })).toThrow('Found "money"');
  });

  it('order any acyclic graph so that every edge goes forward', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const edge = fc.tuple(fc.nat(5), fc.nat(5)).filter(([left, right]) => left < right);
    fc.assert(
      fc.property(
        fc.uniqueArray(edge, { selector: String }),
        fc.shuffledSubarray(names, { minLength: 6 }),
        (edges, listed) => {
          const reads: Record<string, string[]> = {};
          for (const [read, reader] of edges) reads[names[reader]!] = [...(reads[names[reader]!] ?? []), names[read]!];
          const { order } = relations({ tasks: listed, reads });
          expect([...order].sort()).toEqual(names);
          for (const [reader, list] of Object.entries(reads))
            for (const read of list) expect(order.indexOf(read)).toBeLessThan(order.indexOf(reader));
        },
      ),
    );
  });
});

describe('consistent', () => {
  const made = relations({ tasks: ['topic', 'kind'], hierarchy: { kind: { parent: 'topic', under } } });
  const labels = { topic: ['sport', 'money', 'art'], kind: ['football', 'tennis', 'stocks'] };

  it('sums over the parents: an example by hand', () => {
    const found = consistent({
      relations: made,
      labels,
      probabilities: { topic: [0.5, 0.3, 0.2], kind: [0.3, 0.1, 0.6] },
    });
    // below sport: 0.75, 0.25; below money: stocks for sure; below art: nothing
    expect(found.topic).toEqual({ label: 'sport', probabilities: [0.5, 0.3, 0.2], none: 0 });
    expect(found.kind!.label).toBe('football');
    expect(found.kind!.probabilities[0]).toBeCloseTo(0.375, 12);
    expect(found.kind!.probabilities[1]).toBeCloseTo(0.125, 12);
    expect(found.kind!.probabilities[2]).toBeCloseTo(0.3, 12);
    expect(found.kind!.none).toBeCloseTo(0.2, 12);
  });

  it('takes the most probable pair, also where the parent alone would say otherwise', () => {
    const found = consistent({
      relations: made,
      labels,
      probabilities: { topic: [0.5, 0.45, 0.05], kind: [0.5, 0.5, 0] },
    });
    // sport with either kind is 0.25; money with stocks, which the head thinks impossible, is all there is below money: 0.45
    expect([found.topic!.label, found.kind!.label]).toEqual(['money', 'stocks']);
  });

  it('gives a child no label below a parent label that has none', () => {
    const found = consistent({ relations: made, labels, probabilities: { topic: [0.1, 0.1, 0.8], kind: [1, 0, 0] } });
    expect([found.topic!.label, found.kind!.label]).toEqual(['art', null]);
  });

  it('never contradicts itself, over three levels and any probabilities', () => {
    const third: Parent = { parent: 'kind', under: { football: ['cup', 'league'], stocks: ['bonds'] } };
    const three = relations({
      tasks: ['event', 'kind', 'topic'],
      hierarchy: { kind: { parent: 'topic', under }, event: third },
    });
    const all = { ...labels, event: ['cup', 'league', 'bonds'] };
    const distribution = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 })
      .filter((list) => list.some((value) => value > 0))
      .map((list) => list.map((value) => value / list.reduce((sum, one) => sum + one, 0)));
    fc.assert(
      fc.property(distribution, distribution, distribution, (topic, kind, event) => {
        const found = consistent({ relations: three, labels: all, probabilities: { topic, kind, event } });
        const row = Object.fromEntries(Object.entries(found).map(([task, { label }]) => [task, label]));
        expect(contradictions(three, [row])).toEqual([]);
        if (row.kind === null) expect(row.event).toBeNull();
        for (const { probabilities, none } of Object.values(found))
          expect(probabilities.reduce((sum, value) => sum + value, none)).toBeCloseTo(1, 9);
        // a child label is at most as probable as the parent labels it can stand below
        expect(found.kind!.probabilities[2]).toBeLessThanOrEqual(topic[1]! + 1e-12);
        expect(found.event!.probabilities[2]).toBeLessThanOrEqual(found.kind!.probabilities[2]! + 1e-12);
      }),
    );
  });

  it('refuses probabilities that do not fit', () => {
    const of = (probabilities: Record<string, number[]>) => () =>
      consistent({ relations: made, labels, probabilities });
    expect(of({ topic: [0.5, 0.5], kind: [1, 0, 0] })).toThrow('one for each of 3 labels');
    expect(of({ topic: [0.5, 0.5, 0.5], kind: [1, 0, 0] })).toThrow('of sum 1');
    expect(of({ kind: [1, 0, 0] })).toThrow('expected those of "topic"');
  });
});

describe('contradictions', () => {
  const third: Parent = { parent: 'kind', under: { football: ['cup'], stocks: ['bonds'] } };
  const made = relations({
    tasks: ['topic', 'kind', 'event'],
    hierarchy: { kind: { parent: 'topic', under }, event: third },
  });

  it('are labels below the wrong parent, and labels where there may be none', () => {
    const rows = [
      { topic: 'sport', kind: 'tennis', event: null },
      { topic: 'money', kind: 'tennis' },
      { topic: 'art', kind: 'stocks', event: 'bonds' },
    ];
    expect(contradictions(made, rows)).toEqual([
      { row: 1, task: 'kind', label: 'tennis', parent: 'topic', parentLabel: 'money', allowed: ['stocks'] },
      { row: 2, task: 'kind', label: 'stocks', parent: 'topic', parentLabel: 'art', allowed: [] },
    ]);
  });

  it('look through missing levels', () => {
    expect(
      contradictions(made, [{ topic: 'sport', event: 'cup' }, { event: 'bonds' }, { kind: 'stocks' }, {}]),
    ).toEqual([]);
    expect(contradictions(made, [{ topic: 'sport', event: 'bonds' }])).toEqual([
      { row: 0, task: 'event', label: 'bonds', parent: 'kind', parentLabel: null, allowed: ['cup'] },
    ]);
  });
});
