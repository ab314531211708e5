"""What a node must keep: statements, ledger, parcels, drafts, officers. Backed up; migrations for ever."""
