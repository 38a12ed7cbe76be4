"""Knowledge answers questions from policy. It never imports `bot` or `channels`, and does no network I/O."""
