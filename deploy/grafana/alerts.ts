// Prometheus's own series of alerts, for the panels and the annotations that show them.

import { PROMETHEUS } from '../exporters.ts';

/** Of each alert that is pending or firing: since when, in seconds of Unix time. */
export const ALERT_SINCE = 'ALERTS_FOR_STATE';

export const FIRING = `${PROMETHEUS.alerts}{alertstate="firing"}`;

export const FIRING_SINCE = `(${ALERT_SINCE} and ignoring (alertstate) ${FIRING})`;
