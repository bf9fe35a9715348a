"""Many sites, week after week: from an organisation's list to a store of what each of them said."""
