import type { Balancer } from '../balancer.ts';
import { aligned } from './aligned.ts';
import { cagrad } from './cagrad.ts';
import { config } from './config.ts';
import { dualProj } from './dual-proj.ts';
import { fairgrad } from './fairgrad.ts';
import { gradvac } from './gradvac.ts';
import { imtlG } from './imtl-g.ts';
import { krum } from './krum.ts';
import { mgda } from './mgda.ts';
import { nash } from './nash.ts';
import { pcgrad } from './pcgrad.ts';
import { upgrad } from './upgrad.ts';

/** The methods of golden files. Their options are JSON, as in those files. */
// biome-ignore lint/suspicious/noExplicitAny: options and states of all methods
const factories: Readonly<Record<string, (options: any) => Balancer<any>>> = {
  aligned,
  cagrad,
  config,
  dualProj,
  fairgrad,
  gradvac,
  imtlG,
  krum,
  mgda,
  nash,
  pcgrad,
  upgrad,
};

// biome-ignore lint/suspicious/noExplicitAny: as above
export function byName(method: string, options: object): Balancer<any> {
  return factories[method]!(options);
}
