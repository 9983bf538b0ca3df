import { didYouMean, quote } from '@polytask/base';
import type { Finding } from './explain.ts';
import { aggregators, heads } from './names.ts';
import { sharingChecks } from './sharing-checks.ts';
import { structuredChecks } from './structured-checks.ts';

/** What single keys cannot show: E1209, keys that contradict each other or name what is not there. Works on values of any shape. */
export function crossChecks(raw: unknown): Finding[] {
  const file = record(raw);
  const [data, split, train, select, balance, sampling] = [
    file.data,
    file.split,
    file.train,
    file.select,
    file.balance,
    file.sampling,
  ].map(record) as [Values, Values, Values, Values, Values, Values];
  const tasks = Object.keys(record(file.tasks));
  const findings: Finding[] = [];
  const add = (path: readonly PropertyKey[], message: string, fix?: string, at: Finding['at'] = 'value') =>
    findings.push({ path, at, problem: { code: 'E1209', message, ...(fix !== undefined && { fix }) } });
  const knownTask = (path: readonly PropertyKey[], name: unknown, at: Finding['at'] = 'value') => {
    if (typeof name === 'string' && !tasks.includes(name))
      add(path, `There is no task ${quote(name)}.`, didYouMean(name, tasks), at);
  };

  // the file itself has no such key, which is told
  for (const path of unusable(raw))
    if (path.length > 1) add(path, 'The key "__proto__" cannot be used.', 'Give it another name.', 'key');
  if (isRecord(file.tasks) && tasks.length === 0) add(['tasks'], 'Expected at least one task. Found none.');
  if (isRecord(file.inputs)) {
    const inputs = Object.keys(file.inputs).length;
    if (inputs !== 1)
      add(['inputs'], `Expected exactly one input: several inputs are not supported yet. Found ${inputs}.`);
  }
  const types = Object.values(record(file.inputs)).map((input) => record(input).type);
  for (const [task, section] of Object.entries(record(file.tasks)))
    if (record(section).type === 'transcribe' && types.length > 0 && !types.includes('speech'))
      add(['tasks', task, 'type'], 'Only speech can be transcribed.', 'Use an input of type: speech.');
  const sharing = record(file.sharing);
  for (const [task, { type, column, columns }] of Object.entries(records(file.tasks)))
    if (column === undefined && columns === undefined && type !== 'custom' && !Object.hasOwn(heads, String(type)))
      findings.push({
        path: ['tasks', task, 'column'],
        at: 'value',
        problem: { code: 'E1204', message: 'Missing: expected a text.' },
      });
  const sections = { inputs: records(file.inputs), tasks: records(file.tasks) };
  structuredChecks({ ...sections, data }, add);
  sharingChecks({ ...sections, sharing }, add);
  const given = [data.source, data.sources, split.by === 'files' ? split.files : undefined].filter(
    (part) => part !== undefined,
  );
  if (given.length === 0)
    add(['data'], 'No data: expected data.source, data.sources or split.files.', 'Name a .jsonl, .csv or .tsv file.');
  if (given.length > 1)
    add(['data'], 'Expected one of data.source, data.sources and split.files. Found several.', 'Keep one of them.');
  if (train.epochs !== undefined && train.steps !== undefined)
    add(['train', 'steps'], 'Expected epochs or steps. Found both.', 'Keep one of them.');
  const encoders = Object.values(record(file.inputs)).map((input) => record(record(input).encoder).type);
  const depths: [PropertyKey[], unknown][] = [
    [['train', 'optimizer', 'layerDecay'], record(train.optimizer).layerDecay],
    [['train', 'unfreeze'], train.unfreeze],
  ];
  for (const [path, value] of depths)
    if (value !== undefined && encoders.length > 0 && !encoders.includes('bert'))
      add(path, 'Only encoders of type bert have layers that are trained each in its own way.', 'Leave it out.', 'key');
  for (const [input, section] of Object.entries(record(file.inputs))) {
    const columns = list(record(section).columns).map(String);
    const knownColumns = (path: readonly PropertyKey[], names: unknown) => {
      for (const [at, name] of list(names).entries())
        if (columns.length > 0 && typeof name === 'string' && !columns.includes(name))
          add([...path, at], `The input has no column ${quote(name)}.`, didYouMean(name, columns));
    };
    knownColumns(['inputs', input, 'encoder', 'codes'], record(record(section).encoder).codes);
    list(record(section).augment).forEach((step, number) => {
      knownColumns(['inputs', input, 'augment', number, 'columns'], record(step).columns);
      const path = ['inputs', input, 'augment', number, 'unsafeFor'];
      const unsafe = list(record(step).unsafeFor);
      unsafe.forEach((name, at) => {
        knownTask([...path, at], name);
      });
      if (tasks.length > 0 && tasks.every((task) => unsafe.includes(task)))
        add(path, 'An augmentation that is unsafe for every task changes no example.', 'Leave it out.');
    });
  }
  for (const [input, section] of Object.entries(record(file.inputs))) {
    const { mix } = record(section);
    if (mix === undefined) continue;
    const unsafe = list(record(mix).unsafeFor);
    unsafe.forEach((name, at) => {
      knownTask(['inputs', input, 'mix', 'unsafeFor', at], name);
    });
    for (const [task, own] of Object.entries(record(file.tasks)))
      if (!['classify', 'regress', 'custom'].includes(String(record(own).type)) && !unsafe.includes(task))
        add(['inputs', input, 'mix'], `Labels of the task ${quote(task)} cannot be mixed.`, `Add it to unsafeFor.`);
  }
  list(split.tasks).forEach((name, at) => {
    knownTask(['split', 'tasks', at], name);
  });
  if (split.by === 'kFold' && typeof split.fold === 'number' && typeof split.folds === 'number') {
    if (split.fold >= split.folds)
      add(['split', 'fold'], `Expected a fold from 0 to ${split.folds - 1}. Found ${split.fold}.`);
  }
  if (split.redraw !== undefined) {
    if (split.by === 'files' && record(split.files).validation !== undefined)
      add(
        ['split', 'redraw'],
        'The validation file says which rows validate.',
        'Leave redraw out, or the file.',
        'key',
      );
    if (list(split.fractions)[1] === 0)
      add(
        ['split', 'redraw'],
        'There is no validation part to draw anew. It has the fraction 0.',
        'Leave redraw out.',
        'key',
      );
    if (!['joint', 'curriculum'].includes(String(sampling.type ?? 'joint')))
      add(
        ['split', 'redraw'],
        `Sampling of type ${quote(String(sampling.type))} is of training rows that stay.`,
        'Use sampling: joint or curriculum.',
        'key',
      );
  }
  if (sampling.type === 'curriculum') {
    knownTask(['sampling', 'within'], sampling.within);
    const { type } = record(record(file.tasks)[String(sampling.within)]);
    if (['regress', 'transcribe', 'tag', 'detect', 'multiLabel'].includes(String(type)))
      add(
        ['sampling', 'within'],
        `Expected a task whose labels are classes. Found one of type ${quote(String(type))}.`,
      );
  }
  if (balance.type === 'dtp') {
    for (const [task, section] of Object.entries(records(file.tasks))) {
      const [primary] = list(section.metrics);
      if (['rmse', 'mae', 'logLoss'].includes(String(primary)))
        add(
          ['tasks', task, 'metrics', 0],
          `Balancing by dtp needs a primary metric within 0 and 1. ${quote(primary)} has no such range.`,
          'Name another metric first.',
        );
    }
    if (list(split.fractions)[1] === 0)
      add(['balance', 'type'], 'Balancing by dtp needs a validation part. It has the fraction 0.');
  }
  list(sampling.tasks).forEach((name, at) => {
    knownTask(['sampling', 'tasks', at], name);
  });
  for (const name of Object.keys(record(sampling.batch))) knownTask(['sampling', 'batch', name], name, 'key');
  const relations = record(file.relations);
  const related = [
    ...Object.entries(record(relations.hierarchy)).flatMap(([child, own]) => [
      { path: ['relations', 'hierarchy', child], name: child, at: 'key' as const },
      { path: ['relations', 'hierarchy', child, 'parent'], name: record(own).parent, at: 'value' as const },
    ]),
  ];
  for (const { path, name, at } of related) {
    knownTask(path, name, at);
    const type = record(record(file.tasks)[String(name)]).type;
    if (type === 'regress' || type === 'transcribe')
      add(path, `A hierarchy is one of classes. Found the task ${quote(name)} of type ${quote(type)}.`, undefined, at);
  }
  const { first, both } = record(relations.esmm);
  for (const [key, name] of Object.entries({ first, both })) {
    if (name === undefined) continue;
    knownTask(['relations', 'esmm', key], name);
    const { type } = record(record(file.tasks)[String(name)]);
    if (type !== undefined && type !== 'classify')
      add(['relations', 'esmm', key], `Expected a task of two classes. Found one of type ${quote(String(type))}.`);
  }
  if (first !== undefined && first === both)
    add(['relations', 'esmm', 'both'], 'Expected another task than the first.');
  for (const [reader, names] of Object.entries(record(relations.reads))) {
    knownTask(['relations', 'reads', reader], reader, 'key');
    for (const [at, name] of list(names).entries()) knownTask(['relations', 'reads', reader, at], name);
    for (const name of [reader, ...list(names)])
      if (record(record(file.tasks)[String(name)]).type === 'transcribe')
        add(['relations', 'reads', reader], `Outputs that are read are vectors. ${quote(name)} has texts.`);
  }
  for (const [at, pair] of list(relations.correlated).entries()) {
    const names = list(record(pair).tasks);
    for (const [side, name] of names.entries()) knownTask(['relations', 'correlated', at, 'tasks', side], name);
    const kinds = names.map((name) => record(record(file.tasks)[String(name)]).type);
    if (
      names.every((name) => tasks.includes(String(name))) &&
      (kinds[0] !== kinds[1] || !['classify', 'regress'].includes(String(kinds[0])))
    )
      add(
        ['relations', 'correlated', at, 'tasks'],
        'Only two tasks of classes, or two of numbers, can be pulled together.',
      );
  }
  if (relations.reads !== undefined && sharing.outputs !== undefined)
    add(['relations', 'reads'], 'Expected relations.reads or sharing.outputs. Found both.', 'Keep one of them.');
  const selectors = [
    { path: ['sampling', 'selector'], own: record(sampling.selector) },
    ...list(record(sampling.selector).parts).map((part, at) => ({
      path: ['sampling', 'selector', 'parts', at, 'selector'],
      own: record(record(part).selector),
    })),
  ];
  for (const { path, own } of selectors) {
    for (const [at, name] of list(own.tasks).entries()) knownTask([...path, 'tasks', at], name);
    for (const name of Object.keys(record(own.importance))) knownTask([...path, 'importance', name], name, 'key');
    if (new Set(list(own.tasks)).size < list(own.tasks).length) add([...path, 'tasks'], 'Expected each task once.');
    if (tasks.length > 0 && tasks.every((name) => record(own.importance)[name] === 0))
      add([...path, 'importance'], 'Expected a task with an importance above 0. Found none.');
  }
  if (sampling.per === 'example') {
    if (sampling.batch !== undefined)
      add(['sampling', 'batch'], 'Batch sizes of tasks need batches of one task.', 'Use per: batch.', 'key');
    if (sampling.labels === 'own')
      add(['sampling', 'labels'], 'A batch of examples of several tasks has no own task.', 'Use per: batch.');
  }
  if (sampling.type === 'annealed' && sampling.epochs === undefined && train.steps !== undefined)
    add(['sampling', 'epochs'], 'Missing: expected the epochs to anneal over, since the run counts steps.');
  list(data.sources).forEach((source, number) => {
    list(record(source).tasks).forEach((name, at) => {
      knownTask(['data', 'sources', number, 'tasks', at], name);
    });
  });
  // labels that a join brings are those of its rows too
  const named = list(data.sources).map((source) => record(source).tasks);
  if (named.length > 0 && named.every(Array.isArray))
    for (const task of Object.keys(record(file.tasks)))
      if (!named.flat().includes(task))
        add(
          ['tasks', task],
          `No source has labels of ${quote(task)}: each of data.sources names its tasks, and none this one.`,
          'Add it to the tasks of the source whose rows have its labels, also where data.join brings them.',
        );
  const mappings: [PropertyKey[], unknown][] = [
    [['data'], data],
    ...list(data.sources).map((part, at): [PropertyKey[], unknown] => [['data', 'sources', at], part]),
    ...list(data.join).map((part, at): [PropertyKey[], unknown] => [['data', 'join', at], part]),
  ];
  for (const [path, part] of mappings) {
    const columns = Object.entries(record(record(part).columns));
    for (const [at, [from, to]] of columns.entries()) {
      const other = columns.slice(0, at).find(([, target]) => target === to);
      if (other) add([...path, 'columns', from], `${quote(other[0])} and ${quote(from)} both become ${quote(to)}.`);
    }
  }
  if (data.sources !== undefined)
    for (const key of ['columns', 'labels', 'missing', 'encoding'])
      if (data[key] !== undefined)
        add(['data', key], 'Several sources have names of their own.', `Put ${key} below each of data.sources.`, 'key');
  if (select.mode === 'primary') {
    knownTask(['select', 'task'], select.task);
    const metrics = list(record(record(file.tasks)[String(select.task)]).metrics);
    if (metrics.length > 0 && select.metric !== undefined && !metrics.includes(select.metric))
      add(
        ['select', 'metric'],
        `The task ${quote(select.task)} is not judged by ${quote(select.metric)}.`,
        `Its metrics: ${metrics.join(', ')}.`,
      );
  }
  for (const key of ['weights', 'preference', 'ideal', 'importance', 'sizes', 'costs', 'lowerBounds'])
    for (const name of Object.keys(record(balance[key]))) knownTask(['balance', key, name], name, 'key');
  knownTask(['balance', 'target'], balance.target);
  for (const [at, pair] of list(balance.pairs).entries())
    for (const [side, name] of list(pair).entries()) knownTask(['balance', 'pairs', at, side], name);
  const weights = Object.values(record(file.tasks)).map((task) => record(task).weight ?? 1);
  if (Object.hasOwn(aggregators, String(balance.type))) {
    if (train.accumulate !== undefined && train.accumulate !== 1)
      add(['train', 'accumulate'], `${quote(balance.type)} takes steps of one batch.`, 'Leave accumulate out.');
  }
  for (const name of Object.keys(record(balance.leak))) knownTask(['balance', 'leak', name], name, 'key');
  if (weights.length > 0 && weights.every((weight) => weight === 0))
    add(['tasks'], 'Expected a task with a weight above 0. Found none.');
  return findings;
}

/** Where keys stand that JavaScript's records take for something else, so that they would be lost without a word. */
function unusable(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value !== 'object' || value === null || path.length > 16) return [];
  const own = !Array.isArray(value) && Object.hasOwn(value, '__proto__') ? [[...path, '__proto__']] : [];
  return [...own, ...Object.entries(value).flatMap(([key, part]) => unusable(part, [...path, key]))];
}

type Values = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const record = (value: unknown): Values => (isRecord(value) ? value : {});
const records = (value: unknown): Readonly<Record<string, Values>> =>
  Object.fromEntries(Object.entries(record(value)).map(([name, one]) => [name, record(one)]));
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
