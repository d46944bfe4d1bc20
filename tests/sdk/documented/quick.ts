import { PortalClient } from '@proofline/sdk';

const client = new PortalClient({ apiKey: process.env.PROOFLINE_API_KEY });

// Create portal with default metrics
const portal = await client.portals.createQuick({
  customerId: 'cust_acme_123',
  title: 'Your Agent Performance',
  presetMetrics: ['standard_dashboard'] // Uses predefined metric set
});

// Activate and share
await client.portals.activate(portal.portalId);
const token = await client.portals.createToken(portal.portalId);

// Send to customer
await sendEmail({
  to: customer.email,
  template: 'portal_access',
  data: { portalUrl: token.portalUrl }
});
