// Checked by `tsc --noEmit` alone: every line marked with @ts-expect-error has to be an error.
import type { HostTensor } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import type { Context, Layer } from './layer.ts';
import type { Summed } from './loss.ts';
import { defineModel, type Task } from './model.ts';

type EncoderParams = { readonly table: tf.Tensor };
type Inputs = { readonly ids: tf.Tensor };
type Scores = { readonly means: tf.Tensor; readonly spread: tf.Tensor };

declare const encoder: Layer<EncoderParams, Inputs>;
declare const classes: Task<{ readonly weight: tf.Tensor }, { readonly classes: tf.Tensor }>;
declare const values: Task<{ readonly slope: tf.Tensor }, { readonly values: tf.Tensor }, Scores>;
declare const tensor: tf.Tensor;
declare const context: Context;
declare const key: Parameters<typeof model.init>[0];

const model = defineModel({ encoder, inputShape: [3], tasks: { topic: classes, mood: values } });

// the names of the tasks
expectTypeOf(model.tasks).toEqualTypeOf<readonly ('topic' | 'mood')[]>();

// parameters
const host = model.init(key);
expectTypeOf(host.encoder.table).toEqualTypeOf<HostTensor>();
expectTypeOf(host.heads.topic.weight).toEqualTypeOf<HostTensor>();
expectTypeOf(host.heads.mood.slope).toEqualTypeOf<HostTensor>();
// @ts-expect-error: no task of this name
host.heads.sentiment;
// @ts-expect-error: the parameter of the other task
host.heads.topic.slope;

const params = { encoder: { table: tensor }, heads: { topic: { weight: tensor }, mood: { slope: tensor } } };
const representation = model.represent(params, { ids: tensor }, context);
expectTypeOf(representation).toEqualTypeOf<tf.Tensor>();
const renamed = { encoder: params.encoder, heads: { topic: { weight: tensor }, sentiment: { slope: tensor } } };
// @ts-expect-error: the parameters of a task under its old name
model.represent(renamed, { ids: tensor }, context);
// @ts-expect-error: inputs of another encoder
model.represent(params, { pixels: tensor }, context);

// outputs: each of its own head's type
const outputs = model.outputs(params, representation, context);
expectTypeOf(outputs.topic).toEqualTypeOf<tf.Tensor>();
expectTypeOf(outputs.mood).toEqualTypeOf<Scores>();
// @ts-expect-error: no task of this name
outputs.sentiment;

// targets and losses
const losses = model.losses(params, representation, { topic: { classes: tensor }, mood: { values: tensor } }, context);
expectTypeOf(losses).toEqualTypeOf<{ readonly topic: Summed; readonly mood: Summed }>();
// @ts-expect-error: no task of this name
losses.sentiment;
// @ts-expect-error: the target of a task under its old name
model.losses(params, representation, { topic: { classes: tensor }, sentiment: { values: tensor } }, context);
// @ts-expect-error: a task without its target
model.losses(params, representation, { topic: { classes: tensor } }, context);
// @ts-expect-error: the target of the other kind of task
model.losses(params, representation, { topic: { values: tensor }, mood: { values: tensor } }, context);

// @ts-expect-error: a head that does not take a tensor cannot be a task
defineModel({ encoder, inputShape: [3], tasks: { topic: { ...classes, layer: encoder } } });
