// The first screen, which answers one question in five seconds: are users getting their messages now?

import { COUNTERS, GAUGES, HISTOGRAMS, OTHERS, PROCESS } from '../../../src/metric-catalogue.ts';
import { NGINX } from '../../exporters.ts';
import { FIRING, FIRING_SINCE } from '../alerts.ts';
import { type Row, stat, table } from '../model.ts';
import { growth, orZero, quantile, rate, series, sum } from '../queries.ts';

/** Above this p99 messages come late enough for users to notice, s. */
export const LATE_SECONDS = 1;
// Probes come over the subscription every few seconds; by now one is missing for sure.
const DEAF_SECONDS = 15;

/** Where so many publishes of a hundred fail, a publisher's next try fails too. */
const FAILING = 0.5;

// 0 no, 1 late, 2 yes. While nothing is sent p99 and the share of failures are NaN, which is above nothing, and before
// the second scrape there are none. Where no exporter tells of nginx, another proxy may be in its place.
const reached = `(${sum(series(GAUGES.ready))} > bool 0) * (min(${series(OTHERS.busUp)}) > bool 0)`;
const open = `(min(${NGINX.up}{job="nginx"}) or vector(1))`;
const heard = `(max(${series(GAUGES.busSilence)}) < bool ${DEAF_SECONDS})`;
const asked = `(${sum(rate(COUNTERS.published))} - ${sum(rate(COUNTERS.published, { result: 'rejected' }))})`;
const failed = sum(rate(COUNTERS.published, { result: 'error' }));
const published = `(1 - (${failed} / ${asked} >= bool ${FAILING}) or vector(1))`;
const punctual = `(2 - (${quantile(0.99, HISTOGRAMS.latency)} > bool ${LATE_SECONDS}) or vector(2))`;

/** The answer to the screen's question. */
export const usersGetTheirMessages = orZero([reached, open, heard, published, punctual].join(' * '));

export const now: Row = {
  title: 'Now',
  panels: [
    stat({
      title: 'Users get their messages',
      description:
        `Yes: nginx answers, a replica is ready, every replica hears the bus, messages can be published, and 99 % of them are written within ${LATE_SECONDS} s. ` +
        'Late: they are written, but later. No: nginx is down, nobody is ready, a replica is cut off from the bus, or at least half of what is published fails.',
      unit: 'words',
      queries: [{ expr: usersGetTheirMessages, legend: 'Users get their messages' }],
      words: {
        0: { text: 'No', colour: 'red' },
        1: { text: 'Late', colour: 'orange' },
        2: { text: 'Yes', colour: 'green' },
      },
    }),
    stat({
      title: 'Streams open',
      description: 'Clients that are listening now, over all replicas.',
      unit: 'count',
      queries: [{ expr: sum(series(GAUGES.streams)), legend: 'streams' }],
    }),
    stat({
      title: 'Replicas ready',
      description: 'Replicas whose /readyz answers 200, of those that answer Prometheus.',
      unit: 'count',
      queries: [
        { expr: sum(series(GAUGES.ready)), legend: 'ready' },
        { expr: `count(${series(PROCESS.started)})`, legend: 'found' },
      ],
    }),
    stat({
      title: 'Delivered',
      description: 'Messages written to clients, one for each recipient.',
      unit: 'perSecond',
      queries: [{ expr: sum(rate(COUNTERS.delivered)), legend: 'delivered' }],
    }),
    stat({
      title: 'Delivery p99',
      description:
        "From a message in the log to the last local client's socket: 99 % are faster. No value while nothing is sent.",
      unit: 'seconds',
      queries: [{ expr: quantile(0.99, HISTOGRAMS.latency), legend: 'p99' }],
      steps: [
        { from: 0.25, colour: 'orange' },
        { from: LATE_SECONDS, colour: 'red' },
      ],
    }),
    stat({
      title: 'Resets',
      description:
        'Streams that were told that messages may be missing (fanfare:reset), in the time shown. Each is a client that had to load its state anew.',
      unit: 'count',
      queries: [{ expr: growth(COUNTERS.resets), legend: 'resets' }],
      steps: [{ from: 1, colour: 'orange' }],
    }),
    stat({
      title: 'Bus',
      description: 'Whether every replica is connected to Redis, both for commands and for its subscription.',
      unit: 'words',
      queries: [{ expr: `min(${series(OTHERS.busUp)})`, legend: 'bus' }],
      words: { 0: { text: 'Down', colour: 'red' }, 1: { text: 'Up', colour: 'green' } },
    }),
    stat({
      title: 'Alerts firing',
      description: 'How many alerts are firing. The table below names them.',
      unit: 'count',
      queries: [{ expr: orZero(`count(${FIRING})`), legend: 'alerts' }],
      steps: [{ from: 1, colour: 'red' }],
    }),
    table({
      title: 'Firing alerts',
      description: 'What is wrong now, where, and since when. Each alert has a section in the runbook.',
      unit: 'since',
      height: 5,
      queries: [
        {
          expr: `max by (alertname, severity, job, instance) (${FIRING_SINCE} * 1000)`,
          legend: 'Since',
        },
      ],
      columns: { alertname: 'Alert', severity: 'Severity', job: 'Job', instance: 'Replica' },
      mayBeEmpty: { reason: 'no alert is firing', shown: 'No alert is firing' },
    }),
  ],
};
