// Loaded into a replica before it starts: SIGUSR2 turns its metrics off and on again, so that one process under one load
// can be measured with and without them. What is off is prom-client's work and what it has Node measure.

import { createRequire } from 'node:module';
import { Counter, Gauge, Histogram } from 'prom-client';

// prom-client asks through CommonJS, where a function can be replaced.
const hooks = createRequire(import.meta.url)('node:perf_hooks') as typeof import('node:perf_hooks');

let on = true;
const switches: (() => void)[] = [];

for (const [prototype, method] of [
  [Counter.prototype, 'inc'],
  [Gauge.prototype, 'set'],
  [Histogram.prototype, 'observe'],
] as const) {
  const methods = prototype as unknown as Record<string, (...values: unknown[]) => void>;
  const counted = methods[method] as (...values: unknown[]) => void;
  switches.push(() => {
    methods[method] = on ? counted : () => undefined;
  });
}

const { monitorEventLoopDelay } = hooks;
hooks.monitorEventLoopDelay = (options) => {
  const histogram = monitorEventLoopDelay(options);
  switches.push(() => (on ? histogram.enable() : histogram.disable()));
  return histogram;
};

process.on('SIGUSR2', () => {
  on = !on;
  for (const turn of switches) turn();
});
