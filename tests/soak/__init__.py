"""All channels at once for minutes on end, with good and bad input mixed: `python -m tests.soak --minutes 10`."""
