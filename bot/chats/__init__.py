"""Keeps a visitor's open page true: who answers, who is writing, what was read, which files there are.

- presence.py: who is here and who is writing now; in memory, lost with the process and told again
- standing.py: how a conversation stands, and what was read in it
- live.py: what `channels.live.Live` asks for, from both
"""
