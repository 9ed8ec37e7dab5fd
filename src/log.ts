// The operator's log: pino's JSON lines on stdout, one per event worth knowing, none per message or per stream.

import { pino } from 'pino';

/** Pino's levels, most talkative first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether such lines are written: what they say need not be gathered otherwise. */
  isLevelEnabled(level: 'debug'): boolean;
}

export function createLogger(level: LogLevel, replica: string): Logger {
  return pino({ level, base: { replica } });
}
