"""The Dagster UI of a lake: webserver, daemon and code server, started and supervised together."""
