"""Notification clocks: who must be told of an incident by when, worked out from rules that are data.

`calendars` knows on which days an exchange or a country works, `spans` adds hours, days, months and
business days to a moment, `rules` reads and checks the rules, `factors` decides which of them an incident
triggers, `reckoning` runs their clocks, `sentences` says why each ends when it ends.
"""
