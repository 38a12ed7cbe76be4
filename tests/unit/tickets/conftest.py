"""Settings of the property tests of this folder."""

from hypothesis import settings

# A calendar's first year takes a while to build, so that a first example says nothing about the later ones.
settings.register_profile("calendars", deadline=None)
settings.load_profile("calendars")
