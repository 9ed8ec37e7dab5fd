// What the clients of a load test saw, by k6's remote write. Each panel stands above what the servers said of the same.

import { K6 } from '../k6.ts';
import { type Given, graph, type Row, stat } from '../model.ts';
import { LATE_SECONDS } from './now.ts';

const sum = (name: string) => `sum(${name})`;
const rate = (name: string) => `sum(rate(${name}[$__rate_interval]))`;
const growth = (name: string) => `sum(increase(${name}[$__range]))`;

const NO_TEST = { mayBeEmpty: { reason: 'no load test has run', shown: 'No load test has run' } };
const clientGraph = (given: Given) => graph({ ...NO_TEST, ...given });
const verdict = (title: string, name: string, description: string, colour: 'orange' | 'red') =>
  stat({
    ...NO_TEST,
    title,
    description,
    unit: 'count',
    width: 4,
    queries: [{ expr: growth(name), legend: title }],
    steps: [{ from: 1, colour }],
  });

export const verdicts: Row = {
  title: 'Did it hold?',
  panels: [
    stat({
      ...NO_TEST,
      title: 'Undelivered',
      description: 'Messages that were acknowledged and had not come when the test was over. The contract says 0.',
      unit: 'count',
      width: 4,
      queries: [{ expr: growth(K6.undelivered), legend: 'undelivered' }],
      steps: [{ from: 1, colour: 'red' }],
    }),
    stat({
      ...NO_TEST,
      title: 'Received p99',
      description: "From the publisher's clock to the client's: the whole way. 99 % are faster.",
      unit: 'seconds',
      width: 4,
      queries: [{ expr: `max(${K6.deliveryP99}) / 1000`, legend: 'p99' }],
      steps: [{ from: LATE_SECONDS, colour: 'red' }],
    }),
    verdict('Gaps', K6.gaps, 'Messages that never came although no reset was sent. The contract says 0.', 'red'),
    verdict('Duplicates', K6.duplicates, 'Messages that came twice. The contract says 0.', 'red'),
    verdict('Resets received', K6.resets, 'Streams that were told that messages may be missing.', 'orange'),
    verdict('Reconnects', K6.reconnects, 'Streams opened again. Expected where replicas were stopped.', 'orange'),
  ],
};

export const clients: Row = {
  title: 'What the clients saw',
  panels: [
    clientGraph({
      title: "Clients' streams",
      description: "k6's virtual users, and the streams that they hold open.",
      unit: 'count',
      queries: [
        { expr: sum(K6.users), legend: 'virtual users' },
        { expr: sum(K6.streams), legend: 'streams' },
      ],
    }),
    clientGraph({
      title: 'Received',
      description:
        'Messages that arrived at clients. Below what the servers say they wrote: they are on their way, or lost.',
      unit: 'perSecond',
      queries: [{ expr: rate(K6.events), legend: 'messages' }],
    }),
    clientGraph({
      title: 'Latency at the clients',
      description:
        "From the publisher's clock to the client's. What the servers do not see is the network and the client.",
      unit: 'seconds',
      queries: [
        { expr: `max(${K6.deliveryP50}) / 1000`, legend: 'p50' },
        { expr: `max(${K6.deliveryP99}) / 1000`, legend: 'p99' },
      ],
      steps: [{ from: LATE_SECONDS, colour: 'red' }],
    }),
    clientGraph({
      title: 'Reconnects and resets',
      description:
        'Streams opened again, those of them that went on where they had been, and those told that messages may be missing.',
      unit: 'perSecond',
      queries: [
        { expr: rate(K6.reconnects), legend: 'reconnects' },
        { expr: rate(K6.resumed), legend: 'resumed' },
        { expr: rate(K6.resets), legend: 'resets' },
      ],
    }),
    clientGraph({
      title: 'Gaps, duplicates and reorderings',
      description: 'Messages that never came, came twice, or out of order. One is one too many.',
      unit: 'perSecond',
      queries: [
        { expr: rate(K6.gaps), legend: 'gaps' },
        { expr: rate(K6.duplicates), legend: 'duplicates' },
        { expr: rate(K6.reorderings), legend: 'reorderings' },
      ],
      steps: [{ from: 0.001, colour: 'red' }],
    }),
    clientGraph({
      title: 'Time to come back',
      description: 'From a stream lost to its first event elsewhere: 99 % are faster, since the test began.',
      unit: 'seconds',
      queries: [{ expr: `max(${K6.reconnectP99})`, legend: 'p99' }],
    }),
    clientGraph({
      title: 'Received bytes',
      description: 'Bytes that arrived at clients.',
      unit: 'bytesPerSecond',
      queries: [{ expr: rate(K6.bytes), legend: 'bytes' }],
    }),
  ],
};
