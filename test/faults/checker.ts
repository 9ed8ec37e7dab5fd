// The judge: from what publishers sent and what subscribers saw, every way in which the contract was broken. A pure
// function over the logs of a run, so that it can be shown bad histories and must find what is bad in them.
//
// The log's truth is what was acknowledged and what anybody saw. A subscriber owes all of it that is on its channels
// and after its first position, in the order of the ids, but for what a reset covers.

import { compareIds, type Id, type ResetReason } from '../../src/entry.ts';

/** One message as its publisher knows it. Bodies are unique in a run, and so name the message. */
export interface Sent {
  readonly body: string;
  readonly channels: readonly string[];
  /** Those with the same number were one batch, in this order. */
  readonly batch?: number;
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly status: 'acknowledged'; readonly id: Id }
  /** A definite no: it must never arrive. */
  | { readonly status: 'refused' }
  | { readonly status: 'unknown' };

export type Seen =
  | { readonly kind: 'open'; readonly id: Id }
  | { readonly kind: 'reset'; readonly id: Id; readonly reason: ResetReason }
  | { readonly kind: 'message'; readonly id: Id; readonly body: string };

export interface SubscriberLog {
  readonly name: string;
  readonly channels: readonly string[];
  /** Begins with an `open`; later ones are reconnections. */
  readonly seen: readonly Seen[];
}

export interface History {
  readonly sent: readonly Sent[];
  readonly subscribers: readonly SubscriberLog[];
}

export type Fault =
  /** R3: missing in the middle of a connection, across a reconnection, or at the end. */
  | 'lost'
  | 'silent gap'
  | 'behind'
  /** R2. */
  | 'duplicated'
  /** R1. */
  | 'reordered'
  /** Never sent, or on a channel not subscribed. */
  | 'phantom'
  /** P4: one message, two ids. */
  | 'published twice'
  /** P2: of a batch only a part, or in another order. */
  | 'half-written'
  | 'refused but delivered';

export interface Violation {
  readonly fault: Fault;
  readonly detail: string;
}

interface Truth {
  readonly byBody: ReadonlyMap<string, Sent>;
  /** In the log's order, for each channel. */
  readonly byChannel: ReadonlyMap<string, readonly Id[]>;
  readonly ids: ReadonlyMap<string, ReadonlySet<Id>>;
}

export function check(history: History): Violation[] {
  const truth = establish(history);
  const violations = history.subscribers.flatMap((log) => [...checkSeen(log, truth), ...checkMissing(log, truth)]);
  return [...violations, ...checkDoubles(history, truth), ...checkBatches(history, truth)];
}

function establish({ sent, subscribers }: History): Truth {
  const byBody = new Map(sent.map((each) => [each.body, each]));
  const ids = new Map<string, Set<Id>>();
  const note = (body: string, id: Id) => void (ids.get(body)?.add(id) ?? ids.set(body, new Set([id])));
  for (const { body, outcome } of sent) if (outcome.status === 'acknowledged') note(body, outcome.id);
  for (const { seen } of subscribers) for (const each of seen) if (each.kind === 'message') note(each.body, each.id);
  const byChannel = new Map<string, Id[]>();
  for (const [body, those] of ids) {
    for (const channel of byBody.get(body)?.channels ?? []) {
      const all = byChannel.get(channel) ?? [];
      byChannel.set(channel, all);
      all.push(...those);
    }
  }
  for (const all of byChannel.values()) all.sort(compareIds);
  return { byBody, byChannel, ids };
}

/** What a subscriber saw and should not have: twice, out of order, refused, or out of nowhere. */
function checkSeen({ name, channels, seen }: SubscriberLog, { byBody }: Truth): Violation[] {
  const violations: Violation[] = [];
  const known = new Set<Id>();
  let last: Id | undefined;
  for (const event of seen) {
    if (event.kind === 'reset') last = event.id;
    if (event.kind !== 'message') continue;
    const { id, body } = event;
    const blame = (fault: Fault) => violations.push({ fault, detail: `${name}: ${id} ${body}` });
    const sent = byBody.get(body);
    if (sent === undefined || !sent.channels.some((channel) => channels.includes(channel))) blame('phantom');
    else if (sent.outcome.status === 'refused') blame('refused but delivered');
    if (known.has(id)) blame('duplicated');
    else if (last !== undefined && compareIds(id, last) <= 0) blame('reordered');
    known.add(id);
    if (last === undefined || compareIds(id, last) > 0) last = id;
  }
  return violations;
}

/** What a subscriber did not see and should have. */
function checkMissing({ name, channels, seen }: SubscriberLog, { byChannel }: Truth): Violation[] {
  const [first] = seen;
  if (first === undefined) return [{ fault: 'behind', detail: `${name} never opened` }];
  const has = new Set(seen.map((each) => (each.kind === 'message' ? each.id : undefined)));
  const excused = excuses(seen);
  const owed = channels.flatMap((channel) => byChannel.get(channel) ?? []);
  const missing = owed.filter(
    (id) => compareIds(id, first.id) > 0 && !has.has(id) && !excused.some(([from, to]) => between(from, id, to)),
  );
  return [...new Set(missing)].map((id) => ({ fault: kindOfLoss(id, seen), detail: `${name}: ${id}` }));
}

/** The stretches that resets cover: from where the subscriber stood to where the reset put it. */
function excuses(seen: readonly Seen[]): (readonly [from: Id, to: Id])[] {
  const stretches: (readonly [Id, Id])[] = [];
  let last: Id | undefined;
  for (const { kind, id } of seen) {
    if (kind === 'reset' && last !== undefined) stretches.push(compareIds(last, id) < 0 ? [last, id] : [id, last]);
    // The `open` before a reset says where the stream goes on, not what the subscriber has covered.
    if (kind !== 'open' || last === undefined) last = id;
  }
  return stretches;
}

function between(from: Id, id: Id, to: Id): boolean {
  return compareIds(from, id) < 0 && compareIds(id, to) <= 0;
}

function kindOfLoss(id: Id, seen: readonly Seen[]): Fault {
  const next = seen.findIndex((each) => each.kind === 'message' && compareIds(each.id, id) > 0);
  if (next === -1) return 'behind';
  const before = seen.slice(0, next).findLastIndex((each) => each.kind === 'message');
  return seen.slice(before + 1, next).some(({ kind }) => kind === 'open') ? 'silent gap' : 'lost';
}

/** A bus that lost its log has lost its keys too, so a message may be there again after a `lost`. */
function checkDoubles({ subscribers }: History, { ids }: Truth): Violation[] {
  const doubled = [...ids].filter(([, those]) => those.size > 1);
  if (doubled.length === 0) return [];
  const losses = lossesOf(subscribers);
  const forgiven = (one: Id, other: Id) => losses.some(({ id }) => between(one, id, other));
  return doubled.flatMap(([body, those]) => {
    const sorted = [...those].sort(compareIds);
    const guilty = sorted.some((id, index) => index > 0 && !forgiven(sorted[index - 1] as Id, id));
    return guilty ? [{ fault: 'published twice' as const, detail: `${body}: ${sorted.join(', ')}` }] : [];
  });
}

/** What a loss has taken away cannot be known, unless its publisher was told or somebody has seen it. */
function checkBatches({ sent, subscribers }: History, { ids }: Truth): Violation[] {
  const batches = Map.groupBy(
    sent.filter(({ batch }) => batch !== undefined),
    ({ batch }) => batch,
  );
  const losses = lossesOf(subscribers);
  return [...batches.values()].flatMap((messages) => {
    const places = messages.map(({ body }) => [...(ids.get(body) ?? [])].sort(compareIds));
    const known = places.flatMap((those) => those.slice(0, 1));
    if (known.length === 0) return [];
    const whole = known.length === messages.length;
    const mayBeLost = losses.some(({ id }) => compareIds(known[0] as Id, id) < 0);
    const inOrder = known.every((id, index) => index === 0 || compareIds(known[index - 1] as Id, id) < 0);
    if ((whole && inOrder) || mayBeLost) return [];
    return [
      { fault: 'half-written' as const, detail: messages.map(({ body }, at) => `${body}: ${places[at]}`).join('; ') },
    ];
  });
}

function lossesOf(subscribers: readonly SubscriberLog[]): readonly Seen[] {
  return subscribers.flatMap(({ seen }) => seen.filter((each) => each.kind === 'reset' && each.reason === 'lost'));
}
