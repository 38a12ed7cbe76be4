"""`python -m bot` is `privacydesk`."""

from bot.cli import main

main()
