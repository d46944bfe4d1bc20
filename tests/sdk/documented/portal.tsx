import { PortalClient } from '@proofline/sdk';

const client = new PortalClient({ apiKey: 'pl_live_xxxxxx' });

// Create a customer portal
const portal = await client.portals.create({
  name: 'Acme Corp Dashboard',
  customerId: 'cust_acme_123',
  branding: {
    title: 'Your AI Agent Performance',
    primaryColor: '#2563EB',
    theme: 'light'
  },
  metrics: [
    {
      metricId: 'usage.requests.total',
      displayName: 'Total Requests Handled',
      position: { row: 0, col: 0 },
      size: { width: 6, height: 2 },
      chartType: 'number',
      comparison: { enabled: true, period: 'previous' }
    },
    {
      metricId: 'cost.total',
      displayName: 'Your Investment',
      position: { row: 0, col: 6 },
      size: { width: 6, height: 2 },
      chartType: 'number',
      comparison: { enabled: true, period: 'previous' }
    }
  ],
  access: {
    embedEnabled: true,
    allowedDomains: ['*.acme.com']
  }
});

console.log(`Portal created: ${portal.publicLink}`);

// Generate access token
const token = await client.portals.createToken(portal.portalId, {
  expiresIn: 86400 // 24 hours
});

// Embed in your React application
const PortalEmbed: React.FC = () => {
  return (
    <iframe
      src={`https://portal.example.com/embed/${portal.portalId}?token=${token.token}`}
      width="100%"
      height="800"
      frameBorder="0"
      style={{ border: 'none' }}
    />
  );
};

// Set up webhook to track portal engagement
await client.webhooks.create({
  portalId: portal.portalId,
  url: 'https://api.acme.com/webhooks/portal',
  events: ['portal.accessed', 'portal.data_exported'],
  headers: {
    'X-Webhook-Secret': process.env.WEBHOOK_SECRET
  }
});
