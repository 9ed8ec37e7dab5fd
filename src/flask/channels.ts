// Which channels of Redis Flask apps publish on, as the settings name them (F1).

import { nameFault } from '../message.ts';

/** The channels that `text` lists, each once; undefined where one could not be a channel of streams. */
export function flaskChannels(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.some((name) => nameFault(name) !== undefined) ? undefined : [...new Set(names)];
}

interface Settings {
  readonly redisUrl: string | undefined;
  readonly redisPrefix: string;
  readonly flaskSseChannels: readonly string[] | undefined;
}

/** What is wrong with the channels beside other settings. */
export function flaskProblems({ redisUrl, redisPrefix, flaskSseChannels }: Settings): readonly string[] {
  if (flaskSseChannels === undefined) return [];
  if (redisUrl === undefined)
    return ['FLASK_SSE_CHANNELS needs REDIS_URL, the Redis that the Flask apps publish to: set it as well'];
  // What replicas tell each other would come back as messages, and those again.
  const own = flaskSseChannels.find((name) => name.startsWith(`${redisPrefix}:{`));
  return own === undefined
    ? []
    : [`FLASK_SSE_CHANNELS must not name ${own}, on which replicas tell each other: leave it out`];
}
