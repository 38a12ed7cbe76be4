"""Knowledge answers questions from policy. It never imports `bot` or `channels`, and does no network I/O."""

import os

# Vectors here are short. BLAS would split each product among threads that then wait for each other: with other work on
# the processors a question took 28 ms instead of 2. It reads this when numpy is first imported; a value set wins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
