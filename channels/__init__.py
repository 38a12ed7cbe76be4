"""Channels speak to the outside: they receive, decode and send. They never import `bot` or each other."""
