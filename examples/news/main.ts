// Trains on the bundled headlines, judges the model on the test part, and predicts three new headlines.
// Run: npm start
import { fileURLToPath } from 'node:url';
import { openRun, readRunFile, trainRun } from '@polytask/run';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const percent = (value: number | null | undefined) => (value == null ? '–' : `${(100 * value).toFixed(1)} %`);

console.log('Training two tasks, topic and sentiment, in one model …\n');
const run = await readRunFile(here('run.yaml'));
const summary = await trainRun(run, {
  out: here('runs'),
  onEvent(event) {
    if (event.type === 'start')
      console.log(`${event.examples.train} headlines to learn from, ${event.steps} steps, ${event.device}`);
    if (event.type !== 'evaluation' || event.part !== 'validation') return;
    const scores = Object.entries(event.tasks).map(([task, { metrics }]) => `${task} ${percent(metrics.accuracy)}`);
    console.log(
      `epoch ${String(event.epoch + 1).padStart(2)}   validation accuracy: ${scores.join('   ')}${event.improved ? '   best so far' : ''}`,
    );
  },
});

console.log(`\nOn headlines that it never saw, after ${summary.seconds.toFixed(0)} s:`);
for (const [task, { labels, metrics }] of Object.entries(summary.test ?? {})) {
  const majority = percent(summary.majority?.[task]?.metrics.accuracy);
  console.log(
    `  ${task.padEnd(10)} accuracy ${percent(metrics.accuracy)}   macro-F1 ${percent(metrics.macroF1)}   (${labels} labels; always the most frequent one: ${majority})`,
  );
}

console.log('\nNew headlines:');
await using model = await openRun(summary.folder);
const headlines = [
  'Striker scores twice in extra time as the champions win the cup before a cheering home crowd.',
  'The bank closes forty branches after heavy losses on property loans, and a thousand clerks lose their jobs.',
  '芯片公司发布新一代处理器,手机续航时间翻倍,用户一致好评。',
];
for (const [at, { tasks }] of (await model.predict(headlines)).entries()) {
  console.log(`  ${headlines[at]}`);
  for (const [task, prediction] of Object.entries(tasks))
    if ('label' in prediction)
      console.log(`    ${task.padEnd(10)} ${prediction.label} (${percent(prediction.probability)})`);
}

console.log(`\nWeights, metrics and checkpoints: ${summary.folder}`);
