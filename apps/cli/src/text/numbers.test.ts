import { expect, it } from 'vitest';
import { byteSize, counted, decimal, duration, percent, signed } from './numbers.ts';

it('counts in words, with the plural where it belongs', () => {
  expect([counted(0, 'row'), counted(1, 'row'), counted(1200, 'row'), counted(2, 'class', 'classes')]).toEqual([
    '0 rows',
    '1 row',
    '1,200 rows',
    '2 classes',
  ]);
});

it('shows losses and metrics with three decimals, and tiny and huge ones with an exponent', () => {
  expect([0.81249, -0.00001, 0, 12.3456, 123.456, 1234.5, 2e-5, 3.2e7].map(decimal)).toEqual([
    '0.812',
    '-1.00e-5',
    '0.000',
    '12.346',
    '123.5',
    '1235',
    '2.00e-5',
    '3.20e+7',
  ]);
});

it('shows a missing number as a dash and never as zero', () => {
  expect([
    decimal(null),
    decimal(undefined),
    decimal(Number.NaN),
    percent(Number.NaN),
    duration(Number.POSITIVE_INFINITY),
  ]).toEqual(['–', '–', 'NaN', '–', '–']);
});

it('gives differences a sign', () => {
  expect([signed(0.0123), signed(-0.2), signed(0)]).toEqual(['+0.012', '−0.200', '±0']);
  expect([signed(-8.8e-6), signed(0.0004), signed(-0.0007)]).toEqual(['±0', '±0', '−0.001']);
  expect(signed(-8.8e-6, 3e-4)).toBe('−8.80e-6');
});

it('keeps percentages that are not quite nothing or all apart from these', () => {
  expect([0, 0.001, 0.126, 0.999, 1].map(percent)).toEqual(['0 %', '< 1 %', '13 %', '> 99 %', '100 %']);
});

it('shows durations in the unit that suits them', () => {
  expect([0.31, 420, 4230, 59_960, 125_000, 3_725_000].map(duration)).toEqual([
    '0.3 ms',
    '420 ms',
    '4.2 s',
    '1:00 min',
    '2:05 min',
    '1:02:05 h',
  ]);
});

it('shows sizes in binary units', () => {
  expect([12, 3482, 125_829_120, 1023.9 * 1024].map(byteSize)).toEqual(['12 B', '3.4 KiB', '120 MiB', '1.0 MiB']);
});
