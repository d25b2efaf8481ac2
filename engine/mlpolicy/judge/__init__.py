"""What is found once the answers stand: rules, obligations, waivers. See `rules`, `waiving`."""
