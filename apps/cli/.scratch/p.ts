import { compile, openDevice } from '@polytask/engine';
import { probe } from '../src/doctor/probe.ts';

for (const name of process.argv.slice(2)) {
  try {
    console.log(name, await probe(await openDevice(name)));
  } catch (e) {
    console.log(name, (e as Error).stack);
  }
}
