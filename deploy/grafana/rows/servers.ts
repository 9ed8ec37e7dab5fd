// What the servers said during a load test, under what the clients saw and in the same order: the Cluster dashboard's
// own panels.

import type { Row } from '../model.ts';
import { busRoundtrip } from './bus.ts';
import { deliveredEvents, deliveryLatency, publishing, repairsAndResets, timeToPublish } from './delivery.ts';
import { bytesPerStream, cpu, loopLag, memory } from './runtime.ts';
import { sentBytes, slowStreams } from './sending.ts';
import { closesByReason, opensAndCloses, streamsByReplica } from './streams.ts';

export const servers: Row = {
  title: 'What the servers said',
  panels: [
    streamsByReplica,
    deliveredEvents,
    { ...deliveryLatency, width: 8, height: 8 },
    opensAndCloses,
    repairsAndResets,
    sentBytes,
    publishing,
    timeToPublish,
    closesByReason,
  ],
};

export const cost: Row = {
  title: 'What it cost',
  panels: [cpu, loopLag, memory, bytesPerStream, busRoundtrip, slowStreams],
};
