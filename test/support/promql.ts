// Reads PromQL with Prometheus's own grammar, so that rules and panels can be held to metrics and labels that exist. It
// knows nothing of Grafana's variables: whoever has some puts values in their place before.

import { parser } from '@prometheus-io/lezer-promql';

/** A selector: the metric, and what is asked of its labels, as in `reason=~"trimmed|lost"`. */
export interface Selector {
  /** As it is written. */
  readonly text: string;
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/**
 * The selectors of an expression, in order of appearance.
 * @throws SyntaxError where it is no PromQL, or selects series without a metric's name
 */
export function selectorsIn(expression: string): readonly Selector[] {
  const text = ({ from, to }: { readonly from: number; readonly to: number }) => expression.slice(from, to);
  const selectors: Selector[] = [];
  parser.parse(expression).iterate({
    enter({ node, type, from }) {
      if (type.isError) throw new SyntaxError(`no PromQL at character ${from} of: ${expression}`);
      if (type.name !== 'VectorSelector') return;
      const name = node.getChild('Identifier');
      if (name === null) throw new SyntaxError(`no metric is named in ${text(node)}`);
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      selectors.push({
        text: text(node),
        metric: text(name),
        matchers: matchers.map(({ firstChild, lastChild }) => {
          if (firstChild === null || lastChild === null) throw new SyntaxError(`no PromQL: ${expression}`);
          const operator = expression.slice(firstChild.to, lastChild.from).trim();
          return { label: text(firstChild), operator, value: text(lastChild).slice(1, -1) };
        }),
      });
    },
  });
  return selectors;
}

/** The metrics that an expression asks for, each once, in order of appearance. Throws as `selectorsIn` does. */
export function metricsIn(expression: string): readonly string[] {
  return [...new Set(selectorsIn(expression).map(({ metric }) => metric))];
}
