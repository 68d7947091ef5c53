"""What runs without a person: sensor, schedules, harvests, digests and alerts."""
