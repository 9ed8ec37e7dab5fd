// Reads PromQL with Prometheus's own grammar, so that rules and panels can be held to metrics that exist. It knows nothing
// of Grafana's variables: whoever has some puts values in their place before.

import { parser } from '@prometheus-io/lezer-promql';

/**
 * The metrics that an expression asks for, each once, in order of appearance.
 * @throws SyntaxError where it is no PromQL, or selects series without a metric's name
 */
export function metricsIn(expression: string): readonly string[] {
  const metrics = new Set<string>();
  parser.parse(expression).iterate({
    enter({ node, type, from, to }) {
      if (type.isError) throw new SyntaxError(`no PromQL at character ${from} of: ${expression}`);
      if (type.name !== 'VectorSelector') return;
      const name = node.getChild('Identifier');
      if (name === null) throw new SyntaxError(`no metric is named in ${expression.slice(from, to)}`);
      metrics.add(expression.slice(name.from, name.to));
    },
  });
  return [...metrics];
}
