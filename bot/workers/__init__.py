"""Workers carry messages through: what was accepted is handled, what was written is delivered."""
