// A load that does not change: the streams are opened, messages come at one rate for a time, and all is judged.

import { Audience, type AudienceOptions, after } from './audience.ts';
import { Publisher } from './publisher.ts';

interface Load extends AudienceOptions {
  /** Messages a second. */
  readonly rate: number;
  readonly bytes: number;
  readonly seconds: number;
}

export async function steady({ rate, bytes, seconds, ...options }: Load): Promise<void> {
  const audience = new Audience(options);
  const publisher = new Publisher(audience.channels, bytes);
  await audience.opened();
  await publisher.publish(rate, after(seconds));
  await audience.leave(publisher);
}
