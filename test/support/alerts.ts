// What a Prometheus says about its rules and alerts.

export interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

interface Alert {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
}

/** The alerts that fire now, by name. */
export async function firing(prometheus: string): Promise<ReadonlySet<string>> {
  const { alerts } = await ask<{ alerts: readonly Alert[] }>(prometheus, 'alerts');
  return new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname'] as string));
}

export async function rules(prometheus: string): Promise<readonly Rule[]> {
  const { groups } = await ask<{ groups: readonly { rules: readonly Rule[] }[] }>(prometheus, 'rules');
  return groups.flatMap((group) => group.rules);
}

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

export async function targets(prometheus: string): Promise<readonly Target[]> {
  return (await ask<{ activeTargets: readonly Target[] }>(prometheus, 'targets')).activeTargets;
}

async function ask<T>(prometheus: string, what: string): Promise<T> {
  const response = await fetch(`${prometheus}/api/v1/${what}`);
  const { status, data } = (await response.json()) as { status: string; data: T };
  if (status !== 'success') throw new Error(`Prometheus does not answer ${what}: ${JSON.stringify(data)}`);
  return data;
}
