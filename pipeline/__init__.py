"""How files become a snapshot: ingest, models, publish, and what is known of it. No orchestrator."""
