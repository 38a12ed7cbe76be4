"""What every channel promises the desk, as tests, for a channel in this checkout or in a package of its own.

`world.py` is what an author writes: the world outside their channel. `desk.py` plays the desk, `promises.py` are the
tests. Needs `privacydesk[contract]`; nothing of it is imported by a running desk. How to: ARCHITECTURE.md.
"""

import pytest

pytest.register_assert_rewrite("channels.contract.promises")
