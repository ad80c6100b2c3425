/** What a run did, as a table: a row per step. */
import type { StepSummary } from '@wasserflow/core';
import { number, table } from './table.js';

/** A longer table shows its first and its last rows. */
const SHOWN = 40;

const namesIn = (records: readonly Readonly<Record<string, number>>[]): string[] => [
  ...new Set(records.flatMap((record) => Object.keys(record))),
];

const cell = (value: number | undefined): string => (value === undefined ? '' : number(value));

/** Columns: step, step size, status, the metrics, and what the steps tell of themselves. */
export function summaryTable(summaries: readonly StepSummary[]): string {
  const metrics = namesIn(summaries.map((s) => s.metrics));
  const infos = namesIn(summaries.map((s) => s.info));
  const infoTitles = infos.map((name) => (metrics.includes(name) ? `step.${name}` : name));
  const row = ({ step, gamma, status, metrics: measured, info }: StepSummary): string[] => [
    String(step),
    step === 0 ? '' : number(gamma),
    status,
    ...metrics.map((name) => cell(measured[name])),
    ...infos.map((name) => cell(info[name])),
  ];
  const rows = summaries.map(row);
  const hidden = rows.length - SHOWN;
  const shown = hidden > 1 ? [...rows.slice(0, SHOWN / 2), ['...'], ...rows.slice(-SHOWN / 2)] : rows;
  return table(['step', 'gamma', 'status', ...metrics, ...infoTitles], shown, 'right');
}
