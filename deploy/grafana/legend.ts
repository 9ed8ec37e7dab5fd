// A series' name, as Grafana makes it from a legend like `{{role}} of {{instance}}`.

export function seriesName(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
}
