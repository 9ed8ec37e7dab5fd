// Writes the dashboards that Grafana reads: npm run dashboards. What it writes is committed, so that whoever runs the
// cluster needs neither Node nor this, and a test says when it is stale.

import { writeFile } from 'node:fs/promises';
import { DASHBOARDS } from './dashboards.ts';
import { toJson } from './grafana.ts';

for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
  await writeFile(new URL(`dashboards/${name}.json`, import.meta.url), toJson(dashboard));
}
