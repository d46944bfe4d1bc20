import { AnalyticsClient } from '@proofline/sdk';

const client = new AnalyticsClient({ apiKey: 'pl_live_xxxxxx' });

// Get single metric
const totalCost = await client.metrics.get('cost.total', {
  agentId: 'support-bot',
});
console.log(`Total cost: $${totalCost.value}`);

// Get latency distribution
const latency = await client.metrics.distribution('perf.latency.distribution', {
  start: '2025-01-06T00:00:00Z',
});
console.log(`P95 Latency: ${latency.percentiles.p95}ms`);

// Batch query
const kpis = await client.metrics.batch({
  metricIds: ['cost.total', 'usage.requests.total', 'perf.latency.avg'],
  filters: {
    agentId: 'support-bot',
    start: '2025-01-01T00:00:00Z',
  },
});

// Create and evaluate custom metric
const customMetric = await client.metrics.custom.create({
  id: 'cm_cost_per_success',
  name: 'Cost per Successful Completion',
  unit: 'usd',
  formula: {
    type: 'arithmetic',
    expression: '$cost / $successes',
    inputs: [
      { variable: '$cost', metricId: 'cost.total' },
      { variable: '$successes', metricId: 'usage.completions.successful', aggregation: 'count' },
    ],
  },
});

const evaluation = await client.metrics.custom.evaluate('cm_cost_per_success', {
  start: '2025-01-01T00:00:00Z',
});
console.log(`Cost per success: $${evaluation.value.toFixed(2)}`);
